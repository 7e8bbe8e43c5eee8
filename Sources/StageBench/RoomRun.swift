import StageCosts

/// Runs a room tick by tick, in turn with its floors.
struct RoomRun {
    /// Ticks in which allocations are counted.
    private static let countedTicks = 50

    let ticks: Int
    let meter: AllocationMeter?

    func measure(
        _ room: inout RoomTrial, against prediction: CapacityPrediction, progress: (StageBench.Progress) -> Void
    ) throws -> RoomComparison {
        var phases = [[Double]](repeating: [], count: RoomTrial.Phase.allCases.count)
        var floors = [[Double]](repeating: [], count: RoomFloor.Part.allCases.count)
        var whole: [Double] = []
        let warmUp = ticks / 10 + 100
        for tick in 0..<(warmUp + ticks) {
            if tick % 50 == 0 { progress(.init(title: "ticks of the room", done: tick, of: warmUp + ticks)) }
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
        let allocations = try countAllocations(&room)
        let played = room.played
        guard played.packets >= played.of * 9 / 10 else {
            throw BenchError("the room played only \(played.packets) of \(played.of) packets that came in time")
        }
        let sorted = whole.sorted()
        return RoomComparison(
            prediction, phases: compare(phases.map(mean), floors.map(mean), prediction),
            tick: CostQuantiles(
                median: CostSamples.quantile(sorted, 0.5), p95: CostSamples.quantile(sorted, 0.95),
                p99: CostSamples.quantile(sorted, 0.99), interval: CostSamples.interval(sorted, [])),
            ticks: ticks, allocations: allocations)
    }

    private func compare(
        _ phases: [Double], _ floors: [Double], _ prediction: CapacityPrediction
    ) -> [RoomComparison.Phase] {
        zip(CapacityPrediction.Phase.allCases, phases).map { phase, measured in
            let floor: Double? =
                switch phase {
                case .play: floors[RoomFloor.Part.decode.rawValue]
                case .encode: floors[RoomFloor.Part.encode.rawValue]
                case .transmit: floors[RoomFloor.Part.seal.rawValue]
                case .receive, .send: measured
                case .ingest, .mix: nil
                }
            return RoomComparison.Phase(
                phase: phase, predicted: prediction.nanoseconds(of: phase), measured: measured, floor: floor)
        }
    }

    private func countAllocations(_ room: inout RoomTrial) throws -> Double? {
        guard let meter else { return nil }
        var times = [Double](repeating: 0, count: RoomTrial.Phase.allCases.count)
        var count = 0
        for _ in 0..<Self.countedTicks {
            room.bringPackets()
            meter.start()
            defer { count += meter.stop().count }
            try room.tick(adding: &times)
        }
        return Double(count) / Double(Self.countedTicks)
    }

    /// Without the hundredth that took longest: what disturbed the machine.
    private func mean(_ times: [Double]) -> Double {
        let kept = times.sorted().dropLast(times.count / 100)
        return kept.isEmpty ? 0 : kept.reduce(0, +) / Double(kept.count)
    }
}
