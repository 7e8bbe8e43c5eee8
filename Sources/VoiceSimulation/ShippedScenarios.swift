/// The scenarios that come with Parley, compiled in.
public enum ShippedScenarios {
    public static let names = ["quiet-day", "busy-evening", "hostile-night", "conference"]

    /// The text of a scenario; nil if there is none of that name.
    public static func text(named name: String) -> String? {
        let bytes: [UInt8]? =
            switch name {
            case "quiet-day": PackageResources.quiet_day_yaml
            case "busy-evening": PackageResources.busy_evening_yaml
            case "hostile-night": PackageResources.hostile_night_yaml
            case "conference": PackageResources.conference_yaml
            default: nil
            }
        return bytes.map { String(decoding: $0, as: UTF8.self) }
    }
}
