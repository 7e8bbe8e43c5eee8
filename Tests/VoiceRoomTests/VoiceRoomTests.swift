// Tests of VoiceRoom.
