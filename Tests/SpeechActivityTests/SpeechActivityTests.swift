// Tests of SpeechActivity.
