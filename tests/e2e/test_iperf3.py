"""iperf3 through tunnels whose two sides both have an MTU of 1500, so that full packets do not fit the tunnel: once the
outer packets are fragmented, once TCP is told to send less (RFC 6691). Nothing stalls: all that is to be moved comes, and
TCP repeats little."""
import json

import pytest

from testbed.lab import PLAN, PLAN6, Lab, wait_until
from tests.e2e import iperf
from tests.e2e.test_ipv6 import WAYS

FAMILIES = {"IPv4": WAYS["v4 in v4"], "IPv6": WAYS["v6 in v4"]}


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


def expect_cut(lab, family, reverse, before, packets):
    """Uplink, the gNB cuts its outer packets. Downlink, demarc cuts; or, of IPv6, it says how much fits. `packets`: so many
    that need to be cut, at the least, have come."""
    if not reverse:
        assert grown(lab, "datagrams_reassembled", before) >= packets
    elif family == "IPv4":
        assert grown(lab, "ipv4_fragments_made", before) >= 2 * packets
    else:
        assert grown(lab, "icmpv6_errors_sent", before) >= 1


def run_iperf3(lab, family, *words):
    source, server = FAMILIES[family]
    lab.spawn("iperf", "acme-dn", "iperf3", "-s", "-1", "-B", server, "--forceflush", ready="listening")
    try:
        done = lab.exec("acme-ue", "iperf3", "-J", "-B", source, "-c", server, *words, check=False,
                        timeout=iperf.LIMIT_S)
    finally:
        lab.kill("iperf")
    return iperf.expect(json.loads(done.stdout), words, f"{family} {words}")


def grown(lab, name, before):
    return lab.counters("acme")[name] - before[name]


@pytest.mark.parametrize("reverse", (False, True), ids=("uplink", "downlink"))
@pytest.mark.parametrize("family", FAMILIES)
def test_tcp_with_mss_clamping(lab, family, reverse):
    mss(lab, "1360")
    before = lab.counters("acme")
    run_iperf3(lab, family, *iperf.TCP, *(("-R",) if reverse else ()))
    assert grown(lab, "tcp_mss_clamped", before) >= 2, "SYN and SYN/ACK of two connections"
    assert grown(lab, "ipv4_fragments_made", before) == 0, "then nothing needs to be cut"
    assert grown(lab, "datagrams_reassembled", before) == 0


@pytest.mark.parametrize("reverse", (False, True), ids=("uplink", "downlink"))
@pytest.mark.parametrize("family", FAMILIES)
def test_tcp_with_fragmentation(lab, family, reverse):
    may_fragment(lab, True)
    mss(lab, "0")
    before = lab.counters("acme")
    run_iperf3(lab, family, *iperf.TCP, *(("-R",) if reverse else ()))
    # Segments are full but for the last of a write or of a window: at least every second one.
    expect_cut(lab, family, reverse, before, iperf.TCP_BYTES // 1500 // 2)


@pytest.mark.parametrize("reverse", (False, True), ids=("uplink", "downlink"))
@pytest.mark.parametrize("family", FAMILIES)
def test_udp_with_fragmentation(lab, family, reverse):
    # 1,500 bytes of packet, so that with a tunnel's headers it needs two.
    payload = 1500 - (48 if family == "IPv6" else 28)
    may_fragment(lab, True)
    before = lab.counters("acme")
    if family == "IPv6" and reverse:
        learn_path_mtu(lab)
    came = run_iperf3(lab, family, *iperf.udp(payload), *(("-R",) if reverse else ()))
    expect_cut(lab, family, reverse, before, came)


def test_the_books_balance(lab):
    wait_until(lambda: lab.counters("acme")["held_packets"] == 0, 40, "fragments whose others got lost to be given up")
    c = lab.counters("acme")
    assert c["received_packets"] + c["originated_packets"] == \
        c["sent_packets"] + c["consumed_packets"] + c["held_packets"] + c["dropped_packets"]
