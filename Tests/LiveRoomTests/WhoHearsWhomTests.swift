import LiveRoom
import MediaCore
import Testing

/// Who hears whom, and what is spared.
@Suite struct WhoHearsWhomTests {
    @Test func `a lone speaker is heard by everyone else and is sent nothing`() throws {
        let shard = try TestShard()
        for member in 1...4 { shard.join(member) }
        shard.run(100, talking: [try Talker(1, frequency: 440)])
        #expect(shard.takePackets(of: 1).count == 0)
        for member in 2...4 {
            let packets = shard.takePackets(of: member)
            #expect((94...100).contains(packets.count), "\(packets.count) packets")
            #expect(Heard.amplitude(440, in: try Heard.decode(packets)) > 0.1)
        }
    }

    @Test func `each speaker hears the others and never themselves`() throws {
        let shard = try TestShard()
        for member in 1...4 { shard.join(member) }
        let tones = [1: 440.0, 2: 700.0, 3: 1000.0]
        shard.run(100, talking: try tones.sorted { $0.key < $1.key }.map { try Talker($0.key, frequency: $0.value) })
        for member in 1...4 {
            let heard = try Heard.decode(shard.takePackets(of: member))
            for (speaker, tone) in tones {
                let amplitude = Heard.amplitude(tone, in: heard)
                if speaker == member {
                    #expect(amplitude < 0.002, "\(member) hears themselves: \(amplitude)")
                } else {
                    #expect(amplitude > 0.08, "\(member) hears \(speaker): \(amplitude)")
                }
            }
        }
    }

    @Test func `there is one encode per class, however many listen`() throws {
        let shard = try TestShard()
        for member in 1...40 { shard.join(member) }
        let talker = try Talker(1, frequency: 440)
        shard.run(100, talking: [talker])
        #expect(shard.shard.statistics.classes == 1)
        #expect(shard.shard.statistics.framesEncoded <= 100)
        shard.run(100, talking: [talker, try Talker(2, frequency: 700)])
        #expect(shard.shard.statistics.classes == 3)
    }

    @Test func `a silent room sends nothing, costs nothing and has given everything back`() throws {
        let shard = try TestShard()
        for member in 1...3 { shard.join(member) }
        #expect(shard.shard.nextDeadline == nil)
        shard.run(50, talking: [try Talker(1, frequency: 440)])
        #expect(shard.shard.nextDeadline != nil)
        // It stops without a word; the background that is put in its place is taken for noise before long.
        shard.run(100)
        #expect(shard.shard.statistics.classes == 0)
        _ = shard.takePackets(of: 2)
        shard.run(600)
        #expect(shard.takePackets(of: 2).count == 0)
        #expect(shard.shard.nextDeadline == nil)
        #expect(shard.shard.statistics.voices == 0)
    }

    @Test func `speaking is told from what is heard`() throws {
        let shard = try TestShard()
        for member in 1...3 { shard.join(member) }
        let talker = try Talker(1, frequency: 440)
        shard.run(50, talking: [talker])
        #expect(shard.speaking.map(\.isSpeaking) == [true])
        talker.isSilent = true
        shard.run(50, talking: [talker])
        #expect(shard.speaking.map(\.isSpeaking) == [true, false])
        #expect(shard.speaking.allSatisfy { $0.member == 1 })
    }

    @Test(arguments: [VoiceFlags.selfMute, .serverMute, .suppress])
    func `a muted member is not decoded`(flag: VoiceFlags) throws {
        let shard = try TestShard()
        shard.join(1, flag)
        shard.join(2)
        shard.run(50, talking: [try Talker(1, frequency: 440)])
        #expect(shard.takePackets(of: 2).count == 0)
        #expect(shard.shard.statistics.framesDecoded == 0)
        #expect(shard.shard.statistics.muted == 50)
        #expect(shard.shard.nextDeadline == nil)
    }

    @Test func `a sender whose packets say that they are silent is not decoded`() throws {
        let shard = try TestShard()
        shard.join(1)
        shard.join(2)
        let talker = try Talker(1, frequency: 440)
        talker.isSilent = true
        shard.run(50, talking: [talker])
        #expect(shard.shard.statistics.framesDecoded == 0)
        #expect(shard.shard.statistics.silent == 50)
    }

    @Test func `a deaf member is sent nothing until they hear again`() throws {
        let shard = try TestShard()
        shard.join(1)
        shard.join(2, .selfDeaf)
        let talker = try Talker(1, frequency: 440)
        shard.run(50, talking: [talker])
        #expect(shard.takePackets(of: 2).count == 0)
        shard.apply(.set(MemberID(2), []))
        shard.run(50, talking: [talker])
        #expect(shard.takePackets(of: 2).count >= 49)
    }

    @Test func `who stops hearing in the middle of a word fades out, like who is muted`() throws {
        let shard = try TestShard()
        for member in 1...2 { shard.join(member) }
        let talker = try Talker(1, frequency: 440)
        shard.run(50, talking: [talker])
        _ = shard.takePackets(of: 2)
        shard.apply(.set(MemberID(1), .selfDeaf))
        // The fade, the gate's hangover and the mix's.
        shard.run(25, talking: [talker])
        #expect(shard.speaking.map(\.isSpeaking) == [true, false])
        #expect(Heard.amplitude(440, in: try Heard.decode(shard.takePackets(of: 2))) < 0.002)
    }

    @Test func `a member who has muted another does not hear them, and the others still do`() throws {
        let shard = try TestShard()
        for member in 1...3 { shard.join(member) }
        let talkers = [try Talker(1, frequency: 440), try Talker(2, frequency: 700)]
        shard.run(50, talking: talkers)
        shard.apply(.mute(MemberID(3), hears: MemberID(1), isMuted: true))
        _ = shard.takePackets(of: 3)
        shard.run(50, talking: talkers)
        var heard = try Heard.decode(shard.takePackets(of: 3))
        #expect(Heard.amplitude(440, in: heard) < 0.002)
        #expect(Heard.amplitude(700, in: heard) > 0.08)
        heard = try Heard.decode(shard.takePackets(of: 2))
        #expect(Heard.amplitude(440, in: heard) > 0.08)
        shard.apply(.mute(MemberID(3), hears: MemberID(1), isMuted: false))
        shard.run(50, talking: talkers)
        #expect(Heard.amplitude(440, in: try Heard.decode(shard.takePackets(of: 3))) > 0.08)
        #expect(shard.shard.statistics.classes == 3, "member 3 is back among those who hear everyone")
    }

    @Test func `while a priority speaker is heard everyone else is softer`() throws {
        let shard = try TestShard()
        shard.join(1)
        shard.join(2, .priority)
        shard.join(3)
        let talkers = [try Talker(1, frequency: 440), try Talker(2, frequency: 700)]
        shard.run(100, talking: talkers)
        let heard = try Heard.decode(shard.takePackets(of: 3))
        #expect(Heard.amplitude(700, in: heard) > 0.08)
        #expect((0.01...0.05).contains(Heard.amplitude(440, in: heard)))
    }
}
