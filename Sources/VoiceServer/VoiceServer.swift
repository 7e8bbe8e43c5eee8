// VoiceServer
