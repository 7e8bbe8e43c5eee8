// VoiceSimulation
