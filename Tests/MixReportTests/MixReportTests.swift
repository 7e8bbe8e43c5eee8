// Tests of MixReport.
