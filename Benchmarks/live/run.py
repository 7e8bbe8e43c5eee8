#!/usr/bin/env python3
"""Compares `parley voice` with Janus' AudioBridge and GStreamer as live mixers: three people talk without pause, N listen.
All are loaded by the same generator, `parley load`, one after the other in each round, so that a machine that grows slower
does so for all. Then Parley alone: what one core carries, what silence costs, latency, lateness of ticks, overload.

usage: run.py --parley BINARY [--seconds 10] [--rounds 3] [--quick] [--only compare|rooms|silence|lateness|overload|flood]
"""
import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from flood import flood
from servers import GStreamer, Janus, Parley

HERE = os.path.dirname(os.path.abspath(__file__))
MATERIAL = os.path.join(HERE, "../../.build-bench")
#: CPU seconds per second, at most.
GOALS = {100: 0.06, 500: 0.15, 1000: 0.26}


def say(text):
    print(f"\r\033[K  {text}", end="", file=sys.stderr, flush=True)


def clear():
    print("\r\033[K", end="", file=sys.stderr, flush=True)


def bar(text, value, limit, unit="", at_least=False, digits=3):
    met = value >= limit if at_least else value <= limit
    word = "at least" if at_least else "at most"
    print(f"  {'met   ' if met else 'MISSED'}  {text}: {value:.{digits}f}{unit}, {word} {limit}{unit}")


def measured(server, seconds, *arguments):
    """The load alone, as the others carry it; then again with a room beside it whose sound tells the latency."""
    report = server.load(seconds, *arguments, "--probes", "0")
    probed = server.load(seconds, *arguments, "--probes", "1")
    report["latency"] = probed.get("latency")
    for key in ("lost", "gapsOver60Milliseconds"):
        report["streams"][key] += probed["streams"][key]
    return report


# MARK: Side by side

def contenders(options):
    """Each runs one load and gives its report."""
    def parley(suite):
        def run(listeners):
            with Parley(options.parley) as server:
                return measured(server, options.seconds, "--listeners", str(listeners), "--suite", suite)
        return run

    def gstreamer(listeners):
        with GStreamer(3, listeners) as server:
            return server.load(options.parley, options.seconds)

    def janus(quality):
        def run(listeners):
            with Janus() as server:
                return server.load(options.parley, options.seconds, 3, listeners, quality)
        return run
    result = {
        "Parley, AEAD_AES_256_GCM, a key each": parley("aead-aes-256-gcm"),
        "Parley, plain RTP": parley("rtp"),
        "GStreamer multiudpsink, plain RTP": gstreamer,
    }
    if shutil.which("janus"):
        result["Janus AudioBridge, plain RTP"] = janus(None)
    else:
        print("Janus is not installed; it is left out", file=sys.stderr)
    return result


def row(name, reports):
    if not reports:
        return f"  {name:38}{'–':>8}"
    def middle(pick):
        return statistics.median(pick(report) for report in reports)
    latency = [report["latency"] for report in reports if report.get("latency")]
    cells = [
        f"{middle(lambda r: r['serverProcessor']):8.3f}",
        f"{middle(lambda r: r['streams']['lowestRate']):8.2f}",
        f"{max(r['streams']['lost'] for r in reports):8}",
        f"{max(r['streams']['longestGap'] for r in reports) * 1000:9.1f}",
        f"{statistics.median(one['p50'] for one in latency) * 1000:9.1f}" if latency else f"{'–':>9}",
        f"{statistics.median(one['p99'] for one in latency) * 1000:9.1f}" if latency else f"{'–':>9}",
        f"{middle(lambda r: r['ownProcessor']):9.3f}",
    ]
    return f"  {name:38}" + "".join(cells)


def complete(report):
    """Whether everybody was sent everything."""
    streams = report["streams"]
    return (streams["heard"] == streams["expected"] and streams["lost"] == 0 and streams["lowestRate"] > 49.5
            and streams["gapsOver60Milliseconds"] == 0)


