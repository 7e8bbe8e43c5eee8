import ArgumentParser

@main struct Parley: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "parley", abstract: "Voice media pipelines.")
}
