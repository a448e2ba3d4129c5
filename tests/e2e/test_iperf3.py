"""iperf3 through tunnels whose two sides both have an MTU of 1500, so that full packets do not fit the tunnel: once the
outer packets are fragmented, once TCP is told to send less (RFC 6691). Nothing stalls: bytes move in every interval."""
import json

import pytest

from testbed.lab import PLAN, PLAN6, Lab
from tests.e2e.test_ipv6 import WAYS

FAMILIES = {"IPv4": WAYS["v4 in v4"], "IPv6": WAYS["v6 in v4"]}
SECONDS = 2


@pytest.fixture(scope="module")
def lab():
    lab = Lab("ip3")
    lab.down()
    lab = Lab("ip3")
    try:
        lab.up(("acme",), ipv6=True)
        lab.ip("acme-ue", "link", "set", "ue0", "mtu", "1500")
        lab.demarc("attachment", "set", "ran", "--tenant", "acme", "--fragment-ipv4", "yes")
        lab.wait_synced()
        yield lab
    finally:
        lab.down()


def mss(lab, value):
    lab.demarc("vrf", "set", "internet", "--tenant", "acme", "--tcp-mss", value)
    lab.wait_synced()


def may_fragment(lab, yes):
    """Does the server let routers cut its IPv4 packets: are they sent without DF?"""
    lab.exec("acme-dn", "sh", "-c", f"echo {int(yes)} > /proc/sys/net/ipv4/ip_no_pmtu_disc")
    lab.ip("acme-dn", "-6", "route", "flush", "cache")  # what it was told before of how much fits


def learn_path_mtu(lab):
    """Lets the server's host hear of the path's MTU before iperf3 sends. An IPv6 host cuts datagrams itself, once it knows;
    but the socket whose packet was too big has EMSGSIZE for its next write (udpv6_err of Linux), at which iperf3 ends."""
    lab.exec("acme-dn", "ping", "-6", "-c", "1", "-W", "1", "-s", "1452", FAMILIES["IPv6"][0], check=False)


def expect_cut(lab, family, reverse, before):
    """Uplink, the gNB cuts its outer packets. Downlink, demarc cuts; or, of IPv6, it says how much fits."""
    if not reverse:
        assert grown(lab, "datagrams_reassembled", before) > 100
    elif family == "IPv4":
        assert grown(lab, "ipv4_fragments_made", before) > 100
    else:
        assert grown(lab, "icmpv6_errors_sent", before) >= 1


def run_iperf3(lab, family, *words):
    source, server = FAMILIES[family]
    lab.spawn("iperf", "acme-dn", "iperf3", "-s", "-1", "-B", server, "--forceflush", ready="listening")
    try:
        done = lab.exec("acme-ue", "iperf3", "-J", "-i", "0.5", "-t", str(SECONDS), "-B", source, "-c", server, *words,
                        check=False)
    finally:
        lab.kill("iperf")
    answer = json.loads(done.stdout)
    assert "error" not in answer, answer["error"]
    return answer


def expect_no_stall(answer):
    intervals = [i["sum"]["bytes"] for i in answer["intervals"] if i["sum"]["seconds"] > 0.25]
    assert len(intervals) >= SECONDS and min(intervals) > 0, intervals
    received = answer["end"].get("sum_received") or answer["end"]["sum"]
    assert received["bytes"] > 500_000, received


def grown(lab, name, before):
    return lab.counters("acme")[name] - before[name]


@pytest.mark.parametrize("reverse", (False, True), ids=("uplink", "downlink"))
@pytest.mark.parametrize("family", FAMILIES)
def test_tcp_with_mss_clamping(lab, family, reverse):
    mss(lab, "1360")
    before = lab.counters("acme")
    expect_no_stall(run_iperf3(lab, family, *(("-R",) if reverse else ())))
    assert grown(lab, "tcp_mss_clamped", before) >= 2, "SYN and SYN/ACK of two connections"
    assert grown(lab, "ipv4_fragments_made", before) == 0, "then nothing needs to be cut"
    assert grown(lab, "datagrams_reassembled", before) == 0


@pytest.mark.parametrize("reverse", (False, True), ids=("uplink", "downlink"))
@pytest.mark.parametrize("family", FAMILIES)
def test_tcp_with_fragmentation(lab, family, reverse):
    may_fragment(lab, True)
    mss(lab, "0")
    before = lab.counters("acme")
    expect_no_stall(run_iperf3(lab, family, *(("-R",) if reverse else ())))
    expect_cut(lab, family, reverse, before)


@pytest.mark.parametrize("reverse", (False, True), ids=("uplink", "downlink"))
@pytest.mark.parametrize("family", FAMILIES)
def test_udp_with_fragmentation(lab, family, reverse):
    # 1,500 bytes of packet, so that with a tunnel's headers it needs two.
    payload = 1500 - (48 if family == "IPv6" else 28)
    may_fragment(lab, True)
    before = lab.counters("acme")
    if family == "IPv6" and reverse:
        learn_path_mtu(lab)
    expect_no_stall(run_iperf3(lab, family, "-u", "-b", "5M", "-l", str(payload), *(("-R",) if reverse else ())))
    expect_cut(lab, family, reverse, before)


def test_the_books_balance(lab):
    for _ in range(20):
        c = lab.counters("acme")
        if c["held_packets"] == 0:
            break
    assert c["received_packets"] + c["originated_packets"] == \
        c["sent_packets"] + c["consumed_packets"] + c["held_packets"] + c["dropped_packets"]
