import PipelineSpec
import SecureRTP

/// Reads an object of JSON text strictly: errors have the path of what is wrong.
struct ObjectReader {
    let path: String
    private let value: JSONValue

    /// - Parameter keys: that may be there; any other is refused.
    init(_ value: JSONValue, path: String, keys: [String]) throws(InstanceError) {
        self.path = path
        self.value = value
        guard case .object(let members) = value else {
            throw .malformed(path: path, "is \(value.kind), not an object")
        }
        for member in members where !keys.contains(member.key) {
            // What somebody else wrote is cut before it is written anywhere.
            let key = String(member.key.prefix(40))
            let nearest = NearestName.of(key, in: keys)
            throw .malformed(
                path: join(key), nearest.map { "is not known; did you mean '\($0)'?" } ?? "is not known")
        }
    }

    private func join(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

    func error(_ key: String, _ text: String) -> InstanceError { .malformed(path: join(key), text) }

    func has(_ key: String) -> Bool { value[key] != nil }

    private func required<Value>(_ key: String, _ value: Value?) throws(InstanceError) -> Value {
        guard let value else { throw error(key, "is missing") }
        return value
    }

    func snowflake(_ key: String) throws(InstanceError) -> Snowflake {
        let found = try required(key, value[key])
        guard let id = found.snowflake else { throw error(key, "is not a decimal string or a number of 64 bits") }
        return id
    }

    func string(_ key: String) throws(InstanceError) -> String { try required(key, try optionalString(key)) }

    func optionalString(_ key: String) throws(InstanceError) -> String? {
        guard let found = value[key] else { return nil }
        guard let text = found.string else { throw error(key, "is \(found.kind), not a string") }
        return text
    }

    func bool(_ key: String) throws(InstanceError) -> Bool {
        guard let found = value[key] else { return false }
        guard case .bool(let flag) = found else { throw error(key, "is \(found.kind), not true or false") }
        return flag
    }

    func integer(_ key: String) throws(InstanceError) -> Int? {
        guard let found = value[key] else { return nil }
        guard let number = found.integer else { throw error(key, "is \(found.kind), not an integer") }
        return number
    }

    func counter(_ key: String) throws(InstanceError) -> UInt64 { try snowflake(key).value }

    /// The elements, with their paths; empty if there is no such key.
    func array(_ key: String, most: Int) throws(InstanceError) -> [(JSONValue, path: String)] {
        guard let found = value[key] else { return [] }
        guard case .array(let elements) = found else { throw error(key, "is \(found.kind), not an array") }
        guard elements.count <= most else { throw error(key, "has \(elements.count) elements; \(most) are the most") }
        return elements.enumerated().map { ($1, "\(join(key))[\($0)]") }
    }

    /// Bytes in base64.
    func bytes(_ key: String) throws(InstanceError) -> [UInt8]? {
        guard let text = try optionalString(key) else { return nil }
        do throws(SecureRTPError) {
            return try MasterKey.bytes(text)
        } catch { throw self.error(key, "\(error)") }
    }
}
