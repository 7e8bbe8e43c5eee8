// Tests of StandardStages.
