import Discovery
import FoundationEssentials

/// What etcd's JSON gateway answers, as it is written there: default values are left out, bytes are base64, and 64-bit
/// numbers are strings. Nothing here is trusted: whatever the bytes, there is an answer or an error.
enum EtcdAnswer {
    struct Header: Decodable { var revision: EtcdNumber? }

    struct Pair: Decodable {
        var key: Data?
        var value: Data?
        var createRevision: EtcdNumber?
        var modRevision: EtcdNumber?
        var version: EtcdNumber?
        var lease: EtcdNumber?
    }

    struct Range: Decodable {
        var header: Header?
        var kvs: [Pair]?
        var more: Bool?
    }

    struct Transaction: Decodable {
        struct Response: Decodable { var responseRange: Range? }
        var header: Header?
        var succeeded: Bool?
        var responses: [Response]?
    }

    struct Grant: Decodable {
        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case timeToLive = "TTL"
        }
        var id: EtcdNumber?
        var timeToLive: EtcdNumber?
    }

    /// A line of a stream.
    struct Streamed<Result: Decodable>: Decodable {
        var result: Result?
        var error: Trouble?
    }

    struct Watch: Decodable {
        struct Event: Decodable {
            var type: String?
            var kv: Pair?
        }
        var header: Header?
        var created: Bool?
        var canceled: Bool?
        var cancelReason: String?
        var compactRevision: EtcdNumber?
        var events: [Event]?
    }

    struct Login: Decodable { var token: String? }

    /// Of calls (`code`, `error` and `message`) and streams (`grpc_code`, `message`); all optional, so anything that is
    /// an object can be asked.
    struct Trouble: Decodable {
        var code: Int?
        var grpcCode: Int?
        var message: String?
        var error: String?
    }

    static func decode<Answer: Decodable>(
        _ type: Answer.Type, _ bytes: [UInt8], _ what: String
    ) throws(DiscoveryError) -> Answer {
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(type, from: Data(bytes))
        } catch {
            let start = String(decoding: bytes.prefix(100), as: UTF8.self).debugDescription
            throw .corrupt("\(what): etcd's answer makes no sense, it begins with \(start); is this etcd 3.4 or newer?")
        }
    }
}

/// A 64-bit number, written as a string or as a number.
struct EtcdNumber: Decodable, Sendable, Hashable {
    var value: Int64

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            guard let value = Int64(text) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a 64-bit number")
            }
            self.value = value
        } else {
            value = try container.decode(Int64.self)
        }
    }
}
