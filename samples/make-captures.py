#!/usr/bin/env python3
"""Makes captures of samples/meeting: every track's Opus packets as RTP, each from its own address to a server.

    make-captures.py FOLDER OUTPUT.pcapng [KEYS]

With KEYS, a file that gets one key a line, packets are SRTP and SRTCP by libsrtp (AEAD_AES_128_GCM). Same input, same bytes.
"""
import base64
import hashlib
import pathlib
import struct
import sys

NTP = 2_208_988_800
START = 1_767_258_000  # 2026-01-01 09:00 UTC
SERVER = bytes((10, 0, 0, 100))
REPORT_EVERY = 5.0


def opus_packets(path):
    """The packets of an Ogg Opus file, without its two headers."""
    data, at, packet, packets = path.read_bytes(), 0, b"", []
    while at < len(data):
        assert data[at:at + 4] == b"OggS", f"{path}: no Ogg page at {at}"
        lacing = data[at + 27:at + 27 + data[at + 26]]
        at += 27 + len(lacing)
        for size in lacing:
            packet += data[at:at + size]
            at += size
            if size < 255:
                packets.append(packet)
                packet = b""
    return packets[2:]


def samples(packet):
    """How much an Opus packet holds, at 48 kHz (RFC 6716 section 3.1)."""
    config, code = packet[0] >> 3, packet[0] & 3
    frame = (480, 960, 1920, 2880)[config & 3] if config < 12 else \
        (480, 960)[config & 1] if config < 16 else 120 << (config & 3)
    return frame * (1 if code == 0 else 2 if code < 3 else packet[1] & 63)


class Speaker:
    def __init__(self, number, path):
        digest = hashlib.sha256(path.stem.encode()).digest()
        self.name, self.packets = path.stem, opus_packets(path)
        self.ssrc, self.first, self.stamp = struct.unpack(">IHI", digest[:10])
        self.address, self.port = bytes((10, 0, 0, number)), 40000 + 2 * number
        self.secret = hashlib.sha256(b"samples/meeting " + path.stem.encode()).digest()[:28]
        self.phase = number * 0.0043

    def datagrams(self):
        """Time in seconds, bytes, whether it is RTCP."""
        clock, sequence, count, octets, report, pauses = 0, self.first, 0, 0, 0.0, True
        for packet in self.packets:
            time = self.phase + (clock + samples(packet)) / 48_000
            stamp = (self.stamp + clock) & 0xFFFFFFFF
            if time >= report:
                yield time - 0.001, self.report(time - 0.001, stamp, count, octets), True
                report += REPORT_EVERY
            clock += samples(packet)
            if len(packet) <= 2:  # discontinuous transmission: these are not sent
                pauses = True
                continue
            yield time, struct.pack(">BBHII", 0x80, 111 | pauses << 7, sequence, stamp, self.ssrc) + packet, False
            sequence, count, octets, pauses = (sequence + 1) & 0xFFFF, count + 1, octets + len(packet), False
        yield time + 0.02, struct.pack(">BBHIBBH", 0x80, 201, 1, self.ssrc, 0x81, 203, 1) + struct.pack(">I", self.ssrc), True

    def report(self, time, stamp, count, octets):
        seconds = START + NTP + time
        ntp = int(seconds) << 32 | int(seconds % 1 * (1 << 32))
        text = self.name.encode()
        item = struct.pack(">IBB", self.ssrc, 1, len(text)) + text + b"\0"
        item += b"\0" * (-len(item) % 4)
        return struct.pack(">BBHIQIII", 0x80, 200, 6, self.ssrc, ntp, stamp, count, octets) + \
            struct.pack(">BBH", 0x81, 202, len(item) // 4) + item


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(speaker, payload, control):
    """Ethernet, IPv4, UDP."""
    udp = struct.pack(">HHHH", speaker.port + control, 5004 + control, 8 + len(payload), 0) + payload
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0x4000, 64, 17, 0) + speaker.address + SERVER
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return b"\x02\0\0\0\0\x64" + b"\x02\0\0\0\0" + speaker.address[3:] + b"\x08\0" + head + udp


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def main():
    folder, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    keys = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    speakers = [Speaker(number, path) for number, path in enumerate(sorted(folder.glob("*.opus")), 1)]
    everything, lines = [], []
    for speaker in speakers:
        session = None
        if keys:
            from pylibsrtp import Policy, Session
            policy = Policy(key=speaker.secret, ssrc_type=Policy.SSRC_ANY_OUTBOUND,
                            srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
            session = Session(policy=policy)
            lines.append(f"0x{speaker.ssrc:08x}=AEAD_AES_128_GCM:{base64.b64encode(speaker.secret).decode()}\n")
        for time, payload, control in speaker.datagrams():
            if session:
                payload = (session.protect_rtcp if control else session.protect)(payload)
            everything.append((time, speaker.address, frame(speaker, payload, control)))
    everything.sort()
    # pcapng: section header, one Ethernet interface in nanoseconds, packets.
    blocks = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
              block(1, struct.pack("<HHIHHB3xHH", 1, 0, 0, 9, 1, 9, 0, 0))]
    for time, _, data in everything:
        stamp = START * 10**9 + round(time * 10**9)
        blocks.append(block(6, struct.pack("<IIIII", 0, stamp >> 32, stamp & 0xFFFFFFFF, len(data), len(data)) + data))
    output.write_bytes(b"".join(blocks))
    if keys:
        keys.write_text("# Opens meeting-srtp.pcapng: parley mix meeting-srtp.pcapng -o mix.opus --srtp-key meeting-srtp.keys\n" + "".join(lines))


main()
