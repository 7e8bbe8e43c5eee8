import NIOHTTP1

/// A whole request, as the API sees it.
struct APIRequest: Sendable {
    var method: HTTPMethod
    var target: RequestTarget
    var headers: HTTPHeaders
    var body: [UInt8] = []
}

/// A whole response.
struct APIResponse: Sendable {
    var status: HTTPResponseStatus
    var contentType: String
    var body: [UInt8]
    var headers: [(name: String, value: String)] = []

    init(_ status: HTTPResponseStatus, contentType: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    static func text(_ text: String, contentType: String, _ status: HTTPResponseStatus = .ok) -> APIResponse {
        APIResponse(status, contentType: contentType, body: Array(text.utf8))
    }

    static func json(_ text: String, _ status: HTTPResponseStatus = .ok) -> APIResponse {
        .text(text, contentType: "application/json", status)
    }
}

/// Why a request is refused; what people read says what to do.
struct APIError: Error, Sendable {
    var status: HTTPResponseStatus
    /// For programs.
    var code: String
    var message: String
    /// Where in the body: `voice_states[3].user_id`.
    var path: String?
    var headers: [(name: String, value: String)] = []

    init(
        _ status: HTTPResponseStatus, _ code: String, _ message: String, path: String? = nil,
        headers: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.path = path
        self.headers = headers
    }

    var response: APIResponse {
        let place = path.map { ",\"path\":\(JSONText.quoted($0))" } ?? ""
        var response = APIResponse.json(
            "{\"error\":{\"code\":\(JSONText.quoted(code)),\"message\":\(JSONText.quoted(message))\(place)}}", status)
        response.headers = headers
        return response
    }
}
