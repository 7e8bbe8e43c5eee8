import Foundation

/// What `parley mix --json` says, as far as it is looked at here.
struct MixDocument: Decodable {
    struct Participant: Decodable {
        let name: String
        let network: Network?
    }

    struct Network: Decodable {
        let received, played, lost, late, duplicates, malformed, unauthenticated, replayed: Int
        let secondsConcealed: Double
    }

    let duration: Double
    let participants: [Participant]
    let warnings: [String]

    init(_ result: Program.Result) throws {
        guard result.status == 0 else { throw Failure(description: "parley failed: \(result.error)") }
        self = try JSONDecoder().decode(Self.self, from: result.output)
    }
}
