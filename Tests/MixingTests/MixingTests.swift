// Tests of Mixing.
