extension GuildState {
    /// Reads JSON text strictly: a key that is not known, a value out of range, is refused with its path.
    public init(parsing json: [UInt8], limits: InstanceLimits = InstanceLimits()) throws(InstanceError) {
        throw .malformed(path: "", "not written yet")
    }

    /// As `init(parsing:)` reads it, with every secret.
    public var json: String { "" }
}
