import Foundation
import Synchronization
import TestPatience

/// An etcd of one's own, on free ports of the loopback interface, in a folder that goes away with it.
final class EtcdServer: Sendable {
    enum Trouble: Error {
        case noFreePort
        case doesNotStart(String)
    }

    let folder = TemporaryFolder()
    let endpoint: String
    private let port: UInt16
    private let peerPort: UInt16
    private let arguments: [String]
    private let name: String
    /// `--initial-cluster`.
    private let cluster = Mutex<String?>(nil)
    private let running = Mutex<(wrapper: Process, leash: Pipe)?>(nil)

    /// - Parameters:
    ///   - election: milliseconds without a leader until members choose another.
    ///   - arguments: those beyond names and addresses.
    init(scheme: String = "http", name: String = "t", election: Int = 500, arguments: [String] = []) throws {
        self.name = name
        (port, peerPort) = try (Self.freePort(), Self.freePort())
        endpoint = "\(scheme)://127.0.0.1:\(port)"
        self.arguments = ["--heartbeat-interval", "50", "--election-timeout", "\(election)"] + arguments
    }

    deinit { end(SIGKILL) }

    static func started(scheme: String = "http", arguments: [String] = []) async throws -> EtcdServer {
        let server = try EtcdServer(scheme: scheme, arguments: arguments)
        try await server.start()
        return server
    }

    /// The members of one cluster.
    static func cluster(of count: Int) async throws -> [EtcdServer] {
        let servers = try (0..<count).map { try EtcdServer(name: "t\($0)", election: 2000) }
        let cluster = servers.map { "\($0.name)=\($0.peer)" }.joined(separator: ",")
        for server in servers { server.cluster.withLock { $0 = cluster } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for server in servers { group.addTask { try await server.start() } }
            try await group.waitForAll()
        }
        // Each must know a leader.
        for server in servers {
            let end = ContinuousClock.now + .seconds(30)
            while true {
                do {
                    try await server.control("get", "x")
                    break
                } catch {
                    guard ContinuousClock.now < end else { throw error }
                }
            }
        }
        return servers
    }

    private var peer: String { "http://127.0.0.1:\(peerPort)" }

    /// Returns once it takes connections.
    func start() async throws {
        let log = folder.file("log")
        if !FileManager.default.fileExists(atPath: log) {
            _ = FileManager.default.createFile(atPath: log, contents: nil)
        }
        let output = FileHandle(forWritingAtPath: log)
        _ = try? output?.seekToEnd()
        let wrapper = Process()
        wrapper.executableURL = URL(filePath: "/bin/sh")
        // It ends with this process, however that ends: then nobody holds the other end of the pipe any more.
        let script = #"etcd "$@" & echo $! > "$0"; cat > /dev/null; kill -KILL $! 2> /dev/null"#
        wrapper.arguments =
            [
                "-c", script, folder.file("pid"), "--name", name, "--data-dir", folder.file("data"),
                "--listen-client-urls", endpoint, "--advertise-client-urls", endpoint, "--listen-peer-urls", peer,
                "--initial-advertise-peer-urls", peer, "--initial-cluster",
                cluster.withLock { $0 } ?? "\(name)=\(peer)", "--logger", "zap",
            ] + arguments
        let leash = Pipe()
        (wrapper.standardInput, wrapper.standardOutput, wrapper.standardError) = (leash, output, output)
        try? FileManager.default.removeItem(atPath: folder.file("pid"))
        try Self.withOpenSignalMask { try wrapper.run() }
        running.withLock { $0 = (wrapper, leash) }
        let answers = await Patience.wait(seconds: 30) { [port] in Self.isListening(port) }
        guard answers else { throw Trouble.doesNotStart((try? String(contentsOfFile: log, encoding: .utf8)) ?? "") }
    }

    /// Stops it at once, as a crash would.
    func stop() { end(SIGKILL) }

    /// It stays as it is, and answers nobody.
    func freeze() { signal(SIGSTOP) }
    func thaw() { signal(SIGCONT) }

    private var identifier: Int32? {
        (try? String(contentsOfFile: folder.file("pid"), encoding: .utf8)).flatMap {
            Int32($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    private func signal(_ number: Int32) { if let identifier { kill(identifier, number) } }

    private func end(_ number: Int32) {
        guard let (wrapper, leash) = running.withLock({ $0.take() }) else { return }
        signal(number)
        try? leash.fileHandleForWriting.close()
        wrapper.waitUntilExit()
    }

    /// `etcdctl` without TLS.
    @discardableResult
    func control(_ arguments: String...) async throws -> String {
        try await Tool.run(["etcdctl", "--endpoints", endpoint] + arguments, environment: ["ETCDCTL_API": "3"])
    }

    /// Watches that it has been asked for since it began, as its metrics tell; without TLS.
    var watchesAsked: Int {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["curl", "-s", "\(endpoint)/metrics"]
        let output = Pipe()
        process.standardOutput = output
        guard (try? Self.withOpenSignalMask({ try process.run() })) != nil else { return 0 }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let line = text.split(separator: "\n").first {
            $0.hasPrefix("grpc_server_started_total") && $0.contains("grpc_method=\"Watch\"")
        }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Int($0) } ?? 0
    }

    /// The threads that tests run on block signals, and a process inherits that.
    static func withOpenSignalMask(_ body: () throws -> Void) rethrows {
        var (none, before) = (sigset_t(), sigset_t())
        unsafe _ = sigemptyset(&none)
        unsafe _ = pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { unsafe _ = pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    static func freePort() throws -> UInt16 {
        let socket = try Loopback()
        guard let port = socket.bind(0) else { throw Trouble.noFreePort }
        return port
    }

    private static func isListening(_ port: UInt16) -> Bool { (try? Loopback())?.connect(port) ?? false }
}

/// A program that is run to its end.
enum Tool {
    struct Failure: Error { var text: String }

    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        process.standardInput = FileHandle.nullDevice
        let (ends, continuation) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { ended in
            continuation.yield(ended.terminationStatus)
            continuation.finish()
        }
        try EtcdServer.withOpenSignalMask { try process.run() }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        for await status in ends where status != 0 { throw Failure(text: "\(arguments): \(text)") }
        return text
    }
}

/// A TCP socket on 127.0.0.1.
struct Loopback: ~Copyable {
    struct Failure: Error {}
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure() }
    }

    deinit { close(descriptor) }

    /// - Returns: the port that it got.
    func bind(_ port: UInt16) -> UInt16? {
        var address = Self.address(port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe Glibc.bind(descriptor, pointer, length) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        return isBound ? UInt16(bigEndian: address.sin_port) : nil
    }

    func listen() -> Bool { Glibc.listen(descriptor, 16) == 0 }

    func connect(_ port: UInt16) -> Bool {
        var address = Self.address(port)
        return unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
