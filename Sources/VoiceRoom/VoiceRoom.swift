// VoiceRoom
