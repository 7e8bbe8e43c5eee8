// MixReport
