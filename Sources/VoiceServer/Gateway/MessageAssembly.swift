import NIOCore
import NIOWebSocket

/// Puts the frames of a message together (RFC 6455 §5.4), with a limit on their number and their bytes.
struct MessageAssembly {
    enum Outcome {
        case incomplete
        case text([UInt8])
        case binary
        case refused(WebSocketErrorCode, reason: String)
    }

    private let maximumBytes: Int
    private let maximumFragments: Int
    private var bytes: [UInt8] = []
    private var fragments = 0
    /// What the first frame of an unfinished message was.
    private var opcode: WebSocketOpcode?

    init(maximumBytes: Int, maximumFragments: Int) {
        self.maximumBytes = maximumBytes
        self.maximumFragments = maximumFragments
    }

    /// - Parameter frame: text, binary or a continuation.
    mutating func take(_ frame: WebSocketFrame) -> Outcome {
        switch (frame.opcode, opcode) {
        case (.continuation, nil): return .refused(.protocolError, reason: "nothing to continue")
        case (.continuation, _): break
        case (_, nil): opcode = frame.opcode
        default: return .refused(.protocolError, reason: "the message before is not finished")
        }
        fragments += 1
        let data = frame.unmaskedData
        guard bytes.count + data.readableBytes <= maximumBytes else {
            return .refused(.messageTooLarge, reason: "at most \(maximumBytes) bytes")
        }
        guard fragments <= maximumFragments else {
            return .refused(.policyViolation, reason: "at most \(maximumFragments) fragments")
        }
        bytes.append(contentsOf: data.readableBytesView)
        guard frame.fin else { return .incomplete }
        defer {
            bytes = []
            fragments = 0
            opcode = nil
        }
        guard opcode == .text else { return .binary }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            return .refused(.dataInconsistentWithMessage, reason: "text is UTF-8")
        }
        return .text(bytes)
    }
}
