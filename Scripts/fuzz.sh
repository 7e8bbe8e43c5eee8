#!/usr/bin/env bash
# fuzz.sh SECONDS: fuzzes each parser for so long, from its committed corpus. What it finds is left in .build-fuzz/found.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
# The crash reporter of Swift outlives a fuzzer that is stopped, and holds its output open.
export SWIFT_BACKTRACE=enable=no PARLEY_FUZZ=1
for target in OggFuzz PipelineFuzz; do
    corpus=Tests/Fuzz/Corpus/$(echo "${target%Fuzz}" | tr '[:upper:]' '[:lower:]')
    echo "== $target, $seconds s"
    swift build --sanitize=fuzzer --scratch-path .build-fuzz --product "$target" -q
    mkdir -p .build-fuzz/found ".build-fuzz/corpus-$target"
    cp "$corpus"/* ".build-fuzz/corpus-$target/"
    ".build-fuzz/debug/$target" -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=2048 \
        -artifact_prefix=.build-fuzz/found/ ".build-fuzz/corpus-$target" 2>&1 | tail -n 3
done
