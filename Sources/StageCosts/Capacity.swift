import MediaCore

extension CapacityPrediction {
    /// What one core carries at real time, without reserve. Infinite where nothing costs anything.
    public struct Capacity: Sendable, Hashable, Codable {
        /// Rooms like this one.
        public var rooms: Double
        /// Speakers and listeners of as many such rooms, at this ratio.
        public var speakers: Double
        public var listeners: Double
        /// Listeners who could come into this room, if it has a core of its own.
        public var moreListeners: Double
        /// Speakers of whom each is only received and played.
        public var lanes: Double
        /// The most speakers of one room that hear one another, with nobody else; at most `ExclusionSet.capacity`.
        public var conversation: Int

        init(_ model: RoomModel, _ room: RoomModel.Room) {
            let tick = model.tickNanoseconds
            func time(_ room: RoomModel.Room) -> Double { model.nanoseconds(of: room) }
            rooms = Self.quotient(tick, time(room))
            speakers = room.speakers > 0 ? rooms * Double(room.speakers) : 0
            listeners = room.listeners > 0 ? rooms * Double(room.listeners) : 0
            // The first listener brings their own mix.
            var next = room
            next.listeners = max(room.listeners, 1)
            let rest =
                tick - time(next) + model.nanosecondsPerMember(of: next) * Double(next.listeners - room.listeners)
            moreListeners = rest > 0 ? Self.quotient(rest, model.nanosecondsPerMember(of: next)) : 0
            lanes = Self.quotient(tick, model.nanosecondsPerSpeaker(of: room))
            conversation = Self.conversation { time(.init(speakers: $0, listeners: 0)) <= tick }
        }

        private static func quotient(_ whole: Double, _ part: Double) -> Double {
            part > 0 ? whole / part : .infinity
        }

        /// The most speakers that fit.
        private static func conversation(_ fits: (Int) -> Bool) -> Int {
            var (low, high) = (0, ExclusionSet.capacity)
            while low < high {
                let middle = (low + high + 1) / 2
                if fits(middle) { low = middle } else { high = middle - 1 }
            }
            return low
        }
    }
}
