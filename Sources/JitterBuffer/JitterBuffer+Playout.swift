public import MediaCore

extension JitterBuffer {
    public mutating func pace(at now: Int64, decoded: Int) -> PlayoutPace {
        var pace = PlayoutPace()
        let elapsed = Int(now - (lastPace ?? now))
        lastPace = now
        guard state == .playing, stalled == 0, let base = transits.shortest else {
            drifting.release()
            ample = 0
            pace.drift = drifting.correction
            return pace
        }
        // What is heard now was sent so long after the fastest packet could have brought it.
        let delay = now - (playhead - Int64(decoded)) - base
        drifting.update(delay: delay, samples: elapsed)
        pace.drift = drifting.correction
        guard !isFixed else { return pace }
        // What counts is what the next packet has left when it is needed: at this tick, if less than a frame is decoded.
        let slack = Int(delay) - min(decoded, frame)
        let low = target - DelayHistogram.binSamples / 4
        let spare = slack - frame - target
        if slack < low {
            ample = 0
            if hasGivenBack {
                patience = min(patience * 8, Self.longestPatience)
                hasGivenBack = false
            }
            if decoded > 0 || store.first?.timestamp == playhead { pace.adjustment = .lengthen }
        } else if spare >= 0 || decoded > Self.leastAhead {
            pace.adjustment = shortening(spare: spare, decoded: decoded, elapsed)
        } else {
            ample = 0
        }
        return pace
    }

    /// Packets are needed at ticks, so that the delay is one of two for each frame: a frame more than is needed goes at
    /// once if it is much more, else when it was not needed for long. So does what is decoded ahead, which helps nobody. But
    /// where clocks drift, packets come earlier or later in the frame all the time, and what is not needed now soon is.
    /// - Parameter spare: what would be left beyond what is needed if a frame of delay went.
    private mutating func shortening(spare: Int, decoded: Int, _ elapsed: Int) -> PlayoutPace.Adjustment {
        ample += elapsed
        guard let last = store.last, last.end - playhead >= Int64(frame) else { return .none }
        if spare > Self.muchSpare {
            return .shorten(atMost: Self.longestPeriod, isUrgent: spare > Self.muchSpare + 2400)
        }
        guard ample >= patience, drifting.drift.magnitude < Self.steadyDrift else { return .none }
        hasGivenBack = true
        return .shorten(atMost: spare >= 0 ? Self.longestPeriod : decoded, isUrgent: false)
    }

    public mutating func adjusted(by samples: Int) {
        if samples > 0 { statistics.samplesShortened += samples } else { statistics.samplesLengthened -= samples }
        drifting.release()
    }

    public mutating func tickMoved() { drifting.release() }

    public mutating func next(at now: Int64, decoded: Int, isRequired: Bool) -> PlayoutStep {
        if needsRestart {
            needsRestart = false
            return .restart
        }
        dropPassed()
        guard let first = store.first else { return isRequired ? starve(at: now) : .nothing }
        if stalled > 0 { resume(with: first) }
        guard state == .playing else { return start(first, at: now, decoded: decoded, isRequired) }
        let missing = first.sequenceNumber - expected
        let gap = first.timestamp - playhead
        if gap <= 0 {
            statistics.lost += max(Int(missing), 0)
            if skip(at: now) { return step(store.first ?? first, at: now, decoded, isSpliced: true) }
            return step(first, at: now, decoded, isSpliced: false)
        }
        if missing <= 0 || gap > missing * Int64(lastSamples) + Int64(frame) {
            // Timestamps went on without packets: the sender paused.
            state = .waiting
            pausedAt = now
            return start(first, at: now, decoded: decoded, isRequired)
        }
        guard isRequired else { return .nothing }
        return conceal(before: first, missing: missing, gap: gap)
    }

    // MARK: - Nothing there

    private mutating func starve(at now: Int64) -> PlayoutStep {
        guard state == .playing else { return .pause }
        guard !lastWasSilent, stalled < Self.longestStall else {
            state = .waiting
            pausedAt = now
            return .pause
        }
        let samples = min(lastSamples, 960)
        defer { stalled += samples }
        return .stall(samples: samples, elapsed: stalled)
    }

