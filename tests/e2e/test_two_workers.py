"""Two workers: each session is handled by its owner alone, in order and with exact counters, whoever received a packet.

The CPUs may be fewer than the programs that are at work: nothing here depends on speed.
"""
import json
import os
import signal
import subprocess
import sys

import pytest

from testbed.lab import PLAN, Lab, wait_until
from tests.e2e import iperf

TENANTS = ("acme", "bravo")
PORT = 7000

# Sends numbered datagrams, never more than WINDOW ahead of what the receiver says it has, by a pipe that is no part of the
# network: so no queue on the way overflows, however slow the machine is, and not one may be lost.
WINDOW = 32
SENDER = """
import os, select, socket, sys
to, count, said = sys.argv[1], int(sys.argv[2]), int(sys.argv[4])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[3], 0))
there = 0
for n in range(count):
    while n - there >= %d:
        if not select.select([said], [], [], 60)[0]:
            sys.exit(f"{there} of {n} came within a minute")
        there += len(os.read(said, 4096))
    s.sendto(n.to_bytes(4, "big"), (to, %d))
""" % (WINDOW, PORT)
# Says of each datagram that it came; at the end how many did, and how many of them after one with a higher number.
RECEIVER = """
import os, socket, sys
count, say = int(sys.argv[2]), int(sys.argv[3])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
s.bind((sys.argv[1], %d))
print("ready", flush=True)
s.settimeout(60)
got = late = 0
last = -1
try:
    while got < count:
        n = int.from_bytes(s.recv(16), "big")
        got, late, last = got + 1, late + (n <= last), max(n, last)
        os.write(say, b".")
    s.settimeout(1)
    s.recv(16)
    got += 1  # one too many
except TimeoutError:
    pass
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


def popen(lab, part, *words, pass_fds=()):
    return subprocess.Popen(["ip", "netns", "exec", lab.ns(part), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, pass_fds=pass_fds)


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


class Stream:
    """Numbered datagrams of one tenant, one way."""

    def __init__(self, lab, tenant, source, count):
        self.name, self.count = f"{tenant} from {source}", count
        here, there = (PLAN["ue"], PLAN["server"]) if source == "ue" else (PLAN["server"], PLAN["ue"])
        said, say = os.pipe()
        self.receiver = popen(lab, f"{tenant}-{'dn' if source == 'ue' else 'ue'}", sys.executable, "-u", "-c", RECEIVER, there,
                              str(count), str(say), pass_fds=(say,))
        os.close(say)
        assert self.receiver.stdout.readline() == "ready\n"
        self.start = lambda: popen(lab, f"{tenant}-{source}", sys.executable, "-c", SENDER, there, str(count), here, str(said),
                                   pass_fds=(said,))
        self.said = said

    def send(self):
        self.sender = self.start()

    def expect_all_in_order(self):
        text = self.sender.communicate(timeout=300)[0]
        assert self.sender.returncode == 0, f"{self.name}: {text}"
        got, late = map(int, self.receiver.communicate(timeout=120)[0].split())
        os.close(self.said)  # not before: the sender is done before the last datagrams are there
        assert (got, late) == (self.count, 0), f"{self.name}: {got} of {self.count} came, {late} overtaken"


def test_order_is_kept_both_ways_at_once(two_workers):
    lab, count = two_workers, 4000
    for tenant in TENANTS:
        ping(lab, tenant)  # the next hops are known
    before = {t: lab.counters(t) for t in TENANTS}
    streams = [Stream(lab, tenant, source, count) for tenant in TENANTS for source in ("ue", "dn")]
    for stream in streams:
        stream.send()
    for stream in streams:
        stream.expect_all_in_order()
    for tenant in TENANTS:
        wait_until(lambda t=tenant: balanced(lab, t), 20, f"{tenant}'s counters to balance")
        grown = {name: lab.counters(tenant)[name] - before[tenant][name]
                 for name in ("uplink_packets", "downlink_packets", "dropped_packets")}
        assert grown == {"uplink_packets": count, "downlink_packets": count, "dropped_packets": 0}, tenant


def test_iperf3_of_both_at_once(two_workers):
    lab = two_workers
    for tenant in TENANTS:
        lab.spawn(f"iperf-{tenant}", f"{tenant}-dn", "iperf3", "-s", "-B", PLAN["server"], "--forceflush", ready="listening")
    before = stage_packets(lab)
    for words in ((), ("-R",)):
        running = {t: popen(lab, f"{t}-ue", "iperf3", "-J", *iperf.TCP, "-c", PLAN["server"], *words) for t in TENANTS}
        for tenant, process in running.items():
            iperf.expect_tcp(json.loads(process.communicate(timeout=iperf.LIMIT_S)[0]), f"{tenant} {words}")
    for tenant in TENANTS:
        wait_until(lambda t=tenant: balanced(lab, t), 20, f"{tenant}'s counters to balance")
    # Each owns one session; so each has matched what that session's data and its acknowledgements are, at the least.
    full_packets = 2 * iperf.TCP_BYTES // 1500
    assert all(n["pdr_match"] - b["pdr_match"] >= full_packets for n, b in zip(stage_packets(lab), before)), stage_packets(lab)


def test_a_trace_follows_its_packet_from_worker_to_worker(two_workers):
    lab = two_workers
    ways = []
    for tenant in TENANTS:
        traced = popen(lab, "sw", str(lab.build / "controlplane/shell/demarc"), "--socket", str(lab.socket), "trace", tenant,
                       "--packets", "8", "--wait", "30", "--json")
        pings = popen(lab, f"{tenant}-ue", "ping", "-i", "0.1", PLAN["server"])  # for as long as the trace takes
        text = traced.communicate(timeout=60)[0]
        pings.terminate()
        pings.communicate(timeout=20)
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
