// SpeechActivity
