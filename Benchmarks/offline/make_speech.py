#!/usr/bin/env python3
"""Builds rooms of recorded human speech from Debian packages, for the offline benchmark.

usage: make_speech.py FOLDER [SECONDS]      makes FOLDER/room8, room32, room100 and FOLDER/hour

A room is one Ogg Opus file per participant, all of one length: people take turns, sometimes over one another, and are
silent in between, but for a noise floor of -72 dBFS, as a microphone in a room has. Same packages in, same files out.
Needs (see Scripts/setup.sh bench): asterisk-core-sounds-*-g722, pocketsphinx-testdata, codec2-examples, ffmpeg,
opus-tools, python3-numpy.
"""
import glob
import os
import random
import subprocess
import sys
import wave

import numpy as np

RATE = 48000
PROMPTS = "/usr/share/asterisk/sounds/"
CODEC2 = "/usr/share/codec2/wav/"
LIBRIVOX = "/usr/share/pocketsphinx/test/data/librivox/"


def decode(path, *options):
    """A recording as mono float at 48 kHz."""
    command = ["ffmpeg", "-v", "error", *options, "-i", path, "-ar", str(RATE), "-ac", "1", "-f", "s16le", "-"]
    raw = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(raw, "<i2").astype(np.float32) / 32768


def level(clip):
    """Trims silence and brings the rest to about -22 dBFS, with no sample above 0.9."""
    loud = np.flatnonzero(np.abs(clip) > 0.01)
    if not len(loud):
        return clip[:0]
    clip = clip[max(0, loud[0] - 2400): loud[-1] + 4800]
    clip = clip * (0.08 / np.sqrt(np.mean(clip[np.abs(clip) > 0.01] ** 2)))
    return clip * min(1, 0.9 / np.abs(clip).max())


def prompts(voice, count=110):
    """Sentences of one of Asterisk's speakers."""
    files = sorted(f for f in glob.glob(PROMPTS + voice + "/**/*.g722", recursive=True) if os.path.getsize(f) > 12000)
    random.Random(voice).shuffle(files)
    clips = [level(decode(f, "-f", "g722")) for f in files[:count]]
    return [c for c in clips if len(c) > RATE]


def chop(recording, seed):
    """A long recording in pieces of 3 to 6 s."""
    pieces, at, dice = [], 0, random.Random(seed)
    while at < len(recording) - RATE:
        length = int(dice.uniform(3, 6) * RATE)
        pieces.append(level(recording[at:at + length]))
        at += length
    return [p for p in pieces if len(p) > RATE]


def save(folder, index, name, track):
    os.makedirs(folder, exist_ok=True)
    noise = np.random.default_rng(index).standard_normal(len(track)) * 10 ** (-72 / 20)
    wav = f"{folder}/{index:03d}_{name}.wav"
    with wave.open(wav, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(track + noise, -1, 1) * 32767).astype("<i2").tobytes())
    bitrate = str([32, 48, 64][index % 3])
    subprocess.run(["opusenc", "--quiet", "--bitrate", bitrate, "--speech", "--serial", str(index + 1), wav,
                    wav[:-4] + ".opus"], check=True)
    os.remove(wav)


def room(folder, voices, people, conversations, seconds):
    """People take turns in so many conversations at once."""
    names = list(voices)
    dice = random.Random(os.path.basename(folder))
    samples = int(seconds * RATE)
    tracks = [np.zeros(samples, np.float32) for _ in range(people)]
    lines = [dice.sample(voices[names[i % len(names)]], len(voices[names[i % len(names)]])) for i in range(people)]
    said, busy = [0] * people, [0.0] * people
    for conversation in range(conversations):
        time, last = dice.uniform(0, 1.5), -1
        while time < seconds - 1:
            free = [i for i in range(people) if i % conversations == conversation and i != last and busy[i] <= time]
            who = last = dice.choice(free or [i for i in range(people) if busy[i] <= time])
            line = lines[who][said[who] % len(lines[who])]
            said[who] += 1
            start = int(time * RATE)
            length = min(len(line), samples - start, 7 * RATE)
            tracks[who][start:start + length] += line[:length]
            busy[who] = time + length / RATE + 0.2
            pause = dice.uniform(-0.8, -0.1) if dice.random() < 0.25 else dice.uniform(0.15, 0.9)
            time = max(time + length / RATE + pause, start / RATE + 0.3)
    for i, track in enumerate(tracks):
        save(folder, i, names[i % len(names)], track)


def hour(folder, source):
    """One track of 60 minutes under a hundred names: what matters here is its length."""
    os.makedirs(folder, exist_ok=True)
    first = f"{folder}/000.opus"
    decoded = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-stream_loop", "59", "-i", source, "-f", "wav", "-"], stdout=subprocess.PIPE)
    subprocess.run(["opusenc", "--quiet", "--bitrate", "32", "--comp", "0", "--serial", "1", "-", first],
                   stdin=decoded.stdout, check=True)
    for i in range(1, 100):
        os.link(first, f"{folder}/{i:03d}.opus")


def main():
    out = sys.argv[1]
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    print("making speech: a few minutes, once …", flush=True)
    voices = {
        "allison_en": prompts("en_US_f_Allison"), "june_fr": prompts("fr_CA_f_June"),
        "carlo_it": prompts("it_IT_m_Carlo"), "ivr_ru": prompts("ru_RU_f_IvrvoiceRU"),
        "allison_es": prompts("es_MX_f_Allison"),
        "librivox_en": [level(decode(f)) for f in sorted(glob.glob(LIBRIVOX + "*.wav"))],
        "ham_david_en": chop(decode(CODEC2 + "david4.wav"), 1), "ham_ve9qrp_en": chop(decode(CODEC2 + "ve9qrp.wav"), 2),
    }
    for people, conversations in [(8, 1), (32, 2), (100, 4)]:
        room(f"{out}/room{people}", voices, people, conversations, seconds)
    hour(f"{out}/hour", f"{out}/room8/000_allison_en.opus")
    open(f"{out}/complete", "w").close()


if __name__ == "__main__":
    main()
