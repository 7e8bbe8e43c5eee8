import AudioFile
import FileAccess
import OfflineMix
import OpusCodec
import SecureRTP
import StageBench
import VoiceClient
import VoiceRoom

/// Turns the errors of the modules into one line on standard error and an exit status.
enum Failure {
    static func reporting(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as MixError {
            Console.error(error.description)
            throw status(error.kind).code
        } catch let error as FileError {
            Console.error(error.description)
            throw status(error.kind).code
        } catch let error as CallError {
            Console.error(error.description)
            throw status(error.kind).code
        } catch let error as LaneError {
            Console.error(error.description)
            throw ExitStatus.configuration.code
        } catch let error as SecureRTPError {
            Console.error(error.description)
            throw ExitStatus.usage.code
        } catch let error as BenchError {
            Console.error(error.description)
            throw ExitStatus.software.code
        } catch let error as OpusError {
            Console.error(error.description)
            throw ExitStatus.software.code
        }
    }

    static func status(_ kind: FileError.Kind) -> ExitStatus {
        switch kind {
        case .notFound, .unreadable: .noInput
        case .notAudio, .unsupported, .corrupt: .data
        case .inputOutput: .inputOutput
        case .cannotCreate: .cannotCreate
        }
    }

    private static func status(_ kind: CallError.Kind) -> ExitStatus {
        switch kind {
        case .request: .usage
        case .unavailable: .unavailable
        case .network: .inputOutput
        }
    }

    private static func status(_ kind: MixError.Kind) -> ExitStatus {
        switch kind {
        case .request: .usage
        case .noInput: .noInput
        case .badInput: .data
        case .cannotCreate: .cannotCreate
        case .inputOutput: .inputOutput
        case .cancelled: .interrupted
        case .codec: .software
        }
    }
}
