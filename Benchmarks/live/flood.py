"""A room of people who talk and listen, while its server is sent what nobody asked for."""
import json
import os
import subprocess
import threading
import time

from servers import Parley

HERE = os.path.dirname(os.path.abspath(__file__))
MATERIAL = os.path.join(HERE, "../../.build-bench")
LISTENERS = 20
LOSSES = 'parley_socket_datagrams_lost_total{shard="0",reason="receive_buffer"}'


def metrics(server):
    lines = [line.rsplit(" ", 1) for line in server.get("/metrics").splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def ssrcs(server, people, seconds=30):
    """Of everybody, once they are there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = []
        for room in json.loads(server.get("/v1/rooms"))["rooms"]:
            members = json.loads(server.get(f"/v1/rooms/{room['guild_id']}/{room['channel_id']}"))["members"]
            found += [member["ssrc"] for member in members if member["secured"]]
        if len(found) >= people:
            return found
        time.sleep(0.1)
    raise RuntimeError("the room did not fill up")


def meeting(options, rate):
    """Returns the load's report, what the flood says of itself, and the server's counters before and after it."""
    said = before = after = None
    with Parley(options.parley, **{"media.shards": 1}) as server:
        result = []
        talk = threading.Thread(target=lambda: result.append(server.load(
            options.seconds, "--rooms", "1", "--speakers", "3", "--listeners", str(LISTENERS), "--probes", "0",
            way="gateway", warm_up=4)))
        talk.start()
        try:
            known = ssrcs(server, 3 + LISTENERS)
            before = metrics(server)
            if rate:
                # Begins while the load warms up, and ends with it.
                port = json.loads(server.get("/v1/instance"))["shards"][0]["endpoint"].split(":")[-1]
                command = [f"{MATERIAL}/flood", port, str(options.seconds + 3), str(rate), *map(str, known)]
                said = subprocess.run(command, capture_output=True, text=True, timeout=60 + options.seconds).stdout
        finally:
            talk.join()
        time.sleep(1.5)
        after = metrics(server)
    if not result:
        raise RuntimeError("the load failed")
    return result[0], said, before, after


def line(text, report):
    streams = report["streams"]
    print(f"  {text:28}{streams['lowestRate']:8.2f}{streams['lost']:8}{streams['longestGap'] * 1000:9.1f}"
          f"{streams['gapsOver60Milliseconds']:7}{report['serverProcessor']:10.3f}{report['ownProcessor']:9.3f}")


def flood(options, bar, say, clear, rate=200_000):
    os.makedirs(MATERIAL, exist_ok=True)
    subprocess.run(["cc", "-O2", f"{HERE}/flood.c", "-o", f"{MATERIAL}/flood"], check=True)
    print(f"\nA flood of {rate} datagrams a second; 3 talk, {LISTENERS} listen")
    say("without a flood")
    calm, *_ = meeting(options, 0)
    say("with one")
    report, said, before, after = meeting(options, rate)
    clear()
    print(f"  {'':28}{'pkt/s':>8}{'lost':>8}{'gap ms':>9}{'> 60':>7}{'CPU s/s':>10}{'load s/s':>9}")
    line("without", calm)
    line("with", report)
    sent = int(said.split(":")[0])
    lost = after[LOSSES] - before[LOSSES]
    print(f"  sent {said.strip()}")
    outcomes = {name.split('outcome="')[1].split('"')[0]: int(after[name] - before[name]) for name in after
                if name.startswith("parley_datagrams_received_total")}
    print("  met  " + ", ".join(f"{name} {count}" for name, count in outcomes.items() if count))
    print(f"  the kernel had no room for {lost:.0f} of them ({100 * lost / sent:.1f} %), wanted or not")
    bar("bogus datagrams a second", sent / (options.seconds + 3), rate * 0.95, at_least=True, digits=0)
    bar("lowest rate", report["streams"]["lowestRate"], 49.5, " packets/s", at_least=True, digits=2)
    bar("gaps over 60 ms beyond those without a flood",
        max(report["streams"]["gapsOver60Milliseconds"] - calm["streams"]["gapsOver60Milliseconds"], 0), 0, digits=0)
