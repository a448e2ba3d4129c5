"""The first test that anyone runs: two tenants, the same addresses everywhere, real programs of an unmodified Linux."""
import json
import subprocess
import sys
import time

from testbed.lab import PLAN, wait_until

TENANTS = ("acme", "bravo")


def popen(lab, part, *words):
    return subprocess.Popen(["ip", "netns", "exec", lab.ns(part), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True)


def both(lab, part, *words):
    started = {t: popen(lab, f"{t}-{part}", *words) for t in TENANTS}
    return {t: (p.communicate(timeout=60)[0], p.returncode) for t, p in started.items()}


def test_both_ping_the_same_address_at_once(two_tenants):
    for tenant, (text, status) in both(two_tenants, "ue", "ping", "-c", "10", "-i", "0.05", PLAN["server"]).items():
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
    for words in (("-t", "2"), ("-t", "2", "-R"), ("-u", "-b", "10M", "-l", "1200", "-t", "2")):
        for tenant, (text, _) in both(lab, "ue", "iperf3", "-J", "-c", PLAN["server"], *words).items():
            answer = json.loads(text)
            assert "error" not in answer, f"{tenant} {words}: {answer['error']}"
            moved = answer["end"].get("sum_received") or answer["end"]["sum"]
            assert moved["bytes"] > 500_000, f"{tenant} {words}: {moved}"


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
                   "--packets", "2", "--wait", "10", "--json")
    time.sleep(0.5)
    lab.exec("acme-ue", "ping", "-c", "2", "-i", "0.2", PLAN["server"])
    text = traced.communicate(timeout=20)[0]
    packets = [json.loads(line) for line in text.splitlines() if line.strip()]
    assert len(packets) == 2, text
    names = [s["stage"] for s in packets[0]["steps"]]
    assert names[:2] == ["ethernet_input", "vlan_demux"] and "gtpu_input" in names and "neighbor_output" in names
    assert packets[0].get("drop") in (None, "")
