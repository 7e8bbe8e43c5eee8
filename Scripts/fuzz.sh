#!/usr/bin/env bash
# fuzz.sh SECONDS [PARSER…]: fuzzes each parser for so many seconds of processor time, from its committed corpus, in a
# release build, then replays all that was found interesting under the address sanitizer, which looks for leaks, too.
# What breaks is left in .build-fuzz/found.
# Parsers: ogg pipeline rtp rtcp red opus pcap pcapng rtpdump ingest ingest-srtp shard gateway.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
parsers=("$@")
[ ${#parsers[@]} -gt 0 ] || parsers=(ogg pipeline rtp rtcp red opus pcap pcapng rtpdump ingest ingest-srtp shard gateway)
# The crash reporter of Swift outlives a fuzzer that is stopped, and holds its output open.
export SWIFT_BACKTRACE=enable=no PARLEY_FUZZ=1

target() {
    case $1 in
        ogg) echo OggFuzz ;;
        pipeline) echo PipelineFuzz ;;
        gateway) echo GatewayFuzz ;;
        *) echo PacketFuzz ;;
    esac
}

mkdir -p .build-fuzz/found
for parser in "${parsers[@]}"; do
    swift build -c release --sanitize=fuzzer --scratch-path .build-fuzz --product "$(target "$parser")" -q
done
for parser in "${parsers[@]}"; do
    corpus=.build-fuzz/corpus-$parser
    mkdir -p "$corpus"
    cp -n "Tests/Fuzz/Corpus/$parser"/* "$corpus/"
    spent=0
    while [ "$spent" -lt "$seconds" ]; do
        slice=$((seconds - spent < 60 ? seconds - spent : 60))
        TIMEFORMAT=%0U
        used=$({ time PARLEY_FUZZ_PARSER=$parser ".build-fuzz/release/$(target "$parser")" \
            -max_total_time="$slice" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
            -artifact_prefix=.build-fuzz/found/ "$corpus" >.build-fuzz/log-"$parser" 2>&1; } 2>&1) \
            || { tail -n 30 .build-fuzz/log-"$parser"; exit 1; }
        spent=$((spent + (used > 0 ? used : 1)))
        printf '\r== %s: %s of %s s, %s inputs kept ' "$parser" "$spent" "$seconds" "$(ls "$corpus" | wc -l)"
    done
    echo
done

export LSAN_OPTIONS=suppressions=$PWD/Tests/Fuzz/leaks.supp:print_suppressions=0
for parser in "${parsers[@]}"; do
    echo "== $parser: replay under the address sanitizer"
    swift build --sanitize=fuzzer --sanitize=address --scratch-path .build-fuzz-address \
        --product "$(target "$parser")" -q 2>&1 | { grep -v "Cannot export local symbol '__asan" || true; }
    PARLEY_FUZZ_PARSER=$parser ".build-fuzz-address/debug/$(target "$parser")" -runs=0 -rss_limit_mb=4096 \
        -artifact_prefix=.build-fuzz/found/ ".build-fuzz/corpus-$parser" >.build-fuzz/log-"$parser" 2>&1 \
        || { tail -n 60 .build-fuzz/log-"$parser"; exit 1; }
    grep '^Done' .build-fuzz/log-"$parser" || true
done
