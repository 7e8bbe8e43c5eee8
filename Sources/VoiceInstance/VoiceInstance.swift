// VoiceInstance