def compare(options):
    for listeners in [100] if options.quick else [100, 500, 1000]:
        results = {name: [] for name in contenders(options)}
        for number in range(options.rounds):
            for name, run in contenders(options).items():
                say(f"{listeners} listeners, round {number + 1} of {options.rounds}: {name}")
                try:
                    results[name].append(run(listeners))
                except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
                    clear()
                    print(f"  {name}, {listeners} listeners: {str(error)[:300]}", file=sys.stderr)
        clear()
        print(f"\n3 talk, {listeners} listen; medians of {options.rounds} × {options.seconds} s, worst of losses and gaps")
        print(f"  {'':38}{'CPU s/s':>8}{'pkt/s':>8}{'lost':>8}{'gap ms':>9}{'p50 ms':>9}{'p99 ms':>9}{'load s/s':>9}")
        for name, reports in results.items():
            print(row(name, reports))
        ours = next(iter(results.values()))
        if ours:
            cost = statistics.median(report["serverProcessor"] for report in ours)
            bar(f"CPU seconds per second, {listeners} listeners", cost, GOALS[listeners])
            bar("rounds in which all packets came", sum(map(complete, ours)), len(ours), at_least=True, digits=0)


# MARK: Parley alone

def rooms(options):
    """What one core carries: members by CPU seconds per second."""
    cases = [
        ("silent listeners that one core carries", 4000, ["--rooms", "1", "--speakers", "3", "--listeners", "4000"], 5000),
        ("rooms of 5, one talks: people that one core carries", 600,
         ["--rooms", "120", "--speakers", "1", "--listeners", "4"], 800),
        ("everyone talks in rooms of 5: people that one core carries", 100,
         ["--rooms", "20", "--speakers", "5", "--listeners", "0"], 130),
    ]
    print("\nWhat one core carries")
    for text, people, arguments, goal in cases:
        say(text)
        with Parley(options.parley, **{"media.shards": 1}) as server:
            report = measured(server, options.seconds, *arguments)
        clear()
        bar(text, people / report["serverProcessor"], goal, at_least=True, digits=0)
        print(f"          {report['serverProcessor']:.3f} CPU s/s for {people}; lowest rate "
              f"{report['streams']['lowestRate']:.2f}, {report['streams']['lost']} lost")
        if report.get("latency"):
            bar("added latency p50", report["latency"]["p50"] * 1000, 25, " ms", digits=1)
            bar("added latency p99", report["latency"]["p99"] * 1000, 45, " ms", digits=1)


