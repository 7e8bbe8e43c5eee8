/// The description of the API, OpenAPI 3.1: what `GET /openapi.json` gives.
enum OpenAPIDocument {
    static let text = String(decoding: PackageResources.openapi_json, as: UTF8.self)
}
