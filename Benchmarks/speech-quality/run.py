#!/usr/bin/env python3
"""Speech quality through the whole chain, by the command alone: recording, packets, bad network, mix as WAV.

    run.py [--parley PATH] [--seeds N] [--json FILE] [RECORDING...]

Each recording is encoded at 32 kbit/s with in-band FEC and written as a capture (`parley mix -o clean.pcap`), sent through a
network (`parley impair`) and mixed to WAV (`parley mix`). Wideband PESQ (ITU-T P.862.2) compares the WAV with the recording;
the delay is what the mix says of the jitter buffer. Recordings are short, so by chance a seed may lose far more or less than
was asked for: such seeds are passed over. Means over recordings and seeds; ends with 1 if a bar is missed.
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
from pesq import pesq
from scipy.io import wavfile
from scipy.signal import resample_poly

SPEECH = pathlib.Path("/usr/share/pocketsphinx/test/data/librivox")
SENDER = """
pipeline: sender
version: 1
format: {{ rate: 48 kHz, channels: mono, frame: 20 ms }}
participant: [opus.decode]
room: [mix]
listener:
  - opus.encode: {{ bitrate: 32 kbit/s, mode: voip, fec: in-band, expected-loss: {loss} % }}
  - rtp.packetize
"""
RECEIVER = """
pipeline: receiver
version: 1
format: { rate: 48 kHz, channels: mono, frame: 20 ms }
participant: [jitter.adaptive, opus.decode]
room: [mix]
listener: [opus.encode]
"""
# Name, loss in percent, length of bursts, least PESQ.
NETWORKS = [("no loss", 0, 1, 4.2), ("5 % random", 5, 1, 3.9), ("10 % random", 10, 1, 3.5), ("20 % random", 20, 1, 2.4),
            ("5 % in bursts of 3", 5, 3, 3.0), ("10 % in bursts of 3", 10, 3, 2.4), ("20 % in bursts of 3", 20, 3, 1.55)]
LONGEST_DELAY = 0.060
# How far from the share asked for the share of lost packets may be, as a part of it.
TOLERANCE = 0.25
Trial = collections.namedtuple("Trial", "pesq delay lost recovered concealed")


class Chain:
    def __init__(self, parley, folder):
        self.parley, self.folder = parley, folder
        (folder / "receiver.yaml").write_text(RECEIVER)

    def run(self, *arguments):
        done = subprocess.run([self.parley, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"parley {' '.join(map(str, arguments))}: exit status {done.returncode}\n{done.stderr}")
        return done.stdout

    def sent(self, recording, loss):
        """The capture of a recording, made once for each expected loss."""
        capture = self.folder / f"{recording.stem}-{loss}.pcap"
        if not capture.exists():
            pipeline = self.folder / f"sender-{loss}.yaml"
            pipeline.write_text(SENDER.format(loss=loss))
            self.run("mix", recording, "-q", "-p", pipeline, "-o", capture)
        return capture

    def impaired(self, recording, loss, burst, seeds):
        """Captures of a recording that lost about as much as was asked for, from so many seeds."""
        clean, bad, seed, made = self.sent(recording, loss), self.folder / "bad.pcap", 0, 0
        while made < seeds:
            seed += 1
            said = self.run("impair", clean, "-o", bad, "-f", "--seed", seed, "--set", f"loss={loss} %", "--set",
                            f"burst={burst}", "--set", "burst-length=exact")
            delivered, sent = map(int, re.search(r"(\d+) of (\d+) datagrams", said).groups())
            if abs((1 - delivered / sent) * 100 - loss) <= TOLERANCE * loss:
                made += 1
                yield bad

    def trial(self, recording, capture):
        heard = self.folder / "heard.wav"
        summary = self.run("mix", capture, "-p", self.folder / "receiver.yaml", "-o", heard, "--sample-format", "f32", "-f",
                           "--json")
        network = json.loads(summary)["participants"][0]["network"]
        sent = network["played"] + network["lost"]
        return Trial(pesq(16000, load(recording), load(heard), "wb"), network["meanDelay"], network["lost"] / sent,
                     network["recoveredFromFEC"] / sent, network["secondsConcealed"] / (sent * 0.02))


def load(path):
    with warnings.catch_warnings():  # of chunks that are not samples
        warnings.simplefilter("ignore")
        rate, samples = wavfile.read(path)
    samples = samples.astype(float) / (32768 if samples.dtype == np.int16 else 1)
    return resample_poly(samples, 1, rate // 16000) if rate > 16000 else samples


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--parley", default="parley")
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--json")
    options.add_argument("recordings", nargs="*", type=pathlib.Path)
    given = options.parse_args()
    recordings = given.recordings or sorted(SPEECH.glob("*.wav"))
    if not recordings:
        sys.exit(f"no recordings: name some, or install pocketsphinx-testdata ({SPEECH})")
    print(f"{len(recordings)} recordings, {given.seeds} seeds each; 32 kbit/s with in-band FEC")
    print(f"{'':22}{'PESQ':>7}{'bar':>7}{'delay ms':>10}{'lost %':>8}{'from FEC %':>12}{'concealed %':>13}")
    missed, rows = [], []
    with tempfile.TemporaryDirectory() as folder:
        chain = Chain(given.parley, pathlib.Path(folder))
        for name, loss, burst, bar in NETWORKS:
            seeds = given.seeds if loss else 1
            trials = [chain.trial(recording, capture) for recording in recordings
                      for capture in chain.impaired(recording, loss, burst, seeds)]
            mean = Trial(*(float(np.mean(column)) for column in zip(*trials)))
            print(f"{name:22}{mean.pesq:7.2f}{bar:7.2f}{mean.delay * 1000:10.1f}{mean.lost * 100:8.2f}{mean.recovered * 100:12.2f}"
                  f"{mean.concealed * 100:13.2f}", flush=True)
            rows.append({"network": name, "bar": bar, **mean._asdict()})
            if mean.pesq < bar:
                missed.append(f"{name}: PESQ {mean.pesq:.2f}, at least {bar}")
            if mean.delay > LONGEST_DELAY:
                missed.append(f"{name}: mean delay {mean.delay * 1000:.0f} ms, at most {LONGEST_DELAY * 1000:.0f}")
    if given.json:
        pathlib.Path(given.json).write_text(json.dumps(rows, indent=2))
    for line in missed:
        print(f"missed  {line}")
    print("every bar is met" if not missed else f"{len(missed)} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
