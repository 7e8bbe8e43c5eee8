import StageCosts

/// Runs a room tick by tick, in turn with its floors.
struct RoomRun {
    let ticks: Int
    let meter: AllocationMeter?

    func measure(
        _ room: inout RoomTrial, progress: (StageBench.Progress) -> Void
    ) throws -> RoomMeasurement {
        var phases = [[Double]](repeating: [], count: RoomTrial.Phase.allCases.count)
        var floors = [[Double]](repeating: [], count: RoomFloor.Part.allCases.count)
        var (whole, scratch): ([Double], [Double]) = ([], [0, 0, 0, 0, 0, 0, 0])
        let warmUp = ticks / 10 + 60
        for tick in 0..<(warmUp + ticks) {
            if tick % 50 == 0 {
                progress(.init(title: "ticks of the room", done: tick, of: warmUp + ticks))
            }
            var times = [Double](repeating: 0, count: phases.count)
            var bare = [Double](repeating: 0, count: floors.count)
            room.bringPackets()
            try room.tick(adding: &times)
            room.floor(adding: &bare)
            guard tick >= warmUp else { continue }
            for i in phases.indices { phases[i].append(times[i]) }
            for i in floors.indices { floors[i].append(bare[i]) }
            whole.append(times.reduce(0, +))
        }
        let played = room.played
        guard played.packets >= played.of * 9 / 10 else {
            throw BenchError("the room played only \(played.packets) of \(played.of) packets that came in time")
        }
        _ = scratch.removeLast()
        let sorted = whole.sorted()
        return RoomMeasurement(
            phases: zip(RoomTrial.Phase.allCases, phases).map { ("\($0)", mean($1)) },
            floors: zip(RoomFloor.Part.allCases, floors).map { ("\($0)", mean($1)) },
            tick: CostQuantiles(
                median: CostSamples.quantile(sorted, 0.5), p95: CostSamples.quantile(sorted, 0.95),
                p99: CostSamples.quantile(sorted, 0.99), interval: CostSamples.interval(sorted, [])),
            allocations: nil, ticks: ticks, packetsPerMember: 1)
    }

    /// Without the hundredth that took longest: what disturbed the machine.
    private func mean(_ times: [Double]) -> Double {
        let kept = times.sorted().dropLast(times.count / 100)
        return kept.isEmpty ? 0 : kept.reduce(0, +) / Double(kept.count)
    }
}
