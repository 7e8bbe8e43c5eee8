import Foundation
import Testing

@Suite struct PipelineCommandTests {
    @Test func `check prints the chain of shipped pipelines by name and of files by path`() throws {
        let result = try Shell.parley("pipeline", "check", "meeting", Shell.root + "/Pipelines/podcast.yaml")
        #expect(result.status == 0)
        #expect(result.text.contains("opus → pcm") && result.text.contains("stereo"))
    }

    @Test func `check tells the errors of every file`() throws {
        let folder = try TemporaryFolder()
        try Shell.sh("echo 'pipeline: a' > a.yaml; echo 'x: 1' > b.yaml", in: folder.path)
        let result = try Shell.parley("pipeline", "check", "a.yaml", "b.yaml", "meeting", in: folder.path)
        #expect(result.status == 78)
        #expect(result.error.contains("a.yaml:1:1") && result.error.contains("b.yaml:1:1: error: unknown key 'x'"))
        #expect(result.text.contains("meeting"))
    }

    @Test(arguments: ["svg", "dot", "mmd"])
    func `graph draws by extension`(name: String) throws {
        let folder = try TemporaryFolder()
        #expect(try Shell.parley("pipeline", "graph", "stage", "-o", folder.file("g.\(name)")).status == 0)
        #expect(try String(contentsOfFile: folder.file("g.\(name)"), encoding: .utf8).contains("select.loudest"))
        #expect(try Shell.parley("pipeline", "graph", "stage", "-o", folder.file("g.\(name)")).status == 73)
    }

    @Test func `stages lists all and explains one`() throws {
        #expect(try Shell.parley("stages").text.contains("silence.gate"))
        #expect(try Shell.parley("stages", "silence.gate").text.contains("hangover"))
        let result = try Shell.parley("stages", "silence.gat")
        #expect(result.status == 64 && result.error.contains("did you mean 'silence.gate'?"))
    }

    @Test func `what show prints can be used as a file`() throws {
        let folder = try TemporaryFolder()
        try Shell.sh("'\(Shell.parley)' pipeline show podcast > mine.yaml", in: folder.path)
        #expect(try Shell.parley("pipeline", "check", "mine.yaml", in: folder.path).status == 0)
    }
}
