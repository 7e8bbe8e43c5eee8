// Tests of AudioFile.
