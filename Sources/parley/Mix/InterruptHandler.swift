import AudioFile
import FileAccess
import Glibc

/// Ctrl-C, `kill` and a closed terminal leave nothing half-written: the temporary files go, then the process.
enum InterruptHandler {
    static func install() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            var action = sigaction()
            unsafe action.__sigaction_handler.sa_handler = { number in
                OutputFile.removeTemporaries()
                _exit(number == SIGINT ? ExitStatus.interrupted.rawValue : 128 + number)
            }
            unsafe _ = sigaction(number, &action, nil)
        }
        // A reader of our standard output that goes away is a failed write, with an error of its own.
        signal(SIGPIPE, SIG_IGN)
    }
}
