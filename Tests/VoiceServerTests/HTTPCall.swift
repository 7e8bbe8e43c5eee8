import Foundation

/// One request of HTTP/1.1 on a connection of its own, and its response.
struct HTTPCall {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON.
    var json: Any? { try? JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed) }

    /// `error.code` of the body.
    var errorCode: String? {
        ((json as? [String: Any])?["error"] as? [String: Any])?["code"] as? String
    }

    var errorMessage: String? {
        ((json as? [String: Any])?["error"] as? [String: Any])?["message"] as? String
    }

    init(
        _ method: String, _ target: String, port: Int, body: String? = nil, type: String? = "application/json",
        secret: String? = nil, headers: [String: String] = [:], trusting certificate: String? = nil
    ) throws {
        var request = "\(method) \(target) HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
        if let secret { request += "authorization: Bearer \(secret)\r\n" }
        for (name, value) in headers { request += "\(name): \(value)\r\n" }
        if let body {
            if let type { request += "content-type: \(type)\r\n" }
            request += "content-length: \(body.utf8.count)\r\n\r\n\(body)"
        } else {
            request += "\r\n"
        }
        try self.init(raw: request, port: port, trusting: certificate)
    }

    init(raw request: String, port: Int, trusting certificate: String? = nil) throws {
        let client = try ByteClient(port: port, trusting: certificate)
        client.send(request)
        let bytes = try client.readToEnd()
        let separator = Array("\r\n\r\n".utf8)
        let split = bytes.indices.first { bytes[$0...].starts(with: separator) } ?? bytes.count
        let lines = String(decoding: bytes[..<split], as: UTF8.self).components(separatedBy: "\r\n")
        status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        headers = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        body = Array(bytes.dropFirst(split + separator.count))
    }
}
