import Foundation
import Testing

/// Holds the imports of every source file against the floor plan in `docs/architecture.md`.
@Suite struct FloorPlanTests {
    /// The tier of each module: it may import modules of lower tiers, and those named in `sameTier`.
    static let tiers: [String: Int] = [
        "COpus": 0, "COgg": 0, "CSndFile": 0, "CSoxr": 0, "CEBUR128": 0, "CSRTP": 0, "CCrypto": 0, "CSodium": 0,
        "CFloors": 0, "CAllocationCounter": 0, "CSampleKernels": 0, "CX509": 0, "CDatagrams": 0,
        "MediaCore": 1, "RTPWire": 1, "FileAccess": 1, "Assignment": 1,
        "OpusCodec": 2, "SpeechActivity": 2, "Mixing": 2, "AudioFile": 2, "Loudness": 2,
        "SecureRTP": 2, "JitterBuffer": 2, "Packetization": 2, "PacketCapture": 2,
        "PipelineSpec": 3, "CaptureStreams": 3,
        "VoiceRoom": 4, "StandardStages": 4, "ShippedPipelines": 4, "NetworkImpairment": 4, "StageCosts": 4,
        "OfflineMix": 5, "Inspection": 5, "JitterBench": 5, "StageBench": 5, "LiveRoom": 5,
        "MixReport": 6, "VoiceInstance": 6, "MediaPlane": 6, "Discovery": 6,
        "VoiceServer": 7, "VoiceClient": 7, "VoiceSimulation": 7, "SessionCapture": 7,
        "EmbeddedDiscovery": 7, "EtcdDiscovery": 7,
        "parley": 8,
    ]

    /// The only module that may open each C door.
    static let doors = [
        "COpus": "OpusCodec", "COgg": "AudioFile", "CSndFile": "AudioFile", "CSoxr": "AudioFile",
        "CEBUR128": "Loudness", "CSRTP": "SecureRTP", "CCrypto": "SecureRTP", "CSodium": "SecureRTP",
        "CFloors": "StageBench", "CAllocationCounter": "parley", "CX509": "VoiceServer",
    ]

    /// What comes from outside, and from which tier on it may be used.
    static let packages = [
        "BasicContainers": 1, "Yams": 3, "Glibc": 1, "Synchronization": 2, "Dispatch": 5, "Foundation": 6, "Logging": 7,
        "NIOCore": 7, "NIOPosix": 7, "NIOHTTP1": 7, "NIOWebSocket": 7, "NIOFoundationCompat": 7, "NIOSSL": 7,
        "FoundationEssentials": 7, "AsyncHTTPClient": 7, "GRDB": 7,
    ]

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func `every import goes down, and each C door is opened by one module`() throws {
        var checked = 0
        for (file, module, imports) in try Self.allImports() {
            guard let tier = Self.tiers[module] else {
                Issue.record("\(module) has no tier; add it to the floor plan")
                continue
            }
            for imported in imports {
                checked += 1
                if let other = Self.tiers[imported] {
                    #expect(other < tier, "\(file): \(module) (tier \(tier)) imports \(imported) (tier \(other))")
                } else if let lowest = Self.packages[imported] {
                    #expect(tier >= lowest, "\(file): \(imported) is for tier \(lowest) and up")
                } else {
                    #expect(tier == 8, "\(file): only the command may import \(imported)")
                }
                if let owner = Self.doors[imported] { #expect(module == owner, "\(file) opens \(imported)") }
            }
        }
        #expect(checked > 50, "the test reads the sources")
    }

    @Test func `every module of the floor plan exists and is described`() throws {
        let text = try String(contentsOf: Self.root.appending(path: "docs/architecture.md"), encoding: .utf8)
        for module in Self.tiers.keys {
            let folder = module == "ShippedPipelines" ? "Pipelines" : "Sources/\(module)"
            #expect(FileManager.default.fileExists(atPath: Self.root.appending(path: folder).path), "\(folder)")
            #expect(text.contains("`\(module)`"), "docs/architecture.md does not mention \(module)")
        }
    }

    /// Every Swift file of the package's own modules with what it imports.
    static func allImports() throws -> [(file: String, module: String, imports: [String])] {
        var result: [(String, String, [String])] = []
        for folder in ["Sources", "Pipelines"] {
            let base = root.appending(path: folder)
            guard let files = FileManager.default.enumerator(atPath: base.path) else { continue }
            for case let path as String in files where path.hasSuffix(".swift") {
                let module = folder == "Pipelines" ? "ShippedPipelines" : String(path.prefix { $0 != "/" })
                let text = try String(contentsOf: base.appending(path: path), encoding: .utf8)
                result.append(("\(folder)/\(path)", module, imports(in: text)))
            }
        }
        return result
    }

    private static func imports(in text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard let index = words.firstIndex(of: "import"), index <= 2, index + 1 < words.count,
                words[..<index].allSatisfy({ ["public", "package", "internal", "private", "@_exported"].contains($0) })
            else { return nil }
            return String(words[index + 1].prefix { $0 != "." })
        }
    }
}
