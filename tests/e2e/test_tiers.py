"""Tiers of tenants on running programs: a tenant gets a worker of its own while its traffic flows and no session is lost;
what is guaranteed is there; no restart forgets it; and whose the machine's time is, is shown.

The CPUs may be fewer than the programs that are at work: nothing here depends on speed. Who gets what of a worker that
has more to do than it can is shown with a clock that is a number (tests/dataplane/worker/admission_test.cc).
"""
import signal
import socket
import subprocess
import time

import pytest

from testbed.lab import PLAN, Lab, wait_until

SERVER = PLAN["server"]


@pytest.fixture(scope="module")
def lab():
    lab = Lab("tiers")
    lab.down()
    lab = Lab("tiers")
    try:
        lab.up(("acme", "bravo"), workers=(0, 1))
        yield lab
    finally:
        lab.down()


def drops(lab, tenant):
    return {d["reason"]: d["packets"] for d in lab.json("show", "drops", "--tenant", tenant)["items"]}


def ping(lab, tenant, count=5):
    return lab.exec(f"{tenant}-ue", "ping", "-c", str(count), "-i", "0.05", "-W", "2", SERVER, check=False).returncode == 0


def tier(lab, tenant):
    return next(t for t in lab.json("show", "tenants")["items"] if t["name"] == tenant)["tier"]


def metrics(lab):
    with socket.socket(socket.AF_UNIX) as api:
        api.connect(str(lab.socket))
        api.sendall(b"GET /metrics HTTP/1.1\r\nHost: demarc\r\nConnection: close\r\n\r\n")
        answer = b""
        while part := api.recv(65536):
            answer += part
    return answer.partition(b"\r\n\r\n")[2].decode()


def owners(lab):
    return {w["worker"]: w.get("owner") for w in lab.json("show", "capacity")["items"]}


def test_a_tenant_gets_a_worker_of_its_own_while_its_traffic_flows(lab):
    sessions = lab.json("show", "sessions", "--tenant", "acme")["items"]
    flow = subprocess.Popen(["ip", "netns", "exec", lab.ns("acme-ue"), "ping", "-i", "0.02", "-w", "6", SERVER],
                            stdout=subprocess.PIPE, text=True)
    try:
        for workers in ("1", "0", "none", "1"):
            time.sleep(1)
            lab.demarc("tenant", "set", "acme", "--workers", workers)
            lab.wait_synced()
        out = flow.communicate(timeout=30)[0]
    finally:
        flow.kill()
    sent, received = (int(word) for word in out.split("packets transmitted")[0].split()[-1:] + out.split(" received")[0].split()[-1:])
    # What was lost, was lost under a name: an echo may be lost on its way up or on its way back.
    assert sent - received <= drops(lab, "acme").get("session_moving", 0) + drops(lab, "acme").get("table_changed", 0) + 1
    assert received >= sent // 2
    assert lab.json("show", "sessions", "--tenant", "acme")["items"] == sessions
    assert tier(lab, "acme")["name"] == "dedicated"
    assert ping(lab, "bravo")
    for tenant in ("acme", "bravo"):
        wait_until(lambda: lab.counters(tenant)["balance"] == 0, 20, f"{tenant}'s counters to balance")
    assert "session_moving" not in drops(lab, "bravo") or ping(lab, "bravo")


def test_its_packets_cost_its_worker_alone(lab):
    """Whoever receives them, the session's owner does most of the work."""
    assert ping(lab, "acme", 50)
    assert owners(lab) == {0: None, 1: "acme"}


def test_a_worker_is_one_tenants_at_most_and_one_is_nobodys(lab):
    refused = lab.demarc("tenant", "set", "bravo", "--workers", "1", check=False)
    assert refused.returncode != 0 and "acme" in refused.stderr
    refused = lab.demarc("tenant", "set", "bravo", "--workers", "0", check=False)
    assert refused.returncode != 0
    refused = lab.demarc("tenant", "set", "bravo", "--workers", "7", check=False)
    assert refused.returncode != 0 and "7" in refused.stderr


def test_what_is_guaranteed_must_be_there(lab):
    lab.demarc("tenant", "set", "bravo", "--guaranteed-packets", "10k", "--weight", "30")
    assert tier(lab, "bravo")["name"] == "reserved"
    refused = lab.demarc("tenant", "set", "bravo", "--guaranteed-packets", "900M", check=False)
    assert refused.returncode != 0 and "overbook" in refused.stderr
    assert tier(lab, "bravo")["guaranteed_pps"] == 10_000
    lab.demarc("tenant", "set", "bravo", "--guaranteed-packets", "900M", "--overbook")
    assert tier(lab, "bravo")["guaranteed_pps"] == 900_000_000
    lab.demarc("tenant", "set", "bravo", "--guaranteed-packets", "10k")


@pytest.mark.parametrize("who", ["demarcd", "demarc-dp"])
def test_no_restart_forgets_it(lab, who):
    before = tier(lab, "acme"), tier(lab, "bravo")
    lab.kill(who, signal.SIGKILL)
    lab.start_cp() if who == "demarcd" else lab.start_dp()
    lab.wait_synced(60)
    wait_until(lambda: ping(lab, "acme", 1) and ping(lab, "bravo", 1), 60, "traffic to come back")
    assert (tier(lab, "acme"), tier(lab, "bravo")) == before
    assert owners(lab) == {0: None, 1: "acme"}


def test_latency_is_shown(lab):
    assert ping(lab, "acme", 20)

    def row():
        return next(r for r in lab.json("show", "latency")["items"] if r["tenant"] == "acme")
    wait_until(lambda: row()["total_packets"] >= 40, 20, "20 echoes there and back to be counted")
    shown = row()
    assert 0 < shown["total_p50_ns"] <= shown["total_p99_ns"] <= shown["total_p999_ns"]
    assert "acme" in lab.demarc("show", "latency", "--tenant", "acme").stdout


def test_whose_the_cycles_are(lab):
    """The tenants' cycles of each worker, and the house's, are what it was busy, within two in a hundred."""
    assert ping(lab, "acme", 20) and ping(lab, "bravo", 20)
    values = {}
    for line in metrics(lab).splitlines():
        if line and not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            values[name] = float(value)
    busy = {n: v for n, v in values.items() if n.startswith("demarc_worker_busy_cycles_total")}
    assert busy
    for name, cycles in busy.items():
        worker = name.split('worker="')[1].split('"')[0]
        own = sum(v for n, v in values.items()
                  if n.startswith("demarc_tenant_worker_cycles_total{") and f'worker="{worker}"' in n)
        assert own == pytest.approx(cycles, rel=0.02)
