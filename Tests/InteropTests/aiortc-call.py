#!/usr/bin/env python3
"""Two peers of aiortc call one another over loopback, each with a tone; writes all that they send into a capture.

    aiortc-call.py CAPTURE.pcap KEYS PROFILE SECONDS HERTZ HERTZ

PROFILE is the protection that they negotiate in DTLS (RFC 5764), such as SRTP_AEAD_AES_128_GCM. KEYS gets the key of
each stream, a line each: SSRC=SUITE:BASE64. The capture has STUN, DTLS, SRTP and SRTCP, as a capture of a call would.
"""
import asyncio
import base64
import fractions
import struct
import sys
import time

import aioice.ice
import av
import numpy
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection
from aiortc import rtcdtlstransport as dtls
from aiortc.mediastreams import MediaStreamError

SUITES = {
    "SRTP_AEAD_AES_256_GCM": "AEAD_AES_256_GCM",
    "SRTP_AEAD_AES_128_GCM": "AEAD_AES_128_GCM",
    "SRTP_AES128_CM_SHA1_80": "AES_CM_128_HMAC_SHA1_80",
}
FRAME = 960


class Capture:
    """A pcap with nanoseconds and raw IP."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 101))

    def write(self, data, source, destination):
        now = time.time_ns()
        udp = struct.pack(">HHHH", source[1], destination[1], 8 + len(data), 0) + data
        addresses = b"".join(bytes(map(int, host.split("."))) for host in (source[0], destination[0]))
        frame = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0x4000, 64, 17, 0) + addresses + udp
        self.file.write(struct.pack("<IIII", now // 10**9, now % 10**9, len(frame), len(frame)) + frame)


class Tone(MediaStreamTrack):
    """A sine wave at its own pace, which ends."""

    kind = "audio"

    def __init__(self, hertz, seconds):
        super().__init__()
        self.hertz, self.left, self.at, self.start = hertz, round(seconds * 50), 0, None

    async def recv(self):
        now = time.monotonic()
        self.start = now if self.start is None else self.start
        if self.left == 0:
            self.stop()
            raise MediaStreamError
        await asyncio.sleep(max(self.start + self.at / 48_000 - now, 0))
        phase = 2 * numpy.pi * self.hertz * numpy.arange(self.at, self.at + FRAME) / 48_000
        samples = (numpy.sin(phase) * 8192).astype(numpy.int16)
        # Stereo, as aiortc sends: what it makes of mono is quieter.
        frame = av.AudioFrame.from_ndarray(samples.repeat(2).reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, self.at, fractions.Fraction(1, 48_000)
        self.at += FRAME
        self.left -= 1
        return frame


def listen(capture):
    """Sees to it that whatever leaves a socket is captured, and that peers meet on loopback."""
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    send_data, send_stun = aioice.ice.StunProtocol.send_data, aioice.ice.StunProtocol.send_stun

    async def data(self, data, addr):
        capture.write(data, self.transport.get_extra_info("sockname"), addr)
        await send_data(self, data, addr)

    def stun(self, message, addr):
        capture.write(bytes(message), self.transport.get_extra_info("sockname"), addr)
        send_stun(self, message, addr)

    aioice.ice.StunProtocol.send_data, aioice.ice.StunProtocol.send_stun = data, stun


def keep_keys(profile):
    """Leaves one profile to negotiate; gives the list into which each peer's sending key comes."""
    keys = []
    dtls.SRTP_PROFILES[:] = [p for p in dtls.SRTP_PROFILES if p.openssl_profile.decode() == profile]
    setup = dtls.RTCDtlsTransport._setup_srtp

    def keep(self):
        setup(self)
        chosen = self._srtp_profiles[0]
        view = self._ssl.export_keying_material(
            b"EXTRACTOR-dtls_srtp", 2 * (chosen.key_length + chosen.salt_length))
        keys.append((self, chosen.get_key_and_salt(view, 1 if self._role == "server" else 0)))

    dtls.RTCDtlsTransport._setup_srtp = keep
    return keys


async def call(path, key_file, profile, seconds, *tones):
    capture = Capture(path)
    listen(capture)
    keys = keep_keys(profile)
    peers = [RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in tones]
    tracks = [Tone(hertz, seconds) for hertz in tones]
    senders = [peer.addTrack(track) for peer, track in zip(peers, tracks)]
    ended = [asyncio.Event() for _ in tones]
    for track, event in zip(tracks, ended):
        track.on("ended", event.set)
    caller, callee = peers
    await caller.setLocalDescription(await caller.createOffer())
    await callee.setRemoteDescription(caller.localDescription)
    await callee.setLocalDescription(await callee.createAnswer())
    await caller.setRemoteDescription(callee.localDescription)
    await asyncio.wait_for(asyncio.gather(*(event.wait() for event in ended)), seconds + 20)
    with open(key_file, "w") as out:
        for sender in senders:
            secret = next(key for transport, key in keys if transport is sender.transport)
            out.write(f"{sender._ssrc:#010x}={SUITES[profile]}:{base64.b64encode(secret).decode()}\n")
    for peer in peers:
        await peer.close()
    capture.file.close()


_, path, key_file, profile, seconds, *tones = sys.argv
asyncio.run(call(path, key_file, profile, float(seconds), *map(float, tones)))
