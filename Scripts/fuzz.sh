#!/usr/bin/env bash
# fuzz.sh SECONDS [PARSER…]: fuzzes each parser for so long, from its committed corpus. What it finds is left in
# .build-fuzz/found. Parsers: ogg pipeline rtp rtcp red opus pcap pcapng rtpdump ingest.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
parsers=("$@")
[ ${#parsers[@]} -gt 0 ] || parsers=(ogg pipeline rtp rtcp red opus pcap pcapng rtpdump ingest)
# The crash reporter of Swift outlives a fuzzer that is stopped, and holds its output open.
export SWIFT_BACKTRACE=enable=no PARLEY_FUZZ=1
for parser in "${parsers[@]}"; do
    case $parser in
        ogg) target=OggFuzz ;;
        pipeline) target=PipelineFuzz ;;
        *) target=PacketFuzz ;;
    esac
    echo "== $parser, $seconds s"
    swift build --sanitize=fuzzer --scratch-path .build-fuzz --product "$target" -q
    mkdir -p .build-fuzz/found ".build-fuzz/corpus-$parser"
    cp "Tests/Fuzz/Corpus/$parser"/* ".build-fuzz/corpus-$parser/"
    PARLEY_FUZZ_PARSER=$parser ".build-fuzz/debug/$target" -max_total_time="$seconds" -max_len=65536 \
        -rss_limit_mb=2048 -artifact_prefix=.build-fuzz/found/ ".build-fuzz/corpus-$parser" 2>&1 | tail -n 3
done
