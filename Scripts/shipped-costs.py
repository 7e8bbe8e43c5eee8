#!/usr/bin/env python3
"""Measures the costs that come with Parley: what `parley pipeline check` predicts from where nothing was measured.

    shipped-costs.py PARLEY OUT.json

The stages at their defaults and as the shipped pipelines use them, and the encoder at the usual bitrates and complexities.
"""

import json
import subprocess
import sys

PIPELINES = ["meeting", "podcast", "guild-voice", "stage", "passthrough"]
MODES = ["audio", "voip", "low-delay"]
COMPLEXITIES = [0, 5, 10]
BITRATES = ["32kbit/s", "96kbit/s"]


def measure(parley, *arguments):
    print("measuring", *arguments, file=sys.stderr)
    command = [parley, "bench", "stage", "--input", "speech,crowd", "--time", "0.4", "--json", *arguments]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def shortened(value):
    """Three digits are more than another machine can be predicted by; the file is compiled in."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    return value


def main():
    parley, path = sys.argv[1:]
    runs = [measure(parley)]
    runs += [measure(parley, "--pipeline", pipeline) for pipeline in PIPELINES]
    for mode in MODES:
        for complexity in COMPLEXITIES:
            for bitrate in BITRATES:
                settings = [f"mode={mode}", f"complexity={complexity}", f"bitrate={bitrate}"]
                runs.append(measure(parley, "opus.encode", *[word for setting in settings for word in ("--set", setting)]))
    costs = {}
    for run in runs:
        for cost in run["costs"]:
            cost.pop("floor", None)
            costs.setdefault(json.dumps(cost["subject"], sort_keys=True), cost)
    report = dict(runs[0], costs=[], warnings=[])
    with open(path, "w") as out:
        head = json.dumps(report, sort_keys=True)
        lines = ",\n".join(json.dumps(shortened(cost), sort_keys=True, separators=(",", ":")) for cost in costs.values())
        out.write(head.replace('"costs": []', '"costs": [\n' + lines + "\n]") + "\n")
    print(f"{len(costs)} costs in {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
