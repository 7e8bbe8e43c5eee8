#!/usr/bin/env bash
# python.sh: makes .build-python, a Python environment with what tests and benches compare with, unless it is there.
# PESQ and STOI judge speech; aiortc is another RTP stack; pylibsrtp seals the samples; discord.py is another voice client.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=(numpy==2.4.* scipy==1.17.* pesq==0.0.4 pystoi==0.4.1 aiortc==1.16.* pylibsrtp==1.0.* websockets==17.*
    "discord.py[voice]==2.7.1" davey==0.1.7 discord-ext-voice-recv==0.5.2a179
    prometheus_client==0.26.* openapi-spec-validator==0.9.*)
stamp=.build-python/installed
[ "$(cat "$stamp" 2>/dev/null)" = "${packages[*]}" ] && exit 0
echo "Making .build-python with ${packages[*]} (once; a minute or two) …"
rm -rf .build-python
/usr/bin/python3 -m venv .build-python
.build-python/bin/pip install --quiet --disable-pip-version-check "${packages[@]}"
echo "${packages[*]}" > "$stamp"
