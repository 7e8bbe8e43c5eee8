#!/usr/bin/env python3
"""Compares `parley mix` with bare libopus, ffmpeg, GStreamer and sox: N Ogg Opus tracks of 60 s into one Opus file of
64 kbit/s, complexity 10. CPU time (user + system, children included), wall time and peak memory; medians of runs that
are interleaved (A B C A B C …), so that a machine that grows slower does so for all.

usage: run.py --parley BINARY [--quick]
"""
import argparse
import glob
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MATERIAL = os.path.join(HERE, "../../.build-bench")


def measure(command):
    """Runs a command once: CPU seconds, wall seconds, peak memory in MB (of the largest process)."""
    with tempfile.NamedTemporaryFile("r") as times:
        run = subprocess.run(["/usr/bin/time", "-q", "-o", times.name, "-f", "%U %S %e %M", *command],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if run.returncode:
            sys.exit(f"failed: {' '.join(command)[:200]}\n{run.stderr}")
        user, system, wall, memory = map(float, times.read().split())
    return user + system, wall, memory / 1024


def contenders(parley, floor, files, out):
    """Every program on the same work, by name."""
    def ffmpeg(*decoder):
        inputs = [word for f in files for word in (*decoder, "-i", f)]
        return ["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, "-filter_complex",
                f"amix=inputs={len(files)}:normalize=0", "-ac", "1", "-c:a", "libopus", "-b:a", "64k", f"{out}/ff.opus"]
    branches = " ".join(
        f"filesrc location={f} ! oggdemux ! opusdec ! audioconvert ! queue ! m." for f in files)
    gstreamer = (f"gst-launch-1.0 -q audiomixer name=m ! audio/x-raw,channels=1,rate=48000 ! "
                 f"opusenc bitrate=64000 ! oggmux ! filesink location={out}/gs.opus {branches}")
    decode = "; ".join(f"opusdec --quiet --rate 48000 {f} {out}/{i}.wav" for i, f in enumerate(files))
    voices = " ".join(f"-v 1 {out}/{i}.wav" for i in range(len(files)))
    sox = (f"{decode}; sox -V1 -m {voices} -t wav - | opusenc --quiet --bitrate 64 - {out}/sox.opus; rm {out}/*.wav")
    mix = [parley, "mix", *files, "-o", f"{out}/parley.opus", "--force"]
    return {
        "floor: libopus alone": [floor, "10", *files],
        "parley mix --quiet --jobs 1": [*mix, "--quiet", "--jobs", "1"],
        "parley mix --quiet --jobs 2": [*mix, "--quiet", "--jobs", "2"],
        "parley mix --jobs 1 (summary, loudness)": [*mix, "--jobs", "1"],
        "ffmpeg amix, own decoder": ffmpeg(),
        "ffmpeg amix, libopus": ffmpeg("-c:a", "libopus"),
        "GStreamer audiomixer": ["sh", "-c", gstreamer],
        "opusdec, sox, opusenc": ["sh", "-c", sox],
    }


def table(tracks, runs, commands):
    results = {name: [] for name in commands}
    for number in range(runs):
        for name, command in commands.items():
            print(f"\r\033[K  {tracks} tracks, run {number + 1} of {runs}: {name}", end="", file=sys.stderr, flush=True)
            results[name].append(measure(command))
    print("\r\033[K", end="", file=sys.stderr)
    medians = {name: tuple(statistics.median(column) for column in zip(*rows)) for name, rows in results.items()}
    floor, peer = medians["floor: libopus alone"][0], medians["ffmpeg amix, own decoder"][0]
    print(f"\n{tracks} tracks of 60 s, medians of {runs}")
    print(f"  {'':41}{'CPU s':>8}{'wall s':>8}{'MB':>7}{'× floor':>9}{'× ffmpeg':>10}")
    for name, (cpu, wall, memory) in medians.items():
        print(f"  {name:41}{cpu:8.2f}{wall:8.2f}{memory:7.1f}{cpu / floor:9.2f}{cpu / peer:10.2f}")
    return medians


def bar(text, value, limit, unit=""):
    print(f"  {'met   ' if value <= limit else 'MISSED'}  {text}: {value:.2f}{unit}, at most {limit}{unit}")


def bars(results, long):
    print("\nbars (the same work: without the summary, which the others do not make)")
    one, two = "parley mix --quiet --jobs 1", "parley mix --quiet --jobs 2"
    for tracks, medians in results.items():
        bar(f"CPU against the floor, {tracks} tracks", medians[one][0] / medians["floor: libopus alone"][0], 1.05)
    for tracks, limit in [(8, 0.75), (100, 0.55)]:
        if tracks in results:
            peer = results[tracks]["ffmpeg amix, own decoder"][0]
            bar(f"CPU against ffmpeg, {tracks} tracks", results[tracks][one][0] / peer, limit)
    if 32 in results and os.cpu_count() >= 2:
        bar("wall time of 2 jobs against 1, 32 tracks", results[32][two][1] / results[32][one][1], 0.6)
    if 100 in results:
        short = max(results[100][one][2], results[100][two][2])
        bar("peak memory, 100 tracks", short, 40, " MB")
    if long:
        bar("more memory for 100 tracks of 60 min than of 1 min", abs(long - results[100][two][2]), 2, " MB")


def describe(parley):
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    def first(*command):
        return subprocess.run(command, capture_output=True, text=True).stdout.split("\n")[0]
    print(f"{model}, {os.cpu_count()} cores, Linux {platform.release()}")
    print("; ".join([f"parley {first(parley, '--version')}", first("ffmpeg", "-version").split(" Copyright")[0],
                     first("gst-launch-1.0", "--version"), first("opusenc", "--version"),
                     f"libopus {first('pkg-config', '--modversion', 'opus')}"]))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    arguments.add_argument("--parley", required=True)
    arguments.add_argument("--quick", action="store_true", help="8 tracks only, 3 runs")
    options = arguments.parse_args()
    os.makedirs(MATERIAL, exist_ok=True)
    if not os.path.exists(f"{MATERIAL}/complete"):
        for folder in glob.glob(f"{MATERIAL}/*/"):
            shutil.rmtree(folder)
        subprocess.run([sys.executable, f"{HERE}/make_speech.py", MATERIAL], check=True)
    floor = f"{MATERIAL}/floor"
    subprocess.run(["cc", "-O3", "-march=native", f"{HERE}/floor.c", "-o", floor, "-lopus"], check=True)
    describe(options.parley)
    results, long = {}, None
    with tempfile.TemporaryDirectory() as out:
        for tracks in [8] if options.quick else [8, 32, 100]:
            files = sorted(glob.glob(f"{MATERIAL}/room{tracks}/*.opus"))
            results[tracks] = table(tracks, 3 if options.quick else 5, contenders(options.parley, floor, files, out))
        if not options.quick:
            print("\n  100 tracks of 60 min: some minutes …", end="", file=sys.stderr, flush=True)
            hour = sorted(glob.glob(f"{MATERIAL}/hour/*.opus"))
            cpu, wall, long = measure(
                [options.parley, "mix", *hour, "-o", f"{out}/hour.opus", "--quiet", "--jobs", "2"])
            print(f"\r\033[K\n100 tracks of 60 min, --jobs 2: CPU {cpu:.0f} s, wall {wall:.0f} s, {long:.1f} MB")
    bars(results, long)


if __name__ == "__main__":
    main()
