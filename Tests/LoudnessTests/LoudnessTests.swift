// Tests of Loudness.
