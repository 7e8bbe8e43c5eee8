// Tests of OfflineMix.
