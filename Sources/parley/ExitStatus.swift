import ArgumentParser

/// How `parley` ends, as in sysexits.h; `parley --help` lists them.
enum ExitStatus: Int32 {
    case success = 0
    /// What was to hold does not: a cost has grown (`bench compare`), nothing was heard (`call --expect-audio`), packets
    /// were lost (`load --strict`).
    case unmet = 1
    /// The command line makes no sense.
    case usage = 64
    /// An input is damaged, or not audio.
    case data = 65
    /// An input is missing or cannot be read.
    case noInput = 66
    /// A server does not answer, or refuses.
    case unavailable = 69
    case software = 70
    /// The output cannot be created, or exists already.
    case cannotCreate = 73
    /// Reading or writing failed midway: a full disk, say.
    case inputOutput = 74
    /// A pipeline file was refused.
    case configuration = 78
    /// Ctrl-C.
    case interrupted = 130

    /// To be thrown: ends the command with this status.
    var code: ExitCode { ExitCode(rawValue) }

    static let help = """
        Exit status: 0 done, 1 what was to hold does not (a cost has grown, nothing was heard, packets were lost), 64 wrong usage, 65 damaged or foreign input (also warnings with --strict), 66 missing or \
        unreadable input, 69 a server does not answer or refuses, 73 output cannot be created, 74 reading or writing failed midway, 78 pipeline refused, \
        130 interrupted.
        """
}
