#!/usr/bin/env python3
"""Instructions per frame and packet of every stage and kernel, held to budgets.

Time depends on the machine and on who else uses it; instructions do not. `parley bench count` does a fixed amount of each
stage's work under callgrind; what is counted is compared with budgets.json, and 5 % more than a budget fails.

    run.py --parley PARLEY            compare
    run.py --parley PARLEY --record   write the budgets anew
"""

import argparse
import json
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

BUDGETS = pathlib.Path(__file__).with_name("budgets.json")
ALLOWED = 1.05
# Which processor libc picks its memcpy for is not ours to budget.
SYSTEM = re.compile(r"/(libc|libm|ld-linux[-\w]*|libpthread|libstdc\+\+|libgcc_s)\.so|^\?\?\?$")
OURS = re.compile(r"/(parley|libswift\w*\.so|lib_?Foundation\w*\.so)$")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parley", required=True, help="a release build")
    parser.add_argument("--record", action="store_true", help="write what is counted as the budgets")
    arguments = parser.parse_args()
    if platform.machine() != "x86_64":
        sys.exit(f"the budgets are for x86_64, and this machine is {platform.machine()}")
    counted = count(arguments.parley)
    if arguments.record:
        BUDGETS.write_text(json.dumps(counted, indent=1, sort_keys=True) + "\n")
        print(f"{len(counted)} budgets written to {BUDGETS.name}")
        return
    sys.exit(compare(counted, json.loads(BUDGETS.read_text())))


def count(parley):
    """Counts in callgrind; returns for each title the instructions of one operation: our own, and the libraries'."""
    with tempfile.TemporaryDirectory(prefix="parley-instructions-") as folder:
        folder = pathlib.Path(folder)
        # The debug information of a Swift binary is more than valgrind reads.
        program = folder / "parley"
        subprocess.run(["strip", "-g", "-o", program, parley], check=True)
        result = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/counted",
             "--toggle-collect=parley_counted_region", "--dump-after=parley_counted_end",
             program, "bench", "count"],
            capture_output=True, text=True, timeout=900)
        if result.returncode:
            sys.exit(f"parley bench count failed under callgrind ({result.returncode}):\n{result.stderr[-2000:]}")
        titles = [line.rsplit("\t", 1) for line in result.stdout.splitlines()]
        counted = {}
        for number, (title, operations) in enumerate(titles):
            around, work = (costs(folder / f"counted.{2 * number + part}") for part in (1, 2))
            counted[title] = {
                whose: round(max(work[whose] - around[whose], 0) / int(operations), 1) for whose in work
            }
        return counted


def costs(path):
    """Sums a dump's costs by whose code it is. The line behind `calls=` is what was called, counted there."""
    sums = {"own": 0, "libraries": 0}
    names, whose, skip = {}, "own", False
    with open(path) as dump:
        for line in dump:
            if line.startswith("ob="):
                identifier, _, name = line[3:].strip().partition(" ")
                name = names.setdefault(identifier, name)
                whose = "own" if OURS.search(name) else None if SYSTEM.search(name) else "libraries"
            elif line.startswith("cob="):
                identifier, _, name = line[4:].strip().partition(" ")
                if name:
                    names.setdefault(identifier, name)
            elif line.startswith("calls="):
                skip = True
            elif line[:1].isdigit() or line[:1] in "+-*":
                if not skip and whose:
                    sums[whose] += int(line.split()[1])
                skip = False
    return sums


def compare(counted, budgets):
    over, better, missing = [], [], []
    width = max(map(len, counted))
    print(f"{'instructions for one frame, packet or tick':{width}}  {'ours':>10}  {'budget':>10}  {'libraries':>11}  {'budget':>11}")
    for title, count in counted.items():
        budget = budgets.get(title)
        if not budget:
            missing.append(title)
            continue
        marks = [mark(count[whose], budget[whose]) for whose in ("own", "libraries")]
        print(f"{title:{width}}  {count['own']:>10}  {budget['own']:>10}  {count['libraries']:>11}  {budget['libraries']:>11}"
              f"{'  OVER' if 'over' in marks else ''}")
        over += [title] if "over" in marks else []
        better += [title] if "better" in marks else []
    gone = sorted(budgets.keys() - counted.keys())
    for names, words in ((missing, "has no budget"), (gone, "has a budget, but was not counted")):
        for name in names:
            print(f"{name}: {words}", file=sys.stderr)
    if over:
        print(f"over budget by more than 5 %: {'; '.join(over)}", file=sys.stderr)
    if over or missing or gone:
        print("what is meant to cost more, is new or has gone: make budgets", file=sys.stderr)
        return 1
    if better:
        print(f"better by more than 5 %, so that 'make budgets' would hold it: {'; '.join(better)}")
    return 0


def mark(count, budget):
    if count > budget * ALLOWED:
        return "over"
    return "better" if count < budget / ALLOWED else "same"


if __name__ == "__main__":
    main()
