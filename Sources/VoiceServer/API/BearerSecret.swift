import NIOCore
import NIOHTTP1

/// Lets in who knows the secret, and slows down who guesses.
struct BearerSecret {
    /// Wrong secrets a second that are answered as such.
    private static let guessesPerSecond = 10

    private let secret: [UInt8]?
    private var guesses: TokenBucket

    /// - Parameter secret: nil lets everybody in.
    init(_ secret: String?) {
        self.secret = secret.map { Array($0.utf8) }
        guesses = TokenBucket(perSecond: Self.guessesPerSecond, now: .now())
    }

    mutating func check(_ authorization: String?) throws(APIError) {
        guard let secret else { return }
        let challenge = [(name: "www-authenticate", value: "Bearer")]
        guard let authorization else {
            throw APIError(
                .unauthorized, "unauthorized", "send the secret: 'authorization: Bearer SECRET'", headers: challenge)
        }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        let isRight =
            parts.count == 2 && parts[0].lowercased() == "bearer" && Self.areEqual(Array(parts[1].utf8), secret)
        guard !isRight else { return }
        guard guesses.take(at: .now()) else {
            throw APIError(
                .tooManyRequests, "rate_limited", "too many wrong secrets; wait a second",
                headers: [("retry-after", "1")])
        }
        throw APIError(.unauthorized, "unauthorized", "this is not the secret of this instance", headers: challenge)
    }

    /// Takes the same time wherever the two differ.
    private static func areEqual(_ given: [UInt8], _ secret: [UInt8]) -> Bool {
        var difference: UInt8 = given.count == secret.count ? 0 : 1
        for index in given.indices { difference |= given[index] ^ secret[index % secret.count] }
        return difference == 0
    }
}
