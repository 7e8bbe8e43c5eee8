import AudioFile
import Glibc

/// Turns what was named on a command line into inputs: files, `NAME=FILE`, folders, `-`.
public enum InputResolver {
    /// Files that one folder may stand for.
    public static let maximumFilesPerFolder = MixRequest.maximumInputs
    /// What a folder is searched for; a file that is named outright may have any name.
    public static let audioExtensions: Set<String> = [
        "opus", "ogg", "oga", "wav", "wave", "flac", "aiff", "aif", "aifc", "mp3", "au", "caf", "w64", "rf64",
        "pcap", "pcapng", "rtpdump",
    ]

    /// - Returns: the inputs in the order named; those of a folder by name.
    /// - Throws: `MixError` for a folder without audio or one that cannot be read.
    public static func resolve(_ arguments: [String]) throws(MixError) -> [MixInput] {
        var inputs: [MixInput] = []
        for argument in arguments {
            let (name, path) = split(argument)
            if isFolder(path) {
                guard name == nil else {
                    throw MixError(.request, "'\(argument)': a folder stands for many participants and takes no name")
                }
                inputs += try files(in: path)
            } else {
                inputs.append(MixInput(name: name ?? participantName(ofPath: path), path: path))
            }
        }
        return inputs
    }

    /// The participant's name that a path stands for: its last part without the extension.
    public static func participantName(ofPath path: String) -> String {
        guard path != "-" else { return "stdin" }
        let last = path.split(separator: "/").last.map(String.init) ?? path
        guard let dot = last.lastIndex(of: "."), dot != last.startIndex else { return last }
        return String(last[..<dot])
    }

    /// Whether two paths lead to the same existing file.
    public static func isSameFile(_ a: String, _ b: String) -> Bool {
        guard let a = status(a), let b = status(b) else { return false }
        return a.st_dev == b.st_dev && a.st_ino == b.st_ino
    }

    private static func split(_ argument: String) -> (name: String?, path: String) {
        guard status(argument) == nil, let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
            return (nil, argument)
        }
        let name = argument[..<equals]
        guard !name.contains("/") else { return (nil, argument) }
        return (String(name), String(argument[argument.index(after: equals)...]))
    }

    private static func files(in folder: String) throws(MixError) -> [MixInput] {
        guard let directory = unsafe opendir(folder) else {
            throw MixError(.noInput, "cannot read folder '\(folder)': \(unsafe String(cString: strerror(errno)))")
        }
        defer { unsafe _ = closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard !name.hasPrefix("."), hasAudioExtension(name), !isFolder("\(folder)/\(name)") else { continue }
            names.append(name)
        }
        guard !names.isEmpty else {
            let kinds = audioExtensions.sorted().joined(separator: ", ")
            throw MixError(.noInput, "no audio in folder '\(folder)'; it is searched for files that end in \(kinds)")
        }
        guard names.count <= maximumFilesPerFolder else {
            throw MixError(
                .request, "folder '\(folder)' holds \(names.count) audio files; at most \(maximumFilesPerFolder)")
        }
        let base = folder.hasSuffix("/") ? folder : folder + "/"
        return names.sorted().map { MixInput(name: participantName(ofPath: $0), path: base + $0) }
    }

    private static func hasAudioExtension(_ name: String) -> Bool {
        guard let dot = name.lastIndex(of: ".") else { return false }
        return audioExtensions.contains(name[name.index(after: dot)...].lowercased())
    }

    private static func isFolder(_ path: String) -> Bool {
        guard let status = status(path) else { return false }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    private static func status(_ path: String) -> stat? {
        var result = stat()
        return unsafe stat(path, &result) == 0 ? result : nil
    }
}
