#!/usr/bin/env bash
# Makes samples/meeting: four people at a table that does not exist, by speech synthesis. Same tools, same bytes.
# Needs espeak-ng, sox, opus-tools (Scripts/setup.sh samples), pylibsrtp (Scripts/python.sh) and parley (make build).
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seconds=40
# Repeatable noise, no dither, no chatter.
export SOX_OPTS='-R -D -V1'

# say WHO START TEXT: one turn, START seconds into the meeting.
say() {
    local who=$1 start=$2 text=$3 voice
    case $who in
        alice) voice=(-v en-us+f2 -s 172 -p 62) ;;
        bob) voice=(-v en-gb+m3 -s 160 -p 34) ;;
        carol) voice=(-v en-gb-x-rp+f4 -s 165 -p 55) ;;
        dave) voice=(-v en-us+m7 -s 182 -p 28) ;;
    esac
    espeak-ng "${voice[@]}" -w "$work/turn.wav" "$text"
    sox "$work/turn.wav" -r 48000 -c 1 "$work/$who-$start.wav" gain -n -6 pad "$start"
}

say alice 0.4 "Good morning. Is everybody here? I can only hear a fan."
say bob 4.3 "That is my fan. It has been with the team longer than I have."
say dave 8.0 "HELLO! Can you all hear me? I turned everything up to eleven!"
say carol 10.6 "Yes Dave. They can hear you on the moon."
say alice 13.3 "Let us begin. Carol, how is the mixer?"
say carol 16.0 "It adds four voices and sends back one. The rest is taste."
say bob 18.9 "And if two people speak at the same time?"
say dave 19.9 "Then both of them are right, obviously."
say alice 21.6 "One at a time, please. Bob, and then Dave."
say bob 24.2 "I only wanted to say that the limiter is awake now. Somebody has woken it."
say dave 26.8 "WAS IT ME? I think it was me!"
say carol 28.2 "It was you."
say alice 28.5 "It was you, Dave."
say bob 28.8 "It was certainly you."
say alice 31.0 "Good. Then let us stop here, before the silence gate closes on us."
say carol 35.3 "Goodbye everyone."
say dave 35.9 "Goodbye! Same time tomorrow!"
say bob 36.9 "Goodbye. Say goodbye, fan."

# track WHO EFFECTS…: all of somebody's turns, in their room.
track() {
    local who=$1
    shift
    sox -m "$work/$who"-*.wav "$work/$who.dry.wav" gain -n "${level[$who]}"
    sox "$work/$who.dry.wav" "$work/$who.wav" "$@" pad 0 "$seconds" trim 0 "$seconds"
}
declare -A level=([alice]=-9 [bob]=-11 [carol]=-21 [dave]=-0.5)
sox -n -r 48000 -c 1 "$work/floor.wav" synth "$seconds" whitenoise gain -72
sox -n -r 48000 -c 1 "$work/fan.wav" synth "$seconds" brownnoise synth "$seconds" sine mix 100 gain -46

track alice                                 # a headset
track bob                                   # a room with a fan, added below
track carol lowpass 7000                    # far from her microphone
track dave overdrive 4 0 reverb 35 50 60    # a bare room, and too close
sox -m -v 1 "$work/alice.wav" -v 1 "$work/floor.wav" "$work/alice.mic.wav"
sox -m -v 1 "$work/bob.wav" -v 1 "$work/fan.wav" "$work/bob.mic.wav"
sox -m -v 1 "$work/carol.wav" -v 1 "$work/floor.wav" "$work/carol.mic.wav"
sox -m -v 1 "$work/dave.wav" -v 1 "$work/floor.wav" "$work/dave.mic.wav" gain -n -0.1

mkdir -p meeting
serial=0
for who in alice bob dave; do
    serial=$((serial + 1))
    opusenc --quiet --bitrate 32 --speech --serial $serial "$work/$who.mic.wav" "meeting/$who.opus"
done
# Carol's client does not send in silence: control 4016 is OPUS_SET_DTX.
opusenc --quiet --bitrate 24 --speech --serial 4 --set-ctl-int 4016=1 "$work/carol.wav" meeting/carol.opus

# The same meeting as it came to a server: clean, in SRTP, and over the network of a conference hotel.
python=../.build-python/bin/python3
parley=${PARLEY:-../.build-release/release/parley}
"$python" make-captures.py meeting meeting.pcapng
"$python" make-captures.py meeting meeting-srtp.pcapng meeting-srtp.keys
"$parley" impair meeting.pcapng -o meeting-hotel.pcapng --network conference-hotel --seed 1 --force --quiet
ls -l meeting ./*.pcapng
