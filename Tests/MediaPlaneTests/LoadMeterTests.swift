import MediaPlane
import Testing

@Suite struct LoadMeterTests {
    @Test func `what is done rises at once, what hinders is smoothed, and the largest part is the load`() {
        var meter = LoadMeter(maximumPacketsPerSecond: 1000, frame: .milliseconds(20), now: 0)
        var health = ShardHealth()
        for second in 1...20 {
            #expect(meter.isDueAt == Int64(second - 1) * 1_000_000_000 + LoadMeter.interval)
            health.time = Int64(second) * 1_000_000_000
            health.socket.received += 300
            health.socket.sent += 200
            for _ in 0..<50 { health.lateness.record(nanoseconds: 2_000_000) }
            meter.update(&health, steal: 0.25)
            guard second == 1 else { continue }
            #expect(health.load.packets == 0.5, "who is let in next is decided by it")
            #expect(health.load.steal == 0.0625, "a quarter of the way after one second of four")
        }
        #expect(abs(health.load.packets - 0.5) < 0.01)
        #expect(abs(health.load.lateness - 0.1) < 0.01)
        #expect(abs(health.load.steal - 0.25) < 0.01)
        #expect(health.load.processor < 0.2)
        #expect(health.load.value == health.load.packets)
    }

    @Test func `load never exceeds one, and goes back`() {
        var meter = LoadMeter(maximumPacketsPerSecond: 10, frame: .milliseconds(20), now: 0)
        var health = ShardHealth()
        for second in 1...60 {
            health.time = Int64(second) * 1_000_000_000
            if second <= 30 { health.socket.received += 100_000 }
            meter.update(&health, steal: 0)
            #expect(health.load.value <= 1)
            if second == 30 { #expect(health.load.value > 0.99) }
        }
        #expect(health.load.value < 0.01)
    }
}
