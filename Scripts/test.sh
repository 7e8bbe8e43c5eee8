#!/usr/bin/env bash
# Runs every test, cheapest first. The last lines are the test runner's own summary.
set -euo pipefail
cd "$(dirname "$0")/.."
release=.build-release-tests

echo "== format"
swift format lint --strict --parallel --recursive Package.swift Sources Tests Pipelines

echo "== tests that hold in release builds only: allocations, millions of packets, a day of drift"
PARLEY_RELEASE_TESTS=1 swift build -c release --build-tests --scratch-path $release -q
export PARLEY_RELEASE_TESTS=1
swift test -c release --scratch-path $release --skip-build --filter ReleaseTests --skip ReleaseTestsOfMemory
# What stays resident is the process's: these tests have one to themselves.
swift test -c release --scratch-path $release --skip-build --filter ReleaseTestsOfMemory
unset PARLEY_RELEASE_TESTS

echo "== instructions of every stage, against their budgets"
/usr/bin/python3 Benchmarks/instructions/run.py --parley $release/release/parley

echo "== speech quality on lossy networks, by PESQ"
.build-python/bin/python3 Benchmarks/speech-quality/run.py --parley $release/release/parley --seeds 3

echo "== other programs and libraries: real time, so they have the machine to themselves"
swift build --build-tests -q
swift test --skip-build --filter InteropTests

echo "== all other tests, debug"
swift test --skip-build --skip InteropTests
