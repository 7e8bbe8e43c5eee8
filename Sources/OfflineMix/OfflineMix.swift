// OfflineMix
