"""The servers that are compared: each is started, given a room of talkers and listeners, loaded and stopped."""
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

TALKER_PORT, LISTENER_PORT = 41000, 42000
PAYLOAD_TYPE = 111


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that is ended, and whose output is kept for when it does not work."""

    def __init__(self, command):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    @property
    def pid(self):
        return self.process.pid

    def memory(self):
        """Resident bytes."""
        with open(f"/proc/{self.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def wait_for_port(self, port, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.fail("it does not listen")

    def fail(self, text):
        self.log.seek(0)
        raise RuntimeError(f"{type(self).__name__}: {text}\n{self.log.read()[-2000:]}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def generator(parley, server, seconds, *options, warm_up=3):
    """Runs the load generator, the same for all."""
    command = [parley, "load", "--json", "--server-pid", str(server.pid), "--duration", f"{seconds}s",
               "--warm-up", f"{warm_up}s", *options]
    run = subprocess.run(command, capture_output=True, text=True, timeout=600 + seconds)
    if run.returncode not in (0, 1):
        server.fail(f"the generator failed: {' '.join(command)}\n{run.stderr}")
    return json.loads(run.stdout)


def peers(parley, server, seconds, lines):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as plan:
        plan.write("\n".join(lines) + "\n")
        plan.flush()
        return generator(parley, server, seconds, "--peers", plan.name, "--payload-type", str(PAYLOAD_TYPE))


class Parley(Server):
    SECRET = "bench"

    def __init__(self, parley, **settings):
        self.parley, self.api, self.gateway = parley, free_port(), free_port()
        first = random.randrange(20000, 30000)
        values = {
            "plain-rtp": "allowed", "gateway.listen": f"127.0.0.1:{self.gateway}", "gateway.accepts": 5000,
            "media.listen": "127.0.0.1", "media.advertise": "127.0.0.1", "media.ports": f"{first}-{first + 63}",
            "api.listen": f"127.0.0.1:{self.api}", "api.secret": self.SECRET, "api.body": "16 MiB",
            "log.level": "warning", **settings}
        self.configuration = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        self.configuration.write(yaml(values))
        self.configuration.flush()
        super().__init__([parley, "voice", self.configuration.name])
        self.wait_for_port(self.api)

    def load(self, seconds, *options, way="--plain", **more):
        way = [way] if way == "--plain" else [f"ws://127.0.0.1:{self.gateway}"]
        return generator(self.parley, self, seconds, *way, "--api", f"http://127.0.0.1:{self.api}", "--secret",
                         self.SECRET, *options, **more)

    def get(self, path):
        request = urllib.request.Request(f"http://127.0.0.1:{self.api}{path}",
                                         headers={"Authorization": f"Bearer {self.SECRET}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()

    def histogram(self, name):
        """Counts of a histogram by bucket, of all shards together."""
        buckets = {}
        for line in self.get("/metrics").splitlines():
            if line.startswith(f"{name}_bucket"):
                bound = line.split('le="')[1].split('"')[0]
                buckets[float(bound)] = buckets.get(float(bound), 0) + float(line.split()[-1])
        return buckets


def yaml(values):
    """Dotted keys as the nested keys of a YAML file."""
    tree = {}
    for key, value in values.items():
        *path, last = key.split(".")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node[last] = value
    lines = []

    def write(node, indent):
        for key, value in node.items():
            if isinstance(value, dict):
                lines.append(f"{indent}{key}:")
                write(value, indent + "  ")
            else:
                lines.append(f"{indent}{key}: {json.dumps(value) if isinstance(value, str) else value}")
    write(tree, "")
    return "\n".join(lines) + "\n"


class GStreamer(Server):
    """Mixes the talkers, encodes once and sends it to everybody: no mix-minus, nobody joins or leaves."""

    def __init__(self, talkers, listeners, latency=60):
        self.talkers, self.listeners, first = talkers, listeners, random.randrange(5100, 5900)
        self.ports = [first + i for i in range(talkers)]
        clients = ",".join(f"127.0.0.1:{LISTENER_PORT + i}" for i in range(listeners))
        mixer = ("audiomixer name=m latency=20000000 ! audio/x-raw,format=S16LE,channels=1,rate=48000 ! "
                 f"opusenc bitrate=64000 complexity=10 ! rtpopuspay pt={PAYLOAD_TYPE} ! "
                 f"multiudpsink sync=false clients={clients}")
        inputs = " ".join(
            f"udpsrc address=127.0.0.1 port={port} caps=application/x-rtp,media=audio,clock-rate=48000,"
            f"encoding-name=OPUS,payload={PAYLOAD_TYPE} ! rtpjitterbuffer latency={latency} ! rtpopusdepay ! "
            "opusdec plc=true ! audioconvert ! audio/x-raw,format=S16LE,channels=1,rate=48000 ! queue ! m."
            for port in self.ports)
        super().__init__(["gst-launch-1.0", "-q", *f"{mixer} {inputs}".split()])
        time.sleep(1.5)
        if self.process.poll() is not None:
            self.fail("it does not start")

    def load(self, parley, seconds):
        lines = [f"T {TALKER_PORT + i} {port}" for i, port in enumerate(self.ports)]
        lines += [f"L {LISTENER_PORT + i}" for i in range(self.listeners)]
        return peers(parley, self, seconds, lines)


class Janus(Server):
    """The AudioBridge with plain RTP participants, controlled over its WebSocket."""

    def __init__(self):
        self.port = free_port()
        first = random.randrange(30000, 38000)
        self.folder = tempfile.TemporaryDirectory()
        files = {
            "janus.jcfg": """
                general: { debug_level = 2  admin_secret = "bench" }
                media: { rtp_port_range = "%d-%d" }
                nat: { ice_lite = true  ice_enforce_list = "lo"  ice_ignore_list = "vmnet" }
                """ % (first, first + 9000),
            "janus.transport.websockets.jcfg": """
                general: { json = "compact"  ws = true  ws_port = %d  ws_interface = "lo" }
                admin: { admin_ws = false }
                """ % self.port,
            "janus.plugin.audiobridge.jcfg": 'general: { local_ip = "127.0.0.1"  rtp_port_range = "%d-%d" }' % (
                first, first + 9000),
        }
        for name, text in files.items():
            with open(f"{self.folder.name}/{name}", "w") as file:
                file.write(text)
        super().__init__(["janus", "-F", self.folder.name, "-C", f"{self.folder.name}/janus.jcfg"])
        self.wait_for_port(self.port)

    def load(self, parley, seconds, talkers, listeners, quality=None):
        return asyncio.run(self._load(parley, seconds, talkers, listeners, quality))

    async def _load(self, parley, seconds, talkers, listeners, quality):
        connection = await self._connect()
        room = JanusRoom(connection)
        try:
            lines = await room.fill(talkers, listeners, quality)
            return await asyncio.get_running_loop().run_in_executor(
                None, lambda: peers(parley, self, seconds, lines))
        finally:
            await room.close()
            await connection.close()

    async def _connect(self):
        """Its port is open before its WebSockets are."""
        import websockets
        for _ in range(40):
            try:
                return await websockets.connect(
                    f"ws://127.0.0.1:{self.port}", subprotocols=["janus-protocol"], max_size=None)
            except (OSError, websockets.exceptions.InvalidMessage):
                await asyncio.sleep(0.25)
        self.fail("its WebSocket does not answer")

    def stop(self):
        super().stop()
        self.folder.cleanup()


class JanusRoom:
    def __init__(self, connection):
        self.connection, self.waiting = connection, {}
        self.tasks = [asyncio.create_task(self.read()), asyncio.create_task(self.keep_alive())]
        self.session = None

    async def read(self):
        async for text in self.connection:
            message = json.loads(text)
            transaction = message.get("transaction")
            if transaction not in self.waiting:
                continue
            if message["janus"] in ("success", "error"):
                self.waiting.pop(transaction).set_result(message)
            elif message["janus"] == "event":
                data = message["plugindata"]["data"]
                if data.get("audiobridge") != "event" or "error" in data or data.get("result"):
                    self.waiting.pop(transaction).set_result(data)

    async def keep_alive(self):
        while True:
            await asyncio.sleep(20)
            await self.connection.send(
                json.dumps({"janus": "keepalive", "session_id": self.session, "transaction": "alive"}))

    async def call(self, **message):
        transaction = str(random.getrandbits(60))
        self.waiting[transaction] = asyncio.get_running_loop().create_future()
        answer = self.waiting[transaction]
        await self.connection.send(json.dumps({**message, "transaction": transaction}))
        return await asyncio.wait_for(answer, 60)

    async def attach(self):
        answer = await self.call(janus="attach", session_id=self.session, plugin="janus.plugin.audiobridge")
        return answer["data"]["id"]

    async def ask(self, handle, **body):
        return await self.call(janus="message", session_id=self.session, handle_id=handle, body=body)

    async def fill(self, talkers, listeners, quality):
        """Makes a room and lets everybody in. Returns the lines of a file of peers."""
        self.session = (await self.call(janus="create"))["data"]["id"]
        room = random.randrange(10**6, 10**8)
        await self.ask(await self.attach(), request="create", room=room, sampling_rate=48000,
                       allow_rtp_participants=True, secret="bench")
        lines = []
        for number in range(talkers + listeners):
            is_talker = number < talkers
            port = TALKER_PORT + number if is_talker else LISTENER_PORT + (number - talkers) // 64
            more = {"quality": quality} if quality else {}
            answer = await self.ask(
                await self.attach(), request="join", room=room, id=number + 1, display=str(number),
                muted=not is_talker, codec="opus",
                rtp={"ip": "127.0.0.1", "port": port, "payload_type": PAYLOAD_TYPE}, **more)
            if "rtp" not in answer:
                raise RuntimeError(f"Janus lets nobody in: {answer}")
            lines.append(f"{'T' if is_talker else 'L'} {port} {answer['rtp']['port']}")
        return lines

    async def close(self):
        for task in self.tasks:
            task.cancel()
        if self.session:
            await self.connection.send(
                json.dumps({"janus": "destroy", "session_id": self.session, "transaction": "end"}))
