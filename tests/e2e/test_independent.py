"""A round trip through an implementation that is not ours: scapy builds each GTP-U message that demarc takes, and reads
each that it sends, over IPv4 and IPv6, straight at the ports of the running data plane."""
import socket
import time

import pytest
from scapy.contrib.gtp import (GTP_U_Header, GTP_UDPPort_ExtensionHeader, GTPEchoRequest, GTPEchoResponse,
                               GTPPDUSessionContainer, IE_GSNAddress, IE_Recovery, IE_TEIDI)
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_NA, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from testbed.end import End, host, our_mac
from testbed.lab import PLAN, PLAN6

ACCESS, CORE = 101, 102
GNB_MAC, ROUTER_MAC = "02:9b:00:00:00:07", "02:c0:00:00:00:07"
SERVER = PLAN["server"]


@pytest.fixture(scope="module")
def ends(bare_lab):
    lab = bare_lab
    lab.state["tenants"]["acme"] = {"access_vlan": ACCESS, "core_vlan": CORE}
    lab.provision_ipv6("acme")
    lab.wait_synced()
    gnb = End(lab, "access", ACCESS, GNB_MAC, [host(PLAN["gnb"]), host(PLAN6["gnb"])])
    router = End(lab, "core", CORE, ROUTER_MAC, [host(PLAN["router"]), host(PLAN6["router"])])
    gnb.ours = our_mac(gnb, host(PLAN["n3"]))
    router.ours = our_mac(router, host(PLAN["n6"]))
    yield lab, gnb, router
    gnb.wire.close()
    router.wire.close()


# The outer family: our address, the gNB's, and the session whose tunnel goes over it.
OUTER = {
    "IPv4": (lambda: IP(src=host(PLAN["gnb"]), dst=host(PLAN["n3"]), id=1), PLAN, PLAN["ue"]),
    "IPv6": (lambda: IPv6(src=host(PLAN6["gnb"]), dst=host(PLAN6["n3"])), PLAN6, PLAN6["second_ue_ipv4"]),
}


def to_us(family, message, port=2152):
    return OUTER[family][0]() / UDP(sport=port, dport=2152) / message


def gtp(frame, kind):
    """What scapy reads of a GTP-U message of that type; its own checksums agree with those of the frame."""
    if UDP not in frame or GTP_U_Header not in frame or frame[GTP_U_Header].gtp_type != kind:
        return None
    return frame[GTP_U_Header]


def read(frame, kind):
    message = gtp(frame, kind)
    assert message is not None
    network = frame[IP] if IP in frame else frame[IPv6]
    again = network.__class__(bytes(network))
    if again[UDP].chksum != 0:
        sum_of_theirs = again[UDP].chksum
        del again[UDP].chksum
        assert network.__class__(bytes(again))[UDP].chksum == sum_of_theirs
    assert message.length == len(bytes(message)) - 8
    return message


both_families = pytest.mark.parametrize("family", OUTER)


def test_our_addresses_are_announced(ends):
    """A gratuitous ARP and an unsolicited Neighbor Advertisement, for an endpoint that comes to the link."""
    lab, gnb, _ = ends
    lab.demarc("endpoint", "add", "second", "--tenant", "acme", "--vrf", "n3", "--address", "10.1.0.77", "--ipv6",
               "2001:db8:1::77")
    seen = set()
    end = time.monotonic() + 5
    while len(seen) < 2 and time.monotonic() < end:
        got = gnb.wire.receive(0.5)
        if got is None or got[0] != ACCESS:
            continue
        frame = Ether(got[1])
        if ARP in frame and frame[ARP].psrc == frame[ARP].pdst == "10.1.0.77" and frame.dst == "ff:ff:ff:ff:ff:ff":
            seen.add(frame[ARP].hwsrc)
        if ICMPv6ND_NA in frame and frame[ICMPv6ND_NA].tgt == "2001:db8:1::77" and frame.dst == "33:33:00:00:00:01":
            assert (frame[ICMPv6ND_NA].S, frame[ICMPv6ND_NA].O, frame[IPv6].hlim) == (0, 1, 255)
            seen.add("by IPv6 " + frame[ICMPv6ND_NA].payload.lladdr)
    assert seen == {gnb.ours, "by IPv6 " + gnb.ours}


@both_families
def test_echo(ends, family):
    _, gnb, _ = ends
    gnb.send(to_us(family, GTP_U_Header(teid=0, gtp_type=1, S=1, seq=0x1234) / GTPEchoRequest(), 40000), gnb.ours)
    frame = gnb.expect("Echo Response", lambda f: gtp(f, 2))
    message = read(frame, 2)
    assert (message.teid, message.S, message.seq) == (0, 1, 0x1234) and frame[UDP].dport == 40000
    assert [type(ie) for ie in message[GTPEchoResponse].IE_list] == [IE_Recovery]


