// Loudness
