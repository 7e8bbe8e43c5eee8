import ArgumentParser
import MediaCore
import StageCosts

/// `parley bench compare`
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Tell what has become slower between two reports of 'parley bench'.",
        discussion: """
            Where a stage has a floor, its ratio to the floor is compared, so that the machine's own speed cancels \
            out; else its time. A change counts if the 95 % intervals of both runs cannot explain it and it is above 1 %. \
            Ends with 1 if anything grew by more than --fail-above, or allocates where it did not. Times of different \
            machines are shown, but are not compared.

              parley bench stage --save old.json
              parley bench compare old.json new.json --fail-above '3 %'

            \(ExitStatus.help)
            """)

    @Argument(help: "The report from before.")
    var old: String

    @Argument(help: "The report from after.")
    var new: String

    @Option(
        help: ArgumentHelp("What a cost may grow by.", valueName: "percent"),
        transform: { text in
            let digits = text.hasSuffix("%") ? text.dropLast() : text[...]
            let number = String(digits.reversed().drop { $0 == " " }.reversed())
            guard let percent = Double(number), (0...1000).contains(percent) else {
                throw ValidationError("'\(text)' is not a percentage of 0 to 1000, like '5 %'")
            }
            return percent / 100
        })
    var failAbove = 0.05

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        InterruptHandler.install()
        try Failure.reporting {
            let comparison = CostComparison(
                old: try CostFile.read(old), new: try CostFile.read(new), failAbove: failAbove)
            guard !comparison.changes.isEmpty else {
                Console.error("'\(old)' and '\(new)' have no cost in common; compare reports of the same bench")
                throw ExitStatus.data.code
            }
            if json {
                Console.put(try CostFile.text(comparison))
            } else {
                Console.put(comparison.text(width: Console.outputWidth, color: Console.outputHasColor))
            }
            if !comparison.regressions.isEmpty { throw ExitStatus.unmet.code }
        }
    }
}
