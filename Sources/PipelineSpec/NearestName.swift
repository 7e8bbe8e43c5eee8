/// Finds the name that somebody probably meant.
public enum NearestName {
    /// Names longer than this are not compared.
    private static let longest = 64

    /// - Returns: the candidate with the fewest edits to `name`, if they are few for its length.
    public static func of(_ name: String, in candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased())
        guard wanted.count <= longest else { return nil }
        var best: (String, Int)?
        for candidate in candidates {
            let edits = distance(wanted, Array(candidate.lowercased()))
            if edits < (best?.1 ?? .max) { best = (candidate, edits) }
        }
        guard let (candidate, edits) = best, edits <= max(name.count, candidate.count) / 3 + 1, edits < name.count
        else { return nil }
        return candidate
    }

    /// Insertions, deletions, replacements and swaps of neighbours.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var cost = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, row[j] + 1)
                if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                row.append(cost)
            }
            (before, previous) = (previous, row)
        }
        return previous[b.count]
    }
}
