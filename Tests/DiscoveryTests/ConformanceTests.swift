import Testing

/// What every store does, whichever it is. One after the other: the tests with etcd share one, and count its revisions.
@Suite(.serialized) enum ConformanceTests {}
