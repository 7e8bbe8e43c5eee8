/// How long to wait before trying again: twice as long each time, up to a maximum, with a random part so that those
/// who lost the same server do not all come back at once.
public struct Backoff: Sendable, Hashable {
    public var first: Duration
    public var most: Duration

    public init(first: Duration = .milliseconds(100), most: Duration = .seconds(5)) {
        (self.first, self.most) = (first, most)
    }

    /// - Parameter failures: in a row; 1 is the first.
    /// - Returns: between half of the bound and the bound.
    public func delay(after failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let bound = min(first * (1 << min(max(failures - 1, 0), 20)), most)
        return bound * Double.random(in: 0.5...1, using: &generator)
    }

    func delay(after failures: Int) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return delay(after: failures, using: &generator)
    }
}
