#!/usr/bin/env python3
"""Three clients of discord.py talk in one voice channel, each with a tone, and record what they hear.

    SSL_CERT_FILE=CERTIFICATE discord-calls.py ENDPOINT TOKEN GUILD CHANNEL FOLDER HERTZ HERTZ HERTZ

The library and its extension discord-ext-voice-recv are as they come; only Discord's main gateway, which would tell a
client where its voice server is, is played here. The clients are users 101, 102 and 103. There are three phases: first
101 loses its connection and comes back, and listens only then (while listening it would wait half a minute for its old
socket); then all are there; then 102 loses its connection in the one way that makes discord.py resume. What a client hears
of a user in a phase becomes FOLDER/CLIENT-USER-PHASE.wav. Prints as JSON what happened, with the seconds of each phase.
"""
import asyncio
import collections
import itertools
import json
import logging
import socket
import sys
import time
import types
import wave

import aiohttp
import discord
import numpy
from discord.ext import voice_recv
from discord.http import HTTPClient

FRAME = 960
AMPLITUDE = 0.25
# Between events, in seconds: discord.py misses one that comes before it has woken up from the one before.
PAUSE = 0.25
# As discord.py logs it.
RESUMED = "Voice RESUME succeeded."


class Guild:
    """Tells the client that is in it where the voice server is, as Discord would."""

    def __init__(self, number, user, endpoint, token):
        self.id, self.endpoint, self.token = number, endpoint, token
        self.me = types.SimpleNamespace(id=user, voice=None)
        self.client = None

    def get_member(self, user):
        return types.SimpleNamespace(id=user)

    async def change_voice_state(self, *, channel, self_mute=False, self_deaf=False):
        # Answers come later: the client looks for them after this.
        self.answers = asyncio.create_task(self.answer(channel))

    async def answer(self, channel):
        if channel is not None:
            await asyncio.sleep(PAUSE)
            await self.client.on_voice_server_update(
                {"token": self.token, "guild_id": str(self.id), "endpoint": self.endpoint})
        await asyncio.sleep(PAUSE)
        await self.client.on_voice_state_update({
            "user_id": str(self.me.id), "channel_id": None if channel is None else str(channel.id),
            "session_id": f"session-{self.me.id}"})


class Tone(discord.AudioSource):
    """A sine wave."""

    def __init__(self, hertz):
        self.hertz, self.at = hertz, 0

    def read(self):
        phase = 2 * numpy.pi * self.hertz * numpy.arange(self.at, self.at + FRAME) / 48_000
        self.at += FRAME
        return (numpy.sin(phase) * AMPLITUDE * 32767).astype(numpy.int16).repeat(2).tobytes()


class Recorder(voice_recv.AudioSink):
    """Keeps what is heard of every user."""

    def __init__(self):
        super().__init__()
        self.phase, self.heard = 0, collections.defaultdict(list)

    def wants_opus(self):
        return False

    def write(self, user, data):
        self.heard[user.id if user else 0, self.phase].append(data.pcm)

    def cleanup(self):
        pass


class Log(logging.Handler):
    """Counts what is logged, and keeps errors."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.counts, self.errors = collections.Counter(), []

    def emit(self, record):
        self.counts[record.msg] += 1
        if record.levelno >= logging.WARNING:
            self.errors.append(record.msg)
            print(self.format(record), file=sys.stderr)


class Caller:
    def __init__(self, user, session, endpoint, token, guild, channel):
        loop = asyncio.get_running_loop()
        http = HTTPClient(loop)
        http._HTTPClient__session = session
        home = Guild(guild, user, endpoint, token)
        state = types.SimpleNamespace(
            loop=loop, http=http, user=types.SimpleNamespace(id=user), _remove_voice_client=lambda key: None)
        client = types.SimpleNamespace(
            _connection=state, loop=loop, dispatch=lambda *a, **k: None, get_user=home.get_member)
        place = types.SimpleNamespace(
            id=channel, guild=home, _get_voice_client_key=lambda: (guild, "guild_id"))
        home.get_channel = lambda number: place
        self.user, self.recorder = user, Recorder()
        self.voice = home.client = voice_recv.VoiceRecvClient(client, place)

    async def talk(self, tone):
        await self.voice.connect(reconnect=True, timeout=15)
        self.voice.play(tone, signal_type="music")

    def listen(self):
        self.voice.listen(self.recorder)

    async def end(self, folder):
        self.voice.stop_listening()
        await self.voice.disconnect(force=True)
        for (user, phase), frames in self.recorder.heard.items():
            with wave.open(f"{folder}/{self.user}-{user}-{phase}.wav", "wb") as out:
                out.setparams((2, 2, 48_000, 0, "NONE", ""))
                out.writeframes(b"".join(frames))
        return {"user": self.user, "mode": self.voice.mode, "heard": sorted({user for user, _ in self.recorder.heard})}


async def until(condition):
    """Waits for what nobody announces."""
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def call(endpoint, token, guild, channel, folder, *tones):
    log = Log()
    logger = logging.getLogger("discord")
    logger.addHandler(log)
    logger.setLevel(logging.DEBUG)
    async with aiohttp.ClientSession() as session:
        callers = [Caller(101 + n, session, endpoint, token, guild, channel) for n in range(len(tones))]
        await asyncio.gather(*(caller.talk(Tone(float(hertz))) for caller, hertz in zip(callers, tones)))
        first, second, third = callers
        second.listen()
        third.listen()
        clock = [time.monotonic()]

        def next_phase():
            clock.append(time.monotonic())
            for caller in callers:
                caller.recorder.phase += 1

        await asyncio.sleep(1)
        first.voice.ws.ws.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        await until(lambda: not first.voice.is_connected())
        await until(first.voice.is_connected)
        first.listen()
        next_phase()
        await asyncio.sleep(3)
        next_phase()
        # As if the server had closed it so.
        await second.voice.ws.close(4015)
        await until(lambda: log.counts[RESUMED])
        await asyncio.sleep(2)
        next_phase()
        ends = [await caller.end(folder) for caller in callers]
    print(json.dumps({
        "callers": ends, "resumes": log.counts[RESUMED], "errors": log.errors,
        "seconds": [end - start for start, end in itertools.pairwise(clock)]}))


_, endpoint, token, guild, channel, folder, *tones = sys.argv
asyncio.run(call(endpoint, token, int(guild), int(channel), folder, *tones))
