import PipelineSpec
import Testing
import VoiceSimulation

/// Scenario files, and what is said of those that are wrong.
@Suite struct ScenarioTests {
    static func errors(_ text: String) -> String {
        do {
            _ = try Scenario.load(text: text, file: "s.yaml")
            return ""
        } catch { return error.description }
    }

    @Test(arguments: ShippedScenarios.names) func `what comes with Parley is read`(name: String) throws {
        let text = try #require(ShippedScenarios.text(named: name))
        let scenario = try Scenario.load(text: text, file: name)
        #expect(scenario.name == name && scenario.people > 0 && !scenario.description.isEmpty)
    }

    @Test func `what is wrong is said with its place, all at once`() {
        let text = """
            scenario: bad
            duration: 5 kg
            channels:
              - { name: lounge, places: 99 }
            people:
              - { channel: lunge, count: 3 }
              - { channel: lounge, network: lte, talks: 3 s }
              - { channel: lounge, network: ltx }
            events:
              - { at: 1 s, do: drown }
            """
        let errors = Self.errors(text)
        for place in ["s.yaml:2:11", "s.yaml:4:29", "s.yaml:10:20"] { #expect(errors.contains(place), "\(errors)") }
        #expect(errors.contains("'talks'") && errors.contains("did you mean 'talk'?"))
        #expect(errors.contains("'lte'"), "\(errors)")
    }

    @Test func `a scenario has channels and a duration`() {
        #expect(Self.errors("scenario: empty").contains("'duration' is missing"))
        #expect(Self.errors("duration: 5 s").contains("there are no channels"))
        #expect(Self.errors("- a").contains("a scenario is a mapping"))
        #expect(Self.errors("duration: 5 s\nchannels: 3").contains("'channels' is a list"))
    }
}
