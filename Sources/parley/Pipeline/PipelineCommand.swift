import ArgumentParser
import AudioFile
import MediaCore
import PipelineSpec
import ShippedPipelines

/// `parley pipeline`
struct PipelineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "Check, draw and show pipeline files.",
        subcommands: [CheckCommand.self, Graph.self, List.self, Show.self])

    struct Graph: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw a pipeline: SVG, Graphviz DOT or Mermaid.",
            discussion: "The extension of -o chooses the format. Without -o, Mermaid text goes to standard output.")

        @Argument(help: ArgumentHelp("A path, or the name of a shipped pipeline.", valueName: "file"))
        var file: String

        @Option(name: .shortAndLong, help: "out.svg, out.dot or out.mmd.")
        var output: String?

        @Option(help: "svg, dot or mmd, where the extension does not say.")
        var format: String?

        @Flag(name: .shortAndLong, help: "Overwrite a file that exists.")
        var force = false

        func run() throws {
            let format = try chosenFormat()
            let text = PlanGraph.text(try PipelineArgument.load(file), as: format)
            guard let output, output != "-" else { return Console.put(text) }
            try Failure.reporting { try TextFile.write(text, to: output, overwrite: force) }
        }

        private func chosenFormat() throws -> PlanGraph.Format {
            let name =
                format ?? output.flatMap { $0 == "-" ? nil : $0.split(separator: ".").last.map(String.init) } ?? "mmd"
            if let known = PlanGraph.Format(rawValue: name.lowercased()) { return known }
            Console.error("a graph is drawn as svg, dot or mmd, not '\(name)'")
            throw ExitStatus.usage.code
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the pipelines that come with Parley.")

        func run() throws {
            let width = ShippedPipelines.names.map(\.count).max() ?? 0
            for name in ShippedPipelines.names {
                let plan = try PipelineArgument.load(name)
                Console.put("\(TextFormat.left(name, width))  \(plan.description)\n")
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a shipped pipeline file, to start one of your own from.")

        @Argument(help: "The name of a shipped pipeline.")
        var name: String

        func run() throws { Console.put(try PipelineArgument.text(of: name).text) }
    }
}
