// Tests of OpusCodec.