def silence(options):
    """Ten thousand people in silent rooms, each with a WebSocket of the gateway that beats."""
    people, count = (10000, 2000) if not options.quick else (1000, 200)
    print(f"\n{people} connected in {count} silent rooms")
    with Parley(options.parley) as server:
        before = server.memory()
        say(f"{people} people come, {people // 25} a second")
        # For a heartbeat of everybody's, at least.
        report = server.load(max(options.seconds, 42), "--rooms", str(count), "--speakers", "0", "--listeners",
                             str(people // count), "--probes", "0", "--ramp", "25s", way="gateway")
        clear()
    print(f"  {report['joining']['joined']} joined")
    bar("CPU seconds per second", report["serverProcessor"], 0.03)
    bar("memory of each", (report["serverMemory"] - before) / people / 1000, 64, " kB", digits=1)


def quantile(buckets, part):
    """What a part of a histogram's values does not exceed, as Prometheus' histogram_quantile works it out."""
    wanted = buckets.get(float("inf"), 0) * part
    below, lower = 0, 0.0
    for bound in sorted(buckets):
        if buckets[bound] >= wanted > 0:
            return lower if bound == float("inf") else lower + (bound - lower) * (wanted - below) / (buckets[bound] - below)
        below, lower = buckets[bound], bound
    return float("inf")


def lateness(options):
    """Ticks at 70 % of a core for each shard, beside a thread that only sleeps. The shard's thread has real-time priority, so
    that what is measured is not whom the system lets run first."""
    idle = f"{MATERIAL}/idle"
    os.makedirs(MATERIAL, exist_ok=True)
    subprocess.run(["cc", "-O2", f"{HERE}/idle.c", "-o", idle], check=True)
    print("\nLateness of ticks")
    with Parley(options.parley, **{"media.shards": 1, "media.realtime": 10}) as server:
        say("finding a load of 70 %")
        probe = server.load(5, "--rooms", "8", "--speakers", "5", "--listeners", "0", "--probes", "0")
        count = max(int(8 * 0.7 / max(probe["serverProcessor"], 0.001)), 1)
        say(f"{count} rooms in which everyone talks")
        timer = subprocess.Popen([idle, str(options.seconds + 3)], stdout=subprocess.PIPE, text=True)
        with ThreadPoolExecutor() as pool:
            load = pool.submit(server.load, options.seconds, "--rooms", str(count), "--speakers", "5", "--listeners",
                               "0", "--probes", "0")
            # All begin to speak within the same frame; what is measured is how it is when they go on.
            time.sleep(3)
            before = server.histogram("parley_tick_lateness_seconds")
            time.sleep(options.seconds - 1)
            after = server.histogram("parley_tick_lateness_seconds")
            report = load.result()
        clear()
    ticks = {bound: after[bound] - before.get(bound, 0) for bound in after}
    slept = int(timer.communicate()[0].split()[2]) / 1000
    ticked = quantile(ticks, 0.999) * 1000
    print(f"  {report['serverProcessor']:.2f} CPU s/s; p99.9: ticks {ticked:.2f} ms, a thread that only sleeps {slept:.2f} ms")
    bar("p99.9 beyond what a thread that only sleeps sees", ticked - slept, 2, " ms")


def overload(options):
    """More than it can carry: who is in is served, the others are refused."""
    print("\nOverload")
    with Parley(options.parley, **{"media.shards": 1, "admission.load": "70 %"}) as server:
        say("more rooms than can be carried")
        report = server.load(options.seconds, "--rooms", "60", "--speakers", "5", "--listeners", "0", "--probes", "0",
                             "--ramp", "30s", way="gateway")
        clear()
    joining, streams = report["joining"], report["streams"]
    print(f"  {joining['joined']} of {joining['clients']} were let in, {joining['refused']} refused; "
          f"{report['serverProcessor']:.2f} CPU s/s")
    bar("lowest rate of those who are in", streams["lowestRate"], 49.5, " packets/s", at_least=True, digits=2)
    bar("gaps over 60 ms", streams["gapsOver60Milliseconds"], 0, digits=0)


def describe(parley):
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    def first(*command):
        run = subprocess.run(command, capture_output=True, text=True)
        return (run.stdout or run.stderr).split("\n")[0]
    print(f"{model}, {os.cpu_count()} cores, Linux {platform.release()}")
    versions = [f"parley {first(parley, '--version')}", first("gst-launch-1.0", "--version")]
    if shutil.which("janus"):
        versions.append("Janus " + first("dpkg-query", "-W", "-f", "${Version}", "janus"))
    print("; ".join(versions))


def main():
    parts = {"compare": compare, "rooms": rooms, "silence": silence, "lateness": lateness, "overload": overload,
             "flood": lambda options: flood(options, bar, say, clear)}
    arguments = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    arguments.add_argument("--parley", required=True)
    arguments.add_argument("--seconds", type=int, default=10, help="of each measurement")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--quick", action="store_true", help="one round of 100 listeners, fewer silent rooms")
    arguments.add_argument("--only", choices=parts, action="append")
    options = arguments.parse_args()
    if options.quick:
        options.rounds = 1
    describe(options.parley)
    started = time.monotonic()
    for name, part in parts.items():
        if not options.only or name in options.only:
            try:
                part(options)
            except RuntimeError as error:
                clear()
                print(f"  {name} did not work: {error}")
    print(f"\n{time.monotonic() - started:.0f} s in all")


if __name__ == "__main__":
    main()
