/// Which shard a new room goes to, and whether a shard lets anybody else in. Reports of load are old by seconds, so
/// what has been let in since is added.
struct Placement: Sendable {
    private struct Shard {
        var rooms = 0
        var members = 0
        /// Who will be there once everybody has come.
        var expected = 0
        var load = 0.0
        var joinedSinceReport = 0
        /// What one of them is taken to add.
        var loadOfNewcomer = 0.0
    }

    /// The most that a newcomer is taken to add when those who are there tell what members cost: of few of them most is
    /// what a shard costs without any.
    private static let maximumLoadOfNewcomer = 0.02

    /// A room is taken to cost as much as so many members, before anybody is in it.
    private static let membersPerRoom = 4

    private var shards: [Shard]
    private let maximumLoad: Double
    private let loadPerMember: Double

    init(shards: Int, maximumLoad: Double, loadPerMember: Double) {
        self.shards = Array(repeating: Shard(), count: shards)
        self.maximumLoad = maximumLoad
        self.loadPerMember = loadPerMember
    }

    var isOverloaded: Bool { shards.indices.allSatisfy { isOverloaded($0) } }

    var isEmpty: Bool { shards.allSatisfy { $0.rooms == 0 && $0.members == 0 && $0.expected == 0 } }

    func isOverloaded(_ shard: Int) -> Bool {
        let shard = shards[shard]
        return shard.load + Double(shard.joinedSinceReport) * max(shard.loadOfNewcomer, loadPerMember) >= maximumLoad
    }

    /// The shard with the least to do, of those that let somebody in, if there are any.
    func choose() -> Int {
        let candidates = shards.indices.filter { !isOverloaded($0) }
        let all = candidates.isEmpty ? Array(shards.indices) : candidates
        return all.min { burden($0) < burden($1) } ?? 0
    }

    private func burden(_ shard: Int) -> Int {
        let shard = shards[shard]
        return shard.rooms * Self.membersPerRoom + max(shard.members, shard.expected)
    }

    mutating func opened(_ shard: Int) { shards[shard].rooms += 1 }

    mutating func closed(_ shard: Int) { shards[shard].rooms -= 1 }

    mutating func expect(_ change: Int, on shard: Int) { shards[shard].expected += change }

    mutating func joined(_ shard: Int) {
        shards[shard].members += 1
        shards[shard].joinedSinceReport += 1
    }

    mutating func left(_ shard: Int) { shards[shard].members -= 1 }

    mutating func report(_ load: Double, of shard: Int) {
        guard shards.indices.contains(shard) else { return }
        let average = load / Double(max(shards[shard].members, 1))
        shards[shard].load = load
        shards[shard].joinedSinceReport = 0
        shards[shard].loadOfNewcomer = min(average, Self.maximumLoadOfNewcomer)
    }
}
