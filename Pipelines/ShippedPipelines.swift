/// The pipeline files that come with Parley, compiled in, so that they can be used by name anywhere.
public enum ShippedPipelines {
    /// Names, the default first.
    public static let names = ["meeting", "podcast", "guild-voice", "stage", "passthrough"]

    /// The text of a shipped file; nil if there is none of that name.
    public static func text(named name: String) -> String? {
        let bytes: [UInt8]? =
            switch name {
            case "meeting": PackageResources.meeting_yaml
            case "podcast": PackageResources.podcast_yaml
            case "guild-voice": PackageResources.guild_voice_yaml
            case "stage": PackageResources.stage_yaml
            case "passthrough": PackageResources.passthrough_yaml
            default: nil
            }
        return bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Names of the network profiles, from good to bad.
    public static let networkNames = ["home-wifi", "lte", "transatlantic", "conference-hotel", "satellite"]

    /// The text of a shipped network profile; nil if there is none of that name.
    public static func network(named name: String) -> String? {
        let bytes: [UInt8]? =
            switch name {
            case "home-wifi": PackageResources.home_wifi_yaml
            case "lte": PackageResources.lte_yaml
            case "transatlantic": PackageResources.transatlantic_yaml
            case "conference-hotel": PackageResources.conference_hotel_yaml
            case "satellite": PackageResources.satellite_yaml
            default: nil
            }
        return bytes.map { String(decoding: $0, as: UTF8.self) }
    }
}