    /// A packet has come after a stall: now it can be told what it was.
    private mutating func resume(with first: PacketStore.Entry) {
        let missing = first.sequenceNumber - expected
        let wasPause = missing <= 0 && first.timestamp > playhead
        if wasPause {
            statistics.samplesBridged += stalled
            state = .waiting
        } else {
            statistics.samplesConcealed += stalled
            if missing <= 0, !isFixed { statistics.late += 1 }
            // What was filled in stands for the lost packets, as far as it goes.
            let covered = min(missing, Int64(stalled / max(lastSamples, 1)))
            if covered > 0 {
                statistics.lost += Int(covered)
                expected += covered
                playhead = min(playhead + Int64(stalled), first.timestamp)
            } else if isFixed {
                playhead += Int64(stalled)
                dropPassed()
            }
        }
        stalled = 0
        drifting.release()
    }

    // MARK: - A talk-spurt's start

    private mutating func start(
        _ first: PacketStore.Entry, at now: Int64, decoded: Int, _ isRequired: Bool
    ) -> PlayoutStep {
        adoptTransit(of: first, at: now)
        let base = transits.shortest ?? first.transit
        let waited = now - first.timestamp - base
        let held = (store.last ?? first).end - first.timestamp
        guard waited >= Int64(target) || held >= Int64(maximum + Self.maximumExcess) else {
            return isRequired ? .pause : .nothing
        }
        if hasPlayed { statistics.lost += max(Int(first.sequenceNumber - expected), 0) }
        state = .playing
        playhead = first.timestamp
        expected = first.sequenceNumber
        pausedAt = nil
        drifting.release()
        _ = skip(at: now)
        return step(store.first ?? first, at: now, decoded, isSpliced: true)
    }

    /// After a long silence the old transit times may not hold: the sender's timestamps stood still, or its clock has
    /// drifted meanwhile.
    private mutating func adoptTransit(of first: PacketStore.Entry, at now: Int64) {
        guard let base = transits.shortest, let shortest = store.shortestTransit else { return }
        if shortest - base > Int64(Self.maximumExcess) {
            transits.restart(shortest)
        } else if let paused = pausedAt {
            pausedAt = nil
            transits.shift(by: -Int64(Double(now - paused) * drifting.drift))
        }
    }

    // MARK: - Steps

    /// Leaves out packets when far too many wait, up to the one whose time is now.
    private mutating func skip(at now: Int64) -> Bool {
        guard let base = transits.shortest, let first = store.first,
            now - first.timestamp - base > Int64(maximum + Self.maximumExcess)
        else { return false }
        var hasSkipped = false
        while store.count > 1, let first = store.first, now - first.timestamp - base > Int64(target + frame) {
            store.removeFirst()
            statistics.skipped += 1
            hasSkipped = true
        }
        return hasSkipped
    }

    private mutating func step(
        _ entry: PacketStore.Entry, at now: Int64, _ decoded: Int, isSpliced: Bool
    ) -> PlayoutStep {
        store.removeFirst()
        current = entry
        playhead = entry.end
        expected = entry.sequenceNumber + 1
        lastSamples = entry.packet.samples
        lastWasSilent = entry.packet.isSilent
        hasPlayed = true
        if entry.packet.isCopy {
            statistics.lost += 1
            statistics.recoveredFromCopy += 1
        } else {
            let delay = Int(now - entry.arrival) + decoded
            statistics.played += 1
            statistics.delaySum += delay
            statistics.longestDelay = max(statistics.longestDelay, delay)
        }
        return .decode(entry.packet, isSpliced: isSpliced)
    }

    private mutating func conceal(before first: PacketStore.Entry, missing: Int64, gap: Int64) -> PlayoutStep {
        let samples = missing == 1 ? Int(min(gap, 5760)) : min(lastSamples, Int(gap))
        let isNext = missing == 1
        statistics.lost += 1
        if isNext && first.packet.carriesRedundancy {
            statistics.recoveredFromFEC += 1
        } else {
            statistics.samplesConcealed += samples
        }
        current = first
        expected += 1
        playhead += Int64(samples)
        return .conceal(samples: samples, distance: max(Int(clamping: gap), samples))
    }

    /// Packets whose time is wholly past.
    private mutating func dropPassed() {
        guard state == .playing else { return }
        while let first = store.first, first.end <= playhead, first.sequenceNumber < expected {
            store.removeFirst()
            statistics.late += 1
        }
    }
}
