extension ServerConfiguration {
    /// A configuration file with every key at its default and what it does; keys without a default are commented out.
    public static var template: String {
        var text = """
            # The configuration of a voice server: 'parley voice FILE'. Every key is optional.
            # A variable PARLEY_VOICE_SECTION_KEY wins over the file, an option of the command line over both.
            # Keys marked ↻ are taken over by a running server on SIGHUP.


            """
        var sections: [String] = []
        for setting in settings {
            let parts = setting.path.split(separator: ".").map(String.init)
            let wanted = Array(parts.dropLast())
            let shared = zip(sections, wanted).prefix { $0 == $1 }.count
            if shared == 0 && wanted != sections && !(sections.isEmpty && wanted.isEmpty) { text += "\n" }
            for depth in shared..<max(wanted.count, shared) {
                text += indent(depth) + wanted[depth] + ":\n"
            }
            sections = wanted
            let margin = indent(wanted.count)
            text += "\(margin)# \(setting.meaning)\(setting.canReload ? " ↻" : "")\n"
            text += "\(margin)# \(setting.type.range)\n"
            let value = setting.defaultText.map { " \($0)" }
            text += value.map { "\(margin)\(parts[wanted.count]):\($0)\n" } ?? "\(margin)# \(parts[wanted.count]):\n"
        }
        return text + "\n" + guildsTemplate
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    private static let guildsTemplate = """
        # Guilds that are there from the start, without a control plane: each as the API takes it (PUT /v1/guilds/{id}).
        # guilds: []

        """
}
