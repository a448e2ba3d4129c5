"""The first test that anyone runs: two tenants, the same addresses everywhere, real programs of an unmodified Linux."""
import json
import subprocess
import sys

from testbed.lab import PLAN, wait_until
from tests.e2e import iperf

TENANTS = ("acme", "bravo")


def popen(lab, part, *words):
    return subprocess.Popen(["ip", "netns", "exec", lab.ns(part), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True)


def both(lab, part, *words, seconds=60):
    started = {t: popen(lab, f"{t}-{part}", *words) for t in TENANTS}
    return {t: (p.communicate(timeout=seconds)[0], p.returncode) for t, p in started.items()}


def test_both_ping_the_same_address_at_once(two_tenants):
    for tenant, (text, status) in both(two_tenants, "ue", "ping", "-c", "10", "-w", "30", "-i", "0.05", PLAN["server"]).items():
        assert status == 0 and " 10 received" in text, f"{tenant}: {text}"


def test_each_reaches_its_own_server(two_tenants):
    lab = two_tenants
    for tenant in TENANTS:
        folder = lab.folder / f"www-{tenant}"
        folder.mkdir()
        (folder / "whoami").write_text(tenant)
        lab.spawn(f"www-{tenant}", f"{tenant}-dn", sys.executable, "-u", "-m", "http.server", "80", "--bind",
                  PLAN["server"], "--directory", folder, ready="Serving")
    for tenant, (text, status) in both(lab, "ue", "curl", "-s", "-m", "10", f"http://{PLAN['server']}/whoami").items():
        assert (text, status) == (tenant, 0)


def test_iperf3_of_both_at_once(two_tenants):
    lab = two_tenants
    for tenant in TENANTS:
        lab.spawn(f"iperf-{tenant}", f"{tenant}-dn", "iperf3", "-s", "-B", PLAN["server"], "--forceflush", ready="listening")
    for words in (iperf.TCP, (*iperf.TCP, "-R"), iperf.udp(1200)):
        expect_iperf3_of_both(lab, ("-c", PLAN["server"], *words))


def expect_iperf3_of_both(lab, words):
    """Each moves what it is to move. Of what demarc had, it dropped nothing: what did not come, if any, was lost elsewhere."""
    before = {t: lab.counters(t) for t in TENANTS}
    came = {tenant: iperf.expect(json.loads(text), words, f"{tenant} {words}")
            for tenant, (text, _) in both(lab, "ue", "iperf3", "-J", *words, seconds=iperf.LIMIT_S).items()}
    for tenant, datagrams in came.items():
        wait_until(lambda t=tenant: lab.counters(t)["balance"] == 0, 20, f"{tenant}'s counters to balance")
        grown = {name: value - before[tenant][name] for name, value in lab.counters(tenant).items() if name != "tenant"}
        assert grown["dropped_packets"] == 0, f"{tenant} {words}: {grown}"
        assert grown["downlink_packets" if "-R" in words else "uplink_packets"] >= (datagrams or iperf.TCP_BYTES // 1500), \
            f"{tenant} {words}: {grown}"


def test_a_downlink_packet_carries_the_qfi(two_tenants):
    """The gNB stand-in counts what it got with another QFI than the session's."""
    lab = two_tenants
    lab.kill("gnb-acme")
    said = (lab.folder / "gnb-acme.log").read_text().strip().splitlines()[-1]
    counts = json.loads(said)
    lab.start_gnb("acme")
    assert counts["downlink_packets"] > 10
    assert {k: v for k, v in counts.items() if k not in ("uplink_packets", "downlink_packets", "unknown_source",
                                                         "echo_requests")} == {
        "unknown_teid": 0, "malformed": 0, "wrong_destination": 0, "wrong_qfi": 0}


def test_counters_balance_exactly(two_tenants):
    for tenant in TENANTS:
        wait_until(lambda t=tenant: two_tenants.counters(t)["balance"] == 0, 3, f"{tenant}'s counters to balance")
        c = two_tenants.counters(tenant)
        assert c["uplink_packets"] > 100 and c["downlink_packets"] > 100
        assert c["received_packets"] + c["originated_packets"] == \
            c["sent_packets"] + c["consumed_packets"] + c["held_packets"] + c["dropped_packets"]


def test_our_own_addresses_answer_ping(two_tenants):
    text = two_tenants.exec("bravo-gnb", "ping", "-c", "3", "-i", "0.05", PLAN["n3"].split("/")[0]).stdout
    assert " 3 received" in text
    text = two_tenants.exec("bravo-dn", "ping", "-c", "3", "-i", "0.05", PLAN["n6"].split("/")[0]).stdout
    assert " 3 received" in text


def test_one_suspended_the_other_goes_on(two_tenants):
    lab = two_tenants
    before = lab.counters("acme")["dropped_packets"]
    lab.demarc("tenant", "suspend", "acme")
    answers = both(lab, "ue", "ping", "-c", "5", "-i", "0.1", "-W", "1", PLAN["server"])
    lab.demarc("tenant", "resume", "acme")
    assert " 0 received" in answers["acme"][0] and " 5 received" in answers["bravo"][0]
    assert lab.counters("acme")["dropped_packets"] - before >= 5
    reasons = {i["reason"]: i["packets"] for i in lab.json("show", "drops", "--tenant", "acme")["items"]}
    assert reasons["tenant_suspended"] >= 5
    text = lab.exec("acme-ue", "ping", "-c", "3", "-i", "0.1", PLAN["server"]).stdout
    assert " 3 received" in text


def test_trace_tells_the_way_of_a_packet(two_tenants):
    lab = two_tenants
    traced = popen(lab, "sw", str(lab.build / "controlplane/shell/demarc"), "--socket", str(lab.socket), "trace", "acme",
                   "--packets", "6", "--wait", "30", "--json")
    pings = popen(lab, "acme-ue", "ping", "-i", "0.1", PLAN["server"])  # for as long as the trace takes to begin and to end
    text = traced.communicate(timeout=60)[0]
    pings.terminate()
    pings.communicate(timeout=20)
    packets = [json.loads(line) for line in text.splitlines() if line.strip()]
    assert len(packets) == 6, text
    ways = [[s["stage"] for s in p["steps"]] for p in packets]
    up = next(n for n, way in enumerate(ways) if "gtpu_input" in way)  # not the first one perhaps: ARP has its time
    assert ways[up][:2] == ["ethernet_input", "vlan_demux"] and "neighbor_output" in ways[up]
    assert packets[up].get("drop") in (None, "")
