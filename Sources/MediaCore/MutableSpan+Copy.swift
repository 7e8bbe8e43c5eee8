extension MutableSpan where Element: BitwiseCopyable {
    /// Copies all of `source` to `offset` and on, as one block.
    @inlinable public mutating func copy(_ source: Span<Element>, at offset: Int = 0) {
        precondition(offset >= 0 && offset + source.count <= count)
        unsafe source.withUnsafeBufferPointer { source in
            unsafe withUnsafeMutableBufferPointer { target in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                unsafe (to + offset).update(from: from, count: source.count)
            }
        }
    }

    /// Moves the last `kept` values to the front: what a delay line keeps from frame to frame.
    @inlinable public mutating func keepNewest(_ kept: Int) {
        precondition(kept <= count)
        unsafe withUnsafeMutableBufferPointer { values in
            guard let start = values.baseAddress else { return }
            unsafe start.update(from: start + (values.count - kept), count: kept)
        }
    }
}
