// VoiceClient
