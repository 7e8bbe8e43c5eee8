import NetworkImpairment
import OfflineMix
import PipelineSpec
import ShippedPipelines

/// A network profile on the command line: a path, or the name of one that comes with Parley.
enum NetworkArgument {
    static func load(
        _ argument: String, overriding overrides: [String: ParameterValue] = [:]
    ) throws -> NetworkProfile {
        guard let text = TextFile.read(argument, limit: 64 << 10) ?? ShippedPipelines.network(named: argument) else {
            let names = ShippedPipelines.networkNames
            let hint = NearestName.of(argument, in: names).map { "did you mean '\($0)'?" }
            throw MixError(
                .noInput,
                "cannot read network profile '\(argument)'; \(hint ?? "shipped profiles are \(names.joined(separator: ", "))")"
            )
        }
        do throws(PipelineErrors) {
            return try NetworkProfile.load(text: text, file: argument, overriding: overrides)
        } catch {
            Console.say(error.description)
            Console.error("network profile '\(argument)' was refused")
            throw ExitStatus.configuration.code
        }
    }
}
