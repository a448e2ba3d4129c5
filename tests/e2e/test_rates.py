"""Rates of tenants, core VRFs and sessions, from the shell to the wire: what goes through, and what is dropped under which
name. How exact a rate is, is shown with a clock that is a number (tests/dataplane/tables/test_token_bucket.cc); here that
it reaches the wire, that the neighbour pays nothing, and that no restart forgets it."""
import signal
import socket
import time

import pytest

from testbed.lab import PLAN, Lab, wait_until
from testbed.wire import socket_in

SERVER, UE = PLAN["server"], PLAN["ue"]
PORT = 7008
DATA = bytes(972)  # 1,000 bytes of IP


@pytest.fixture(scope="module")
def lab():
    lab = Lab("rates")
    lab.down()
    lab.up()
    yield lab
    lab.down()


def drops(lab, tenant):
    return {d["reason"]: d["packets"] for d in lab.json("show", "drops", "--tenant", tenant)["items"]}


def send(lab, tenant, packets, gap_s=0.001):
    """So many datagrams from the phone to the server, one after the other; how many the server got."""
    with socket_in(lab.ns(f"{tenant}-dn"), socket.AF_INET, socket.SOCK_DGRAM) as server, \
         socket_in(lab.ns(f"{tenant}-ue"), socket.AF_INET, socket.SOCK_DGRAM) as phone:
        server.bind((SERVER, PORT))
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        for _ in range(packets):
            phone.sendto(DATA, (SERVER, PORT))
            time.sleep(gap_s)
        server.settimeout(2)
        received = 0
        try:
            while received < packets:
                server.recv(2000)
                received += 1
        except TimeoutError:
            pass
        return received


def test_a_tenants_rate_is_its_own(lab):
    """200 packets of 1,000 bytes within a second at 64 kbit/s, which is 8 of them, and a bucket of 9,216 bytes."""
    lab.demarc("tenant", "set", "acme", "--uplink", "64k")
    lab.wait_synced()
    assert send(lab, "bravo", 200) == 200
    before = lab.counters("acme")["uplink_packets"]
    began = time.monotonic()
    got = send(lab, "acme", 200)
    took = time.monotonic() - began
    assert 9 <= got <= 9 + 8 * took + 1
    # All that came in were forwarded or dropped; of 200 the kernel may lose some before, on a busy machine.
    wait_until(lambda: lab.counters("acme")["uplink_packets"] - before == got, 10, "what the server got to be counted")
    assert 150 <= drops(lab, "acme")["rate_tenant"] <= 200 - got
    assert "rate_tenant" not in drops(lab, "bravo")
    assert lab.counters("acme")["balance"] == 0
    assert "64 kbit/s" in lab.demarc("show", "tenants").stdout


@pytest.mark.parametrize("who", ["demarcd", "demarc-dp"])
def test_no_restart_forgets_it(lab, who):
    lab.kill(who, signal.SIGKILL)
    lab.start_cp() if who == "demarcd" else lab.start_dp()
    lab.wait_synced(60)
    wait_until(lambda: lab.exec("bravo-ue", "ping", "-c", "1", "-W", "1", SERVER, check=False).returncode == 0, 60,
               "traffic to come back")
    before = drops(lab, "acme").get("rate_tenant", 0)
    got = send(lab, "acme", 100)
    assert got < 50
    assert drops(lab, "acme")["rate_tenant"] - before >= 50


def test_without_it_everything_goes_through_again(lab):
    lab.demarc("tenant", "set", "acme", "--uplink", "0")
    lab.wait_synced()
    assert send(lab, "acme", 200) == 200


def test_a_core_vrfs_rate(lab):
    lab.demarc("vrf", "set", "internet", "--tenant", "acme", "--uplink-packets", "10")
    lab.wait_synced()
    before = drops(lab, "acme").get("rate_vrf", 0)
    got = send(lab, "acme", 100)
    assert got < 50
    assert drops(lab, "acme")["rate_vrf"] - before == 100 - got
    lab.demarc("vrf", "set", "internet", "--tenant", "acme", "--uplink-packets", "0")
    lab.wait_synced()


def test_a_sessions_ambr(lab):
    """A session of another UE, so that nothing else uses it: its AMBR is shown, kept and refused out of range."""
    add = ("session", "add", "--tenant", "acme", "--ue", "10.45.0.99", "--core-vrf", "internet", "--endpoint", "upf",
           "--peer", PLAN["gnb"].split("/")[0], "--peer-teid", "99")
    refused = lab.demarc(*add, "--ambr-uplink", "1k", check=False)
    assert refused.returncode != 0 and "64000" in refused.stderr
    lab.demarc(*add, "--ambr-uplink", "10M", "--ambr-downlink", "50M")
    sessions = lab.json("show", "sessions", "--tenant", "acme")["items"]
    seid = next(s["up_seid"] for s in sessions if s.get("ambr"))
    assert "up 10 Mbit/s, down 50 Mbit/s" in lab.demarc("show", "session", str(seid), "--tenant", "acme").stdout
    lab.demarc("session", "remove", str(seid), "--tenant", "acme")
    wait_until(lambda: lab.counters("acme")["balance"] == 0, 20, "acme's counters to balance")


def test_quota_is_shown(lab):
    shown = lab.demarc("show", "quota", "--tenant", "acme").stdout
    rows = {row["what"]: row for row in lab.json("show", "quota", "--tenant", "acme")["items"]}
    assert rows["sessions"]["used"] == len(lab.json("show", "sessions", "--tenant", "acme")["items"])
    assert 0 < rows["sessions"]["reserved"] <= rows["sessions"]["limit"]
    assert "sessions" in shown and "RESERVED" in shown
