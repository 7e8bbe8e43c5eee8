import Glibc
import Logging
import Synchronization
import VoiceServer

/// A voice server as a process: its log, its signals, its end.
struct VoiceProcess {
    private let configuration: ServerConfiguration
    private let reload: () throws -> ServerConfiguration
    private let logging: LineLog.Settings
    private let logger: Logger
    private let notifier: ServiceNotifier
    private let capture: CaptureFiles?

    /// - Parameters:
    ///   - capture: where what the shards get is written down.
    ///   - reload: reads the configuration again.
    init(
        _ configuration: ServerConfiguration, environment: [String: String], capture: CaptureFiles?,
        reload: @escaping () throws -> ServerConfiguration
    ) {
        self.configuration = configuration
        self.reload = reload
        self.capture = capture
        let logging = LineLog.Settings(
            level: Logger.Level(rawValue: configuration.logLevel) ?? .info, isJSON: configuration.logsJSON)
        self.logging = logging
        logger = Logger(label: "parley.voice", factory: { _ in LineLog(logging) })
        notifier = ServiceNotifier(environment: environment)
    }

    /// Serves until a signal ends it.
    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        // Before any thread is there, so that all inherit it and only `sigwait` sees these.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for number in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&signals, number) }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        let capture = capture
        let server = try VoiceServer.startAndWait(
            configuration, logger: logger, logging: logging, tap: { capture?.tap($0) })
        try capture?.check()
        server.summary.log(to: logger)
        notifier.ready("serving on \(server.gatewayEndpoint)")
        serve(server, &signals)
        for line in capture?.finish() ?? [] { logger.notice("\(line)") }
        logger.notice("stopped")
    }

    private func serve(_ server: VoiceServer, _ signals: inout sigset_t) {
        while true {
            var number: Int32 = 0
            guard unsafe sigwait(&signals, &number) == 0 else { continue }
            guard number == SIGHUP else { return stop(server, number, &signals) }
            notifier.reloading(at: now())
            do { server.reload(try reload()) } catch {
                logger.error("the configuration stays as it is", metadata: ["reason": "\(error)"])
            }
            notifier.ready("serving on \(server.gatewayEndpoint)")
        }
    }

    /// Ends in good order; another signal ends at once.
    private func stop(_ server: VoiceServer, _ number: Int32, _ signals: inout sigset_t) {
        logger.notice("stopping: clients are sent elsewhere; once more to stop at once")
        notifier.stopping()
        let end = End()
        server.stop { end.isReached.store(true, ordering: .releasing) }
        while !end.isReached.load(ordering: .acquiring) {
            var pause = timespec(tv_sec: 0, tv_nsec: 20_000_000)
            let number = unsafe sigtimedwait(&signals, nil, &pause)
            if number == SIGTERM || number == SIGINT { _exit(128 + number) }
        }
    }

    private final class End: Sendable {
        let isReached = Atomic(false)
    }

    private func now() -> Int64 {
        var time = timespec()
        unsafe _ = clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
