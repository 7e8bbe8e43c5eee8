import PipelineSpec
import VoiceInstance

extension InstanceLoop {
    /// Opens what the configuration itself names.
    func openStaticGuilds() throws {
        let now = MonotonicClock.now()
        for guild in configuration.guilds {
            do throws(InstanceError) { try instance.push(json: Array(guild.json.utf8), at: now) } catch {
                throw guild.refusal(error)
            }
        }
        if let wanted = configuration.development {
            let guild = DevelopmentGuild(wanted, pipeline: shelf.defaultName, places: configuration.roomPlaces)
            do throws(InstanceError) { try instance.push(guild.state, at: now) } catch {
                throw ServerError(.configuration, "dev.guild: \(error)")
            }
            development = guild
        }
        settle()
    }
}

extension StaticGuild {
    /// Whether an instance would take it, as far as that can be said without one.
    func check() throws(ServerError) {
        do throws(InstanceError) { _ = try GuildState(parsing: Array(json.utf8)) } catch { throw refusal(error) }
    }

    func refusal(_ error: InstanceError) -> ServerError {
        ServerError(.configuration, "the guild in line \(location.line) of the configuration: \(error)")
    }
}
