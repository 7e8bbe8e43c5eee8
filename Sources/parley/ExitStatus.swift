import ArgumentParser

/// How `parley` ends, as in sysexits.h; `parley --help` lists them.
enum ExitStatus: Int32 {
    case success = 0
    /// `parley bench compare` found a cost that grew by more than is allowed.
    case regression = 1
    /// The command line makes no sense.
    case usage = 64
    /// An input is damaged, or not audio.
    case data = 65
    /// An input is missing or cannot be read.
    case noInput = 66
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
        Exit status: 0 done, 1 a cost has grown (bench compare), 64 wrong usage, 65 damaged or foreign input (also warnings with --strict), 66 missing or \
        unreadable input, 73 output cannot be created, 74 reading or writing failed midway, 78 pipeline refused, \
        130 interrupted.
        """
}
