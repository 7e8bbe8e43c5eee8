import LiveRoom
import PacketCapture

/// What is broken on purpose, between the server and the witness.
extension Simulation {
    func swallows(_ command: ShardCommand) -> Bool {
        switch (fault, command) {
        case (.unmuted, .mute), (.stayed, .leave): true
        case (.unflagged, .set(_, let flags)): flags.isMute
        default: false
        }
    }

    func faulty(_ text: String) -> String {
        switch fault {
        case .indiscreet where text.contains("\"op\":5"):
            return text.replacing("\"user_id\"", with: "\"address\":\"10.0.0.7\",\"user_id\"")
        default: return text
        }
    }

    /// Whether a message is lost on purpose.
    func isUntold(_ message: GatewayText) -> Bool {
        guard case .untold(let first) = fault, case .speaking = message else { return false }
        faultCount += 1
        return faultCount >= first
    }

    func faulty(
        _ datagrams: [(destination: Endpoint, bytes: [UInt8])]
    ) -> [(destination: Endpoint, bytes: [UInt8])] {
        guard let fault else { return datagrams }
        var made: [(destination: Endpoint, bytes: [UInt8])] = []
        for (index, datagram) in datagrams.enumerated() {
            faultCount += 1
            switch fault {
            case .dropped(faultCount): break
            case .repeated(faultCount): made += [datagram, datagram]
            case .misdirected(faultCount):
                made.append((Endpoint(ipv4: 0xC633_6401, port: 9), datagram.bytes))
            case .mixedUp(faultCount) where datagrams.count > 1:
                let other = datagrams[(index + 1) % datagrams.count].bytes
                made.append((datagram.destination, Array(datagram.bytes[..<12]) + other[12...]))
            case .mixedUp(faultCount):
                faultCount -= 1
                made.append(datagram)
            default: made.append(datagram)
            }
        }
        return made
    }
}
