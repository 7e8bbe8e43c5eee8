// swift-tools-version: 6.2
import PackageDescription

/// The one place where the language is made strict; every Swift target uses it.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let containers: Target.Dependency = .product(name: "BasicContainers", package: "swift-collections")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
/// HTTP and WebSockets, with and without TLS.
let web: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOWebSocket", package: "swift-nio"),
    .product(name: "NIOFoundationCompat", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
]

/// A C library: a module map and a shim.h, nothing else.
func door(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "parley",
    products: [
        .executable(name: "parley", targets: ["parley"]),
        .library(
            name: "Parley",
            targets: [
                "MediaCore", "RTPWire", "FileAccess", "SecureRTP", "JitterBuffer", "Packetization", "PacketCapture",
                "OpusCodec", "SpeechActivity", "Mixing", "AudioFile", "Loudness", "PipelineSpec",
                "CaptureStreams", "NetworkImpairment", "VoiceRoom", "StandardStages", "ShippedPipelines", "OfflineMix",
                "StageCosts", "Inspection", "JitterBench", "StageBench", "MixReport", "LiveRoom", "MediaPlane",
                "VoiceInstance", "VoiceServer", "VoiceClient", "VoiceSimulation", "SessionCapture",
                "Discovery", "EmbeddedDiscovery", "EtcdDiscovery", "Assignment",
            ]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        // Tier 0: C doors.
        door("COpus", pkgConfig: "opus", apt: "libopus-dev"),
        door("COgg", pkgConfig: "ogg", apt: "libogg-dev"),
        door("CSndFile", pkgConfig: "sndfile", apt: "libsndfile1-dev"),
        door("CSoxr", pkgConfig: "soxr", apt: "libsoxr-dev"),
        door("CEBUR128", pkgConfig: "libebur128", apt: "libebur128-dev"),

        door("CSRTP", pkgConfig: "libsrtp2", apt: "libsrtp2-dev"),
        door("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        door("CSodium", pkgConfig: "libsodium", apt: "libsodium-dev"),
        door("CX509", pkgConfig: "libcrypto", apt: "libssl-dev"),

        // The limits that stages are measured against, in bare C.
        .target(name: "CFloors", dependencies: ["COpus", "CCrypto"]),

        // malloc that counts, for the whole program that links it.
        .target(name: "CAllocationCounter"),
        // Tier 0: sample loops in C, compiled for several kinds of processor.
        .target(name: "CSampleKernels"),

        // Tier 0: many datagrams a system call, timers, affinity of threads.
        .target(name: "CDatagrams"),

        // Tier 1.
        module("MediaCore", ["CSampleKernels", containers]),
        module("RTPWire"),
        module("FileAccess"),

        // Tier 2: media, sans-IO but for the files.
        module("OpusCodec", ["COpus", "MediaCore", "RTPWire"]),
        module("SpeechActivity", ["CSampleKernels", "MediaCore", containers]),
        module("Mixing", ["CSampleKernels", "MediaCore", containers]),
        module("AudioFile", ["COgg", "CSndFile", "CSoxr", "FileAccess", "MediaCore"]),
        module("SecureRTP", ["CSRTP", "CCrypto", "CSodium", "MediaCore", "RTPWire", containers]),
        module("JitterBuffer", ["MediaCore", "RTPWire", containers]),
        module("Packetization", ["MediaCore", "RTPWire"]),
        module("PacketCapture", ["FileAccess", "RTPWire"]),
        module("Loudness", ["CEBUR128", "MediaCore"]),

        // Tier 3: streams in captures.
        module("CaptureStreams", ["FileAccess", "MediaCore", "PacketCapture", "RTPWire", "SecureRTP"]),

        // Tier 3: from a text file to checked stages.
        module("PipelineSpec", ["MediaCore", .product(name: "Yams", package: "Yams")]),

        // Tier 4: lanes and rooms, and the stages that come with Parley.
        module("VoiceRoom", ["MediaCore", "RTPWire", "JitterBuffer", "PipelineSpec", containers]),
        module(
            "StandardStages",
            [
                "MediaCore", "OpusCodec", "SpeechActivity", "Mixing", "SecureRTP", "JitterBuffer", "Packetization",
                "PipelineSpec",
            ]),
        .target(
            name: "ShippedPipelines", path: "Pipelines", exclude: [],
            resources: [
                .embedInCode("meeting.yaml"), .embedInCode("podcast.yaml"), .embedInCode("guild-voice.yaml"),
                .embedInCode("stage.yaml"), .embedInCode("passthrough.yaml"),
                .embedInCode("networks/home-wifi.yaml"), .embedInCode("networks/lte.yaml"),
                .embedInCode("networks/transatlantic.yaml"), .embedInCode("networks/conference-hotel.yaml"),
                .embedInCode("networks/satellite.yaml"),
            ],
            swiftSettings: strict),

        // Tier 4: what stages cost, and what follows from it.
        module("StageCosts", ["MediaCore", "PipelineSpec"]),

        // Tier 4: a bad network.
        module("NetworkImpairment", ["FileAccess", "PacketCapture", "RTPWire", "PipelineSpec", containers]),

        // Tier 5: drivers of the room.
        module(
            "OfflineMix",
            [
                "MediaCore", "PacketCapture", "CaptureStreams", "NetworkImpairment", "FileAccess", "AudioFile",
                "Loudness", "Mixing", "PipelineSpec", "RTPWire", "SecureRTP", "VoiceRoom", "SpeechActivity", containers,
            ]),
        module(
            "Inspection",
            [
                "MediaCore", "RTPWire", "FileAccess", "PacketCapture", "CaptureStreams", "AudioFile", "PipelineSpec",
                "VoiceRoom", "StandardStages",
            ]),
        module(
            "JitterBench",
            ["MediaCore", "OpusCodec", "Packetization", "NetworkImpairment", "PipelineSpec", "VoiceRoom"]),
        module(
            "StageBench",
            [
                "CFloors", "MediaCore", "AudioFile", "FileAccess", "OpusCodec", "SpeechActivity", "SecureRTP",
                "RTPWire",
                "PipelineSpec", "StageCosts", "VoiceRoom", containers,
            ]),
        module(
            "MixReport",
            [
                "MediaCore", "RTPWire", "FileAccess", "PacketCapture", "CaptureStreams", "VoiceRoom", "OfflineMix",
                "Inspection", "StageCosts",
            ]),

        // Tier 5: a room of real people, and the shard that many of them live on; sans-IO.
        module(
            "LiveRoom",
            [
                "MediaCore", "RTPWire", "PacketCapture", "JitterBuffer", "PipelineSpec", "VoiceRoom",
                containers,
            ]),

        // Tier 6: what a voice server knows and decides, sans-IO; and the threads and sockets its media goes through.
        module("VoiceInstance", ["LiveRoom", "SecureRTP", "PacketCapture", "PipelineSpec", "MediaCore", containers]),
        module("MediaPlane", ["CDatagrams", "LiveRoom", "PacketCapture", "FileAccess", "MediaCore", containers]),

        // Tier 1, on its own: which voice server gets a guild.
        module("Assignment"),

        // Tier 6: what the control plane keeps and watches; and the two places it can be kept in.
        module("Discovery"),
        module("EmbeddedDiscovery", ["Discovery", .product(name: "GRDB", package: "GRDB.swift")]),
        module(
            "EtcdDiscovery",
            [
                "Discovery", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),

        // Tier 7: the server, its clients, and both on virtual time; sessions written down and played again.
        module(
            "SessionCapture",
            ["LiveRoom", "MediaPlane", "PacketCapture", "FileAccess", "PipelineSpec", "MediaCore"]),
        .target(
            name: "VoiceServer",
            dependencies: [
                "CX509", "VoiceInstance", "MediaPlane", "LiveRoom", "PipelineSpec", "StandardStages",
                "ShippedPipelines", "PacketCapture", "FileAccess", "MediaCore", logging,
            ] + web,
            resources: [.embedInCode("API/openapi.json")], swiftSettings: strict),
        module(
            "VoiceClient",
            [
                "LiveRoom", "MediaPlane", "StageBench", "VoiceRoom", "RTPWire", "SecureRTP", "Packetization",
                "OpusCodec",
                "AudioFile",
                "FileAccess",
                "PacketCapture", "NetworkImpairment", "PipelineSpec", "StandardStages", "ShippedPipelines", "MediaCore",
                containers,
            ] + web),
        .target(
            name: "VoiceSimulation",
            dependencies: [
                "VoiceInstance", "LiveRoom", "NetworkImpairment", "PacketCapture", "RTPWire", "SecureRTP", "OpusCodec",
                "PipelineSpec", "StandardStages", "ShippedPipelines", "MediaCore", containers,
            ],
            resources: [
                .embedInCode("Scenarios/quiet-day.yaml"), .embedInCode("Scenarios/busy-evening.yaml"),
                .embedInCode("Scenarios/hostile-night.yaml"), .embedInCode("Scenarios/conference.yaml"),
            ],
            swiftSettings: strict),

        // Tier 8: one folder per subcommand.
        .executableTarget(
            name: "parley",
            dependencies: [
                "MediaCore", "RTPWire", "FileAccess", "SecureRTP", "PacketCapture", "CaptureStreams", "JitterBuffer",
                "NetworkImpairment", "AudioFile", "PipelineSpec", "StandardStages", "ShippedPipelines",
                "VoiceRoom", "OfflineMix", "Inspection", "JitterBench", "MixReport", "OpusCodec",
                "StageCosts", "StageBench", "CAllocationCounter", "LiveRoom", "MediaPlane", "VoiceInstance",
                "VoiceServer", "VoiceClient", "VoiceSimulation", "SessionCapture", arguments, logging,
            ],
            resources: [.embedInCode("Bench/shipped-costs.json")], swiftSettings: strict),

        // Tests, by module.
        tests("MediaCoreTests", ["MediaCore", "CSampleKernels"]),
        tests("RTPWireTests", ["RTPWire"]),
        tests("SecureRTPTests", ["SecureRTP", "MediaCore"]),
        tests("JitterBufferTests", ["JitterBuffer", "MediaCore"]),
        tests("PacketCaptureTests", ["PacketCapture", "FileAccess", "RTPWire"]),
        tests("NetworkImpairmentTests", ["NetworkImpairment", "PipelineSpec", "ShippedPipelines"]),
        tests("PacketizationTests", ["Packetization", "RTPWire", "MediaCore"]),
        tests("OpusCodecTests", ["OpusCodec", "MediaCore"]),
        tests("SpeechActivityTests", ["SpeechActivity", "MediaCore"]),
        tests("MixingTests", ["Mixing", "MediaCore", containers]),
        tests("AudioFileTests", ["AudioFile", "FileAccess", "MediaCore", "OpusCodec"]),
        tests("LoudnessTests", ["Loudness", "MediaCore"]),
        tests("PipelineSpecTests", ["PipelineSpec", "StandardStages", "ShippedPipelines", "MediaCore"]),
        tests(
            "StandardStagesTests",
            [
                "StandardStages", "ShippedPipelines", "PipelineSpec", "StageBench", "StageCosts", "VoiceRoom",
                "MediaCore",
                containers,
            ]),
        .target(name: "TestPatience", path: "Tests/TestPatience", swiftSettings: strict),
        .target(
            name: "TestSenders",
            dependencies: [
                "MediaCore", "OpusCodec", "Packetization", "PipelineSpec", "SecureRTP", "StandardStages", "VoiceRoom",
            ],
            path: "Tests/TestSenders", swiftSettings: strict),
        tests(
            "VoiceRoomTests",
            [
                "TestSenders", "VoiceRoom", "StandardStages", "ShippedPipelines", "StageBench", "PipelineSpec",
                "MediaCore",
                "OpusCodec", "Packetization", "SecureRTP", "RTPWire", containers,
            ]),
        tests(
            "OfflineMixTests",
            [
                "OfflineMix", "AudioFile", "FileAccess", "PacketCapture", "CaptureStreams", "NetworkImpairment",
                "RTPWire", "SecureRTP", "StandardStages", "ShippedPipelines", "PipelineSpec", "MediaCore", "VoiceRoom",
            ]),
        tests(
            "CaptureStreamsTests",
            ["CaptureStreams", "PacketCapture", "FileAccess", "RTPWire", "SecureRTP", "MediaCore"]),
        tests(
            "InspectionTests",
            ["Inspection", "CaptureStreams", "PacketCapture", "FileAccess", "RTPWire", "MediaCore"]),
        .target(
            name: "TestCosts", dependencies: ["StageCosts", "MediaCore"], path: "Tests/TestCosts", swiftSettings: strict
        ),
        tests("MixReportTests", ["MixReport", "OfflineMix", "VoiceRoom", "MediaCore", "StageCosts", "TestCosts"]),
        tests("StageBenchTests", ["StageBench", "StageCosts", "StandardStages", "PipelineSpec", "MediaCore"]),
        tests(
            "StageCostsTests",
            ["StageCosts", "StandardStages", "ShippedPipelines", "PipelineSpec", "MediaCore", "TestCosts"]),
        tests("CommandTests", ["parley", "StageCosts", "TestCosts"], exclude: ["Libraries"]),
        tests(
            "InteropTests", ["parley", "AudioFile", "PacketCapture", "FileAccess", "MediaCore", "TestPatience"],
            exclude: ["aiortc-call.py", "check-interface.py", "discord-calls.py"]),
        tests(
            "FuzzTests",
            [
                "LiveRoom",
                "AudioFile", "PipelineSpec", "StandardStages", "RTPWire", "PacketCapture", "SecureRTP", "VoiceRoom",
                "VoiceInstance", "MediaCore",
            ]),
        tests("ArchitectureTests", []),
        tests("AssignmentTests", ["Assignment"]),
        tests("DiscoveryTests", ["Discovery", "EmbeddedDiscovery", "EtcdDiscovery", "TestPatience"]),
        tests(
            "LiveRoomTests",
            [
                "LiveRoom", "TestSenders", "StageBench", "VoiceRoom", "RTPWire", "PacketCapture", "SecureRTP",
                "OpusCodec",
                "Packetization", "StandardStages",
                "ShippedPipelines", "PipelineSpec", "MediaCore", containers,
            ]),
        tests(
            "MediaPlaneTests",
            [
                "MediaPlane", "LiveRoom", "PacketCapture", "TestSenders", "PipelineSpec", "StandardStages",
                "ShippedPipelines", "RTPWire", "MediaCore", containers,
            ]),
        tests("VoiceInstanceTests", ["VoiceInstance", "LiveRoom", "PacketCapture", "PipelineSpec", "MediaCore"]),
        tests(
            "VoiceServerTests",
            [
                "VoiceServer", "VoiceClient", "VoiceInstance", "MediaPlane", "LiveRoom", "PacketCapture",
                "PipelineSpec",
                "MediaCore", logging,
            ] + web),
        tests(
            "VoiceClientTests",
            ["VoiceClient", "OpusCodec", "AudioFile", "PipelineSpec", "StandardStages", "MediaCore"] + web),
        tests(
            "SessionCaptureTests",
            [
                "SessionCapture", "FileAccess", "LiveRoom", "MediaPlane", "TestSenders", "PacketCapture", "RTPWire",
                "PipelineSpec",
                "ShippedPipelines", "StandardStages", "MediaCore", containers,
            ]),
        tests("VoiceSimulationTests", ["VoiceSimulation", "PipelineSpec"]),

        // What holds in release builds only.
        tests(
            "ReleaseTests",
            [
                "CAllocationCounter", "TestSenders", "OfflineMix", "CaptureStreams", "PacketCapture", "AudioFile",
                "SecureRTP",
                "JitterBuffer", "RTPWire",
                "StandardStages", "ShippedPipelines", "PipelineSpec", "StageBench", "StageCosts",
                "VoiceRoom", "OpusCodec", "MediaCore", "LiveRoom", "MediaPlane", "VoiceInstance", containers,
            ]),
    ],
    swiftLanguageModes: [.v6]
)

// In release builds only what holds there is built: half the time (Scripts/test.sh).
if Context.environment["PARLEY_RELEASE_TESTS"] != nil {
    package.targets.removeAll { $0.type == .test && $0.name != "ReleaseTests" }
}

// Fuzzers have no main of their own: they are there only where they are asked for (Scripts/fuzz.sh).
if Context.environment["PARLEY_FUZZ"] != nil {
    package.targets += [
        .executableTarget(
            name: "OggFuzz", dependencies: ["AudioFile"], path: "Tests/Fuzz/OggFuzz", swiftSettings: strict),
        .executableTarget(
            name: "PacketFuzz",
            dependencies: [
                "LiveRoom", "MediaCore", "PacketCapture", "PipelineSpec", "RTPWire", "SecureRTP", "StandardStages",
                "VoiceRoom",
            ],
            path: "Tests/Fuzz/PacketFuzz", swiftSettings: strict),
        .executableTarget(
            name: "GatewayFuzz", dependencies: ["VoiceInstance"], path: "Tests/Fuzz/GatewayFuzz", swiftSettings: strict),
        .executableTarget(
            name: "PipelineFuzz", dependencies: ["PipelineSpec", "StandardStages"], path: "Tests/Fuzz/PipelineFuzz",
            swiftSettings: strict),
    ]
}