@both_families
@pytest.mark.parametrize("qfi", (None, 9), ids=("plain", "PSC"))
def test_g_pdu_uplink(ends, family, qfi):
    _, gnb, router = ends
    _, plan, ue = OUTER[family]
    inner = IP(src=ue, dst=SERVER) / UDP(sport=4000, dport=5000) / Raw(b"uplink")
    message = GTP_U_Header(teid=plan["uplink_teid"], gtp_type=255)
    if qfi is not None:
        message = GTP_U_Header(teid=plan["uplink_teid"], gtp_type=255, E=1, next_ex=0x85) / \
            GTPPDUSessionContainer(type=1, QFI=qfi)
    gnb.send(to_us(family, message / inner), gnb.ours)
    frame = router.expect("packet of the phone", lambda f: IP in f and UDP in f and f[UDP].dport == 5000)
    assert (frame[IP].src, frame[IP].dst, frame[IP].ttl) == (ue, SERVER, 63)
    assert bytes(frame[UDP].payload)[:6] == b"uplink"


@both_families
def test_g_pdu_downlink(ends, family):
    _, gnb, router = ends
    _, plan, ue = OUTER[family]
    router.send(IP(src=SERVER, dst=ue) / UDP(sport=5000, dport=4000) / Raw(b"downlink"), router.ours)
    frame = gnb.expect("G-PDU", lambda f: gtp(f, 255))
    message = read(frame, 255)
    assert message.teid == plan["downlink_teid"] and message.next_ex == 0x85
    container = message[GTPPDUSessionContainer]
    assert (container.type, container.QFI) == (0, PLAN["qfi"])
    inner = message[IP]
    assert (inner.src, inner.dst, inner.ttl) == (SERVER, ue, 63) and bytes(inner[UDP].payload) == b"downlink"


@both_families
def test_error_indication_sent(ends, family):
    _, gnb, _ = ends
    inner = IP(src=PLAN["ue"], dst=SERVER) / UDP(sport=1, dport=2)
    gnb.send(to_us(family, GTP_U_Header(teid=0xdeadbeef, gtp_type=255) / inner, 40001), gnb.ours)
    frame = gnb.expect("Error Indication", lambda f: gtp(f, 26))
    message = read(frame, 26)
    assert message.teid == 0 and frame[UDP].dport == 2152
    assert message[GTP_UDPPort_ExtensionHeader].udp_port == 40001
    # scapy's own list of elements knows the IPv4 form of the address; the rest is compared as bytes.
    address = socket.inet_pton(socket.AF_INET, host(PLAN["n3"])) if family == "IPv4" else \
        socket.inet_pton(socket.AF_INET6, host(PLAN6["n3"]))
    assert bytes(message).endswith(bytes.fromhex("10deadbeef85") + len(address).to_bytes(2, "big") + address)


@both_families
def test_error_indication_received(ends, family):
    lab, gnb, _ = ends
    before = lab.counters("acme")
    peer = IE_GSNAddress(length=4, ipv4_address=host(PLAN["gnb"])) if family == "IPv4" else \
        IE_GSNAddress(length=16, ipv6_address=host(PLAN6["gnb"]))
    body = bytes(IE_TEIDI(TEIDI=OUTER[family][1]["downlink_teid"])) + bytes(peer)
    gnb.send(to_us(family, GTP_U_Header(teid=0, gtp_type=26, S=1, seq=0) / Raw(body)), gnb.ours)
    counted(lab, "gtpu_error_indications_received", before)


@both_families
def test_extension_headers_notification(ends, family):
    lab, gnb, _ = ends
    before = lab.counters("acme")
    unknown = GTP_U_Header(teid=OUTER[family][1]["uplink_teid"], gtp_type=255, E=1, next_ex=0xc1) / Raw(b"\x01\0\0\0")
    gnb.send(to_us(family, unknown), gnb.ours)
    frame = gnb.expect("Supported Extension Headers Notification", lambda f: gtp(f, 31))
    message = read(frame, 31)
    assert message.teid == 0 and bytes(message).endswith(b"\x8d\x02\x40\x85")
    gnb.send(to_us(family, GTP_U_Header(teid=0, gtp_type=31, S=1, seq=0) / Raw(b"\x8d\x02\x40\x85")), gnb.ours)
    counted(lab, "gtpu_extension_notifications_received", before)


@both_families
def test_end_marker(ends, family):
    lab, gnb, _ = ends
    before = lab.counters("acme")
    gnb.send(to_us(family, GTP_U_Header(teid=OUTER[family][1]["uplink_teid"], gtp_type=254)), gnb.ours)
    counted(lab, "gtpu_end_markers_received", before)


@both_families
def test_echo_response_received(ends, family):
    lab, gnb, _ = ends
    before = lab.counters("acme")
    answer = GTP_U_Header(teid=0, gtp_type=2, S=1, seq=7) / GTPEchoResponse(IE_list=[IE_Recovery(restart_counter=0)])
    gnb.send(to_us(family, answer), gnb.ours)
    counted(lab, "gtpu_echo_responses_received", before)


def counted(lab, counter, before):
    """It was taken as what it is: it counts as that, is consumed, and nothing is dropped."""
    end = time.monotonic() + 5
    while lab.counters("acme")[counter] == before[counter]:
        assert time.monotonic() < end, f"{counter} does not grow"
        time.sleep(0.05)
    assert lab.counters("acme")["consumed_packets"] > before["consumed_packets"]
