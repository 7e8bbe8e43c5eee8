#!/usr/bin/env bash
# setup.sh GROUP…: installs the Debian packages that a group of targets needs and this system lacks.
# Groups: build test bench python samples fuzz. Does nothing, and asks apt nothing, when all is there.
set -euo pipefail

packages() {
    case $1 in
        build) echo pkg-config libopus-dev libogg-dev libsndfile1-dev libsoxr-dev libebur128-dev \
            libsrtp2-dev libssl-dev libsodium-dev libsqlite3-dev ;;
        test) echo gcc binutils curl valgrind python3 opus-tools time ffmpeg sox libsox-fmt-all pocketsphinx-testdata codec2-examples chromium tshark etcd-server openssl \
            gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad \
            asterisk-core-sounds-en-g722 asterisk-core-sounds-es-g722 asterisk-core-sounds-fr-g722 \
            asterisk-core-sounds-it-g722 asterisk-core-sounds-ru-g722 ;;
        bench) echo opus-tools ffmpeg sox libsox-fmt-all time gcc python3 python3-numpy \
            janus gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good \
            asterisk-core-sounds-en-g722 asterisk-core-sounds-es-g722 asterisk-core-sounds-fr-g722 \
            asterisk-core-sounds-it-g722 asterisk-core-sounds-ru-g722 pocketsphinx-testdata codec2-examples ;;
        # Python's pesq is compiled where it is installed.
        python) echo python3 python3-venv python3-dev gcc ;;
        samples) echo espeak-ng sox libsox-fmt-all opus-tools ;;
        fuzz) ;;
        *) echo "setup.sh: unknown group '$1'" >&2; exit 64 ;;
    esac
}

missing=()
for group in "$@"; do
    for package in $(packages "$group"); do
        # Ubuntu's chromium is a snap, which is no use here; tests that want a browser say so if there is none.
        if [ "$package" = chromium ] && grep -q '^ID=ubuntu' /etc/os-release; then continue; fi
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
done
[ ${#missing[@]} -gt 0 ] || exit 0

install=(apt-get install -y --no-install-recommends "${missing[@]}")
echo "Parley needs packages that are not installed: ${missing[*]}"
if ! command -v apt-get >/dev/null; then
    echo "This system has no apt-get: install them, or what they are called here, then try again." >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then as_root=(env)
elif sudo -n true 2>/dev/null; then as_root=(sudo env)
else
    echo "Installing them needs root. Run this, then try again:" >&2
    echo "  sudo apt-get update && sudo ${install[*]}" >&2
    exit 1
fi
echo "Installing them with: ${install[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" DEBIAN_FRONTEND=noninteractive "${install[@]}" >/dev/null
