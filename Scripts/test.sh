#!/usr/bin/env bash
# Runs every test, cheapest first. The last lines are the test runner's own summary.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== format"
swift format lint --strict --parallel --recursive Package.swift Sources Tests Pipelines

echo "== tests that hold in release builds only: allocations"
swift build -c release --build-tests --scratch-path .build-release-tests -q
swift test -c release --scratch-path .build-release-tests --skip-build --filter ReleaseTests

echo "== all other tests, debug"
swift test
