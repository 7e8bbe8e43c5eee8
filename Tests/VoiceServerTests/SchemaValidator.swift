import Foundation

/// The part of JSON Schema (2020-12) that the API's description uses. A keyword that it does not know is a mistake.
struct SchemaValidator {
    /// The whole description, for references.
    let root: [String: Any]

    private static let annotations: Set<String> = ["description", "default"]

    /// - Returns: what is wrong, each with its place; nothing if the value fits.
    func problems(of value: Any, _ schema: [String: Any], at path: String = "$") -> [String] {
        if let reference = schema["$ref"] as? String {
            guard let target = resolve(reference) else { return ["\(path): \(reference) leads nowhere"] }
            return problems(of: value, target, at: path)
        }
        var found: [String] = []
        for (keyword, argument) in schema where !Self.annotations.contains(keyword) {
            found += problems(of: value, keyword, argument, schema, path)
        }
        return found
    }

    func resolve(_ reference: String) -> [String: Any]? {
        var node: Any? = root
        for part in reference.split(separator: "/").dropFirst() { node = (node as? [String: Any])?[String(part)] }
        return node as? [String: Any]
    }

    private func problems(
        of value: Any, _ keyword: String, _ argument: Any, _ schema: [String: Any], _ path: String
    ) -> [String] {
        let object = value as? [String: Any]
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        switch keyword {
        case "type":
            return Self.isOf(value, argument as? String ?? "") ? [] : ["\(path): is no \(argument)"]
        case "properties":
            return properties.flatMap { name, schema in
                object?[name].map { problems(of: $0, schema, at: "\(path).\(name)") } ?? []
            }
        case "required":
            return (argument as? [String] ?? []).filter { object?[$0] == nil }.map { "\(path): '\($0)' is missing" }
        case "additionalProperties":
            return (object ?? [:]).keys.filter { properties[$0] == nil }.map { "\(path): '\($0)' is not described" }
        case "items":
            guard let schema = argument as? [String: Any] else { return ["\(path): items"] }
            return (value as? [Any] ?? []).enumerated().flatMap { problems(of: $1, schema, at: "\(path)[\($0)]") }
        case "enum":
            return (argument as? [String])?.contains(value as? String ?? "") == true
                ? [] : ["\(path): none of \(argument)"]
        case "pattern":
            guard let text = value as? String, let pattern = argument as? String else { return [] }
            return text.range(of: pattern, options: .regularExpression) != nil
                ? [] : ["\(path): '\(text)' is not \(pattern)"]
        case "minimum", "maximum":
            guard let number = (value as? NSNumber)?.doubleValue, let bound = (argument as? NSNumber)?.doubleValue
            else { return [] }
            return (keyword == "minimum" ? number >= bound : number <= bound)
                ? [] : ["\(path): \(number), \(keyword) \(bound)"]
        default: return ["\(path): the schema has '\(keyword)', which is not understood here"]
        }
    }

    private static func isOf(_ value: Any, _ type: String) -> Bool {
        // JSONSerialization makes numbers and truth values of the same class.
        let isBoolean = (value as? NSNumber).map { CFBoolean.isBoolean($0) } ?? false
        return switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "boolean": isBoolean
        case "number": value is NSNumber && !isBoolean
        case "integer": !isBoolean && (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
        default: false
        }
    }
}

private enum CFBoolean {
    static func isBoolean(_ number: NSNumber) -> Bool { unsafe String(cString: number.objCType) == "c" }
}
