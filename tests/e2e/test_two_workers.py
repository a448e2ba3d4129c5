"""Two workers: each session is handled by its owner alone, in order and with exact counters, whoever received a packet.

The CPUs may be fewer than the programs that are at work: nothing here depends on speed.
"""
import json
import signal
import subprocess
import sys
import time

import pytest

from testbed.lab import PLAN, Lab, wait_until

TENANTS = ("acme", "bravo")
PORT = 7000

# Sends numbered datagrams, and says how many.
SENDER = """
import socket, sys, time
to, count = sys.argv[1], int(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[3], 0))
for n in range(count):
    s.sendto(n.to_bytes(4, "big"), (to, %d))
    if n %% 8 == 0:
        time.sleep(0.002)
""" % PORT
# Says how many came, and how many of them after one with a higher number.
RECEIVER = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
s.bind((sys.argv[1], %d))
print("ready", flush=True)
s.settimeout(20)
got = late = 0
last = -1
try:
    while True:
        n = int.from_bytes(s.recv(16), "big")
        s.settimeout(3)
        got, late, last = got + 1, late + (n <= last), max(n, last)
except TimeoutError:
    print(got, late)
""" % PORT


@pytest.fixture(scope="module")
def two_workers():
    lab = Lab("e2w")
    lab.down()  # what an interrupted run left
    lab = Lab("e2w")
    try:
        lab.up(TENANTS, workers=(0, 1))
        yield lab
    finally:
        lab.down()


def popen(lab, part, *words):
    return subprocess.Popen(["ip", "netns", "exec", lab.ns(part), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True)


def ping(lab, tenant):
    return lab.exec(f"{tenant}-ue", "ping", "-c", "5", "-i", "0.05", PLAN["server"], check=False).stdout


def stage_packets(lab):
    """Of each worker: {stage: packets}."""
    return [{s["stage"]: s["packets"] for s in w["stages"]} for w in lab.json("show", "workers")["items"]]


def balanced(lab, tenant):
    c = lab.counters(tenant)
    return c["balance"] == 0 and c["held_packets"] == 0


def test_ports_say_what_brings_packets_to_their_owners(two_workers):
    for port in two_workers.json("show", "ports")["items"]:
        assert port["spread"] in ("eBPF", "handoff"), port
    assert "TO OWNERS BY" in two_workers.demarc("show", "ports").stdout


def test_both_workers_own_a_session_and_handle_it(two_workers):
    lab = two_workers
    before = stage_packets(lab)
    for tenant in TENANTS:
        assert " 5 received" in ping(lab, tenant)
    wait_until(lambda: all(n["pdr_match"] > b["pdr_match"] for n, b in zip(stage_packets(lab), before)), 5,
               "both workers to have matched packets")
    after = stage_packets(lab)
    assert len(after) == 2
    # Both sessions have the same TEID and UE address, which ports bring to one worker; the other owns one of them.
    handed = sum(a["handoff_input"] - b["handoff_input"] for a, b in zip(after, before))
    assert handed >= 5, after


def test_order_is_kept_both_ways_at_once(two_workers):
    lab, count = two_workers, 4000
    streams = {}
    for tenant in TENANTS:
        for source, to, sink in (("ue", PLAN["server"], "dn"), ("dn", PLAN["ue"], "ue")):
            receiver = popen(lab, f"{tenant}-{sink}", sys.executable, "-u", "-c", RECEIVER, to)
            assert receiver.stdout.readline() == "ready\n"
            streams[tenant, source] = receiver
    senders = [popen(lab, f"{t}-{source}", sys.executable, "-c", SENDER, PLAN["server"] if source == "ue" else PLAN["ue"],
                     str(count), PLAN["ue"] if source == "ue" else PLAN["server"]) for t, source in streams]
    for s in senders:
        assert s.wait(120) == 0, s.stdout.read()
    for stream, receiver in streams.items():
        got, late = map(int, receiver.communicate(timeout=60)[0].split())
        assert late == 0, f"{stream}: {late} of {got} overtaken"
        assert got > count / 2, f"{stream}: {got} of {count}"
    for tenant in TENANTS:
        wait_until(lambda t=tenant: balanced(lab, t), 5, f"{tenant}'s counters to balance")


def test_iperf3_of_both_at_once(two_workers):
    lab = two_workers
    for tenant in TENANTS:
        lab.spawn(f"iperf-{tenant}", f"{tenant}-dn", "iperf3", "-s", "-B", PLAN["server"], "--forceflush", ready="listening")
    for words in ((), ("-R",)):
        running = {t: popen(lab, f"{t}-ue", "iperf3", "-J", "-t", "2", "-c", PLAN["server"], *words) for t in TENANTS}
        for tenant, process in running.items():
            answer = json.loads(process.communicate(timeout=60)[0])
            assert "error" not in answer, f"{tenant} {words}: {answer['error']}"
            assert answer["end"]["sum_received"]["bytes"] > 500_000, f"{tenant} {words}"
    for tenant in TENANTS:
        wait_until(lambda t=tenant: balanced(lab, t), 5, f"{tenant}'s counters to balance")
    assert all(w["packets"] > 100 and w["busy_loops"] > 0 for w in lab.json("show", "workers")["items"])


def test_a_trace_follows_its_packet_from_worker_to_worker(two_workers):
    lab = two_workers
    ways = []
    for tenant in TENANTS:
        traced = popen(lab, "sw", str(lab.build / "controlplane/shell/demarc"), "--socket", str(lab.socket), "trace", tenant,
                       "--packets", "4", "--wait", "10", "--json")
        time.sleep(0.5)
        ping(lab, tenant)
        text = traced.communicate(timeout=20)[0]
        ways += [json.loads(line) for line in text.splitlines() if line.strip()]
    handed = [[s["stage"] for s in way["steps"]] for way in ways if any(s["stage"] == "handoff_input" for s in way["steps"])]
    assert handed, ways
    for stages in handed:
        assert stages.index("owner_handoff") < stages.index("handoff_input") < stages.index("pdr_match")
        assert stages[-1] == "end"


def test_killed_and_started_again(two_workers):
    lab = two_workers
    for _ in range(3):
        lab.kill("demarc-dp", signal.SIGKILL)
        lab.start_dp()
        lab.wait_synced()
        for tenant in TENANTS:
            wait_until(lambda t=tenant: " 5 received" in ping(lab, t), 20, f"{tenant} to forward again")
            wait_until(lambda t=tenant: balanced(lab, t), 5, f"{tenant}'s counters to balance")
