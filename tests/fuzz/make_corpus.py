#!/usr/bin/python3
"""Writes the first inputs of the fuzz targets, with scapy as an independent writer: tests/fuzz/make_corpus.py.

Run it again after adding a protocol; inputs that fuzzing found lie beside these and are not touched.
"""
import json
import pathlib
import struct
import subprocess
import tempfile

from scapy.all import (ARP, IPOption_EOL, IPOption_NOP, Dot1Q, Ether, ICMP, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_RS,
                       ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, IP, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                       IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, Raw, TCP, UDP, raw)
from scapy.contrib.gtp import GTP_U_Header, GTPEchoRequest, GTPEchoResponse, GTPPDUSessionContainer

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests/fuzz/corpus"
# As tests/dataplane/stages/world.h has them.
US, GNB, ROUTER = ["02:de:00:00:00:00", "02:de:00:00:00:01"], "02:9b:00:00:00:01", "02:c0:00:00:00:01"
GNB_IP, OUR_ACCESS, OUR_CORE, UE, SERVER = "10.1.0.2", "10.1.0.1", "10.2.0.1", "10.45.0.2", "198.51.100.1"
TEID = 0x64
# As tests/dataplane/stages/ipv6_frames.h has them.
GNB_IP6, OUR_ACCESS6, OUR_CORE6, ROUTER_IP6 = "2001:db8:1::2", "2001:db8:1::1", "2001:db8:2::1", "2001:db8:2::fe"
UE6, SERVER6, UE_LINK_LOCAL, TEID6 = "2001:db8:45::7", "2001:db8:ffff::1", "fe80::5", 0x1064


def write(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(bytes(data))


def inner_packets():
    yield "udp", IP(src=UE, dst=SERVER) / UDP(sport=5000, dport=5001) / b"hello"
    yield "tcp", IP(src=UE, dst=SERVER) / TCP(sport=5000, dport=80, flags="S", options=[("MSS", 1460)])
    yield "icmp", IP(src=UE, dst=SERVER) / ICMP(id=1, seq=1) / b"ping"
    yield "fragment", IP(src=UE, dst=SERVER, flags="MF", frag=0) / UDP(sport=1, dport=2, len=100) / (b"x" * 24)
    yield "later_fragment", IP(src=UE, dst=SERVER, frag=3, proto=17) / (b"y" * 24)
    yield "options", IP(src=UE, dst=SERVER, options=[IPOption_NOP(), IPOption_EOL()]) / UDP(sport=1, dport=2)
    yield "spoofed", IP(src="10.45.9.9", dst=SERVER) / UDP(sport=1, dport=2)
    yield "gtpu_in_gtpu", IP(src=UE, dst=OUR_ACCESS) / UDP(sport=2152, dport=2152) / GTP_U_Header(teid=TEID)
    yield "v6", IPv6(src="2001:db8:45::2", dst="2001:db8::1") / UDP(sport=1, dport=2)


def gtpu_messages():
    for name, inner in inner_packets():
        yield f"gpdu_{name}", GTP_U_Header(teid=TEID, gtp_type=255) / inner
        yield f"gpdu_qfi_{name}", (GTP_U_Header(teid=TEID, gtp_type=255, E=1, next_ex=0x85) /
                                   GTPPDUSessionContainer(type=1, QFI=9) / inner)
    yield "gpdu_sequence", GTP_U_Header(teid=TEID, gtp_type=255, S=1, seq=7) / next(inner_packets())[1]
    yield "unknown_teid", GTP_U_Header(teid=0xdead, gtp_type=255) / next(inner_packets())[1]
    yield "teid_zero", GTP_U_Header(teid=0, gtp_type=255) / next(inner_packets())[1]
    yield "echo_request", GTP_U_Header(teid=0, gtp_type=1, S=1, seq=5) / GTPEchoRequest()
    yield "echo_response", GTP_U_Header(teid=0, gtp_type=2, S=1, seq=5) / GTPEchoResponse()
    yield "end_marker", GTP_U_Header(teid=TEID, gtp_type=254)
    yield "error_indication", Raw(bytes.fromhex("321a0010000000000000000010000000a0850004") + bytes([10, 1, 0, 2]))
    yield "extension_length_zero", Raw(bytes.fromhex("36ff003400000001000000ff00"))
    yield "extensions_without_end", Raw(bytes([0x34, 255, 0, 4 + 64]) + struct.pack("!I", TEID) + b"\0\0\0\x20" +
                                        b"\x01\0\0\x20" * 16)
    yield "supported_extension_headers", Raw(bytes.fromhex("321f0007000000000001000085") + b"\x8d\x02\x85\xc0")


def frames():
    vlans = {0: [100, 200, 400], 1: [101, 201, 401]}

    def tagged(port, vlan, source, payload):
        ether = Ether(dst=US[port], src=source)
        return ether / Dot1Q(vlan=vlan) / payload if vlan else ether / payload

    for name, message in gtpu_messages():
        packet = IP(src=GNB_IP, dst=OUR_ACCESS) / UDP(sport=2152, dport=2152) / message
        for vlan in (100, 200, 0):
            yield f"up_{name}_{vlan}", 0, tagged(0, vlan, GNB, packet)
    down = IP(src=SERVER, dst=UE) / UDP(sport=5001, dport=5000) / b"hello"
    for vlan in (101, 201, 401, 0):
        yield f"down_{vlan}", 1, tagged(1, vlan, ROUTER, down)
    yield "down_ttl_1", 1, tagged(1, 101, ROUTER, IP(src=SERVER, dst=UE, ttl=1) / UDP())
    yield "ping_us", 1, tagged(1, 101, ROUTER, IP(src="10.2.0.254", dst=OUR_CORE) / ICMP(id=1, seq=1) / b"abc")
    yield "arp_request", 0, tagged(0, 100, GNB, ARP(op=1, hwsrc=GNB, psrc=GNB_IP, pdst=OUR_ACCESS))
    yield "arp_reply", 0, tagged(0, 200, GNB, ARP(op=2, hwsrc=GNB, psrc="10.1.0.9", hwdst=US[0], pdst=OUR_ACCESS))
    yield "double_tag", 0, Ether(dst=US[0], src=GNB) / Dot1Q(vlan=100) / Dot1Q(vlan=200) / down
    yield "priority_tag", 0, Ether(dst=US[0], src=GNB) / Dot1Q(vlan=0, prio=5) / down
    yield "vlan_4095", 0, Ether(dst=US[0], src=GNB) / Dot1Q(vlan=4095) / down
    yield "runt", 0, Raw(bytes.fromhex("02de00000000029b"))
    yield "nd", 1, tagged(1, 101, ROUTER, IPv6(src="fe80::1", dst="ff02::1:ff00:1") / ICMPv6ND_NS(tgt="fe80::2"))


def pieces():
    """Outer fragments, packets that are too large for their way, and options of TCP: what waits, is cut or is changed."""
    def tagged(port, vlan, source, payload):
        return Ether(dst=US[port], src=source) / Dot1Q(vlan=vlan) / payload

    inner = IP(src=UE, dst=SERVER) / UDP(sport=5000, dport=5001) / (b"z" * 600)
    message = UDP(sport=2152, dport=2152) / GTP_U_Header(teid=TEID, gtp_type=255) / inner
    whole = raw(IP(src=GNB_IP, dst=OUR_ACCESS, id=77) / message)[20:]
    for name, first, last in (("first", 0, 320), ("last", 320, len(whole)), ("middle", 160, 320)):
        more = "MF" if last != len(whole) else 0
        yield f"outer4_{name}", 0, tagged(0, 100, GNB, IP(src=GNB_IP, dst=OUR_ACCESS, id=77, flags=more, frag=first // 8, proto=17) /
                                          whole[first:last])
        yield f"outer6_{name}", 0, tagged(0, 100, GNB, IPv6(src=GNB_IP6, dst=OUR_ACCESS6) /
                                          IPv6ExtHdrFragment(offset=first // 8, m=int(more != 0), id=77, nh=17) / whole[first:last])
    full = b"f" * (1500 - 28)
    yield "down_full", 1, tagged(1, 101, ROUTER, IP(src=SERVER, dst=UE) / UDP() / full)
    yield "down_full_df", 1, tagged(1, 101, ROUTER, IP(src=SERVER, dst=UE, flags="DF") / UDP() / full)
    yield "down6_full", 1, tagged(1, 101, ROUTER, IPv6(src=SERVER6, dst=UE6) / UDP() / full[:1452])
    syn = TCP(sport=80, dport=5000, flags="SA", options=[("NOP", None), ("MSS", 8960), ("WScale", 7)])
    yield "down_syn", 1, tagged(1, 201, ROUTER, IP(src=SERVER, dst=UE) / syn)
    yield "ue_to_ue", 0, tagged(0, 100, GNB, IP(src=GNB_IP, dst=OUR_ACCESS) / UDP(sport=2152, dport=2152) /
                                GTP_U_Header(teid=TEID, gtp_type=255) / IP(src=UE, dst="10.45.0.3") / UDP() / b"to a neighbour")
    yield "rqi_and_ppi", 0, tagged(0, 100, GNB, IP(src=GNB_IP, dst=OUR_ACCESS) / UDP(sport=2152, dport=2152) / Raw(
        bytes.fromhex("34ff002000000064000000850200c9e000000000") + raw(IP(src=UE, dst=SERVER) / UDP(sport=1, dport=2))))


def inner_packets6():
    head = IPv6(src=UE6, dst=SERVER6)
    yield "udp", head / UDP(sport=5000, dport=5001) / b"hello"
    yield "tcp", head / TCP(sport=5000, dport=80, flags="S")
    yield "echo", head / ICMPv6EchoRequest(data=b"ping")
    yield "chain", head / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / UDP(sport=1, dport=2)
    yield "fragment", head / IPv6ExtHdrFragment(offset=0, m=1, id=7) / UDP(sport=1, dport=2, len=100) / (b"x" * 24)
    yield "routing", head / IPv6ExtHdrRouting(addresses=["2001:db8::3"]) / UDP(sport=1, dport=2)
    yield "spoofed", IPv6(src="2001:db8:46::7", dst=SERVER6) / UDP(sport=1, dport=2)
    yield "gtpu_in_gtpu", head / UDP(sport=2152, dport=2152) / GTP_U_Header(teid=TEID6)
    yield "solicit", IPv6(src=UE_LINK_LOCAL, dst="ff02::2", hlim=255) / ICMPv6ND_RS()
    yield "neighbor", IPv6(src=UE_LINK_LOCAL, dst="ff02::1:ff00:1", hlim=255) / ICMPv6ND_NS(tgt="fe80::1")


def frames6():
    def tagged(port, vlan, source, payload, to=None):
        ether = Ether(dst=to or US[port], src=source)
        return ether / Dot1Q(vlan=vlan) / payload if vlan else ether / payload

    udp = UDP(sport=2152, dport=2152)
    outers = {"over4": (IP(src=GNB_IP, dst=OUR_ACCESS) / udp),
              "over6": (IPv6(src=GNB_IP6, dst=OUR_ACCESS6) / udp),
              "over6_unsummed": (IPv6(src=GNB_IP6, dst=OUR_ACCESS6) / UDP(sport=2152, dport=2152, chksum=0)),
              "over6_options": (IPv6(src=GNB_IP6, dst=OUR_ACCESS6) / IPv6ExtHdrDestOpt() / udp)}
    for outer_name, outer in outers.items():
        for name, inner in inner_packets6():
            yield (f"up6_{outer_name}_{name}", 0,
                   tagged(0, 100, GNB, outer / GTP_U_Header(teid=TEID6, gtp_type=255) / inner))
    yield "up6_ipv4_inside", 0, tagged(0, 200, GNB, outers["over6"] / GTP_U_Header(teid=TEID, gtp_type=255) /
                                       next(inner_packets())[1])
    yield "up6_echo", 0, tagged(0, 0, GNB, outers["over6"] / GTP_U_Header(teid=0, gtp_type=1, S=1, seq=5) /
                                GTPEchoRequest())
    down = IPv6(src=SERVER6, dst=UE6) / UDP(sport=5001, dport=5000) / b"hello"
    for vlan in (101, 201, 401, 0):
        yield f"down6_{vlan}", 1, tagged(1, vlan, ROUTER, down)
    yield "down6_over6", 1, tagged(1, 101, ROUTER, IPv6(src=SERVER6, dst="2001:db8:45:1::7") / UDP() / b"hello")
    yield "ping6_us", 1, tagged(1, 101, ROUTER, IPv6(src=ROUTER_IP6, dst=OUR_CORE6) / ICMPv6EchoRequest(data=b"abc"))
    solicit = ICMPv6ND_NS(tgt=OUR_ACCESS6) / ICMPv6NDOptSrcLLAddr(lladdr=GNB)
    group = "33:33:ff:00:00:01"
    yield "ns_for_us", 0, tagged(0, 100, GNB, IPv6(src=GNB_IP6, dst="ff02::1:ff00:1", hlim=255) / solicit, group)
    yield "dad_for_ours", 0, tagged(0, 100, GNB, IPv6(src="::", dst="ff02::1:ff00:1", hlim=255) /
                                    ICMPv6ND_NS(tgt=OUR_ACCESS6), group)
    yield "na_solicited", 0, tagged(0, 100, GNB, IPv6(src=GNB_IP6, dst=OUR_ACCESS6, hlim=255) /
                                    ICMPv6ND_NA(tgt=GNB_IP6, R=0, S=1, O=1))


def ipv6_packets():
    end = UDP(sport=1, dport=2) / b"data"
    head = IPv6(src="2001:db8::1", dst="2001:db8::2")
    yield "plain", head / end
    yield "hop_by_hop", head / IPv6ExtHdrHopByHop() / end
    yield "routing", head / IPv6ExtHdrRouting(addresses=["2001:db8::3"]) / end
    yield "fragment", head / IPv6ExtHdrFragment(offset=0, m=1, id=7) / end
    yield "chain", head / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting() / IPv6ExtHdrFragment() / end
    yield "no_payload", IPv6(src="2001:db8::1", dst="2001:db8::2", plen=0, nh=59)


def nd_messages():
    link = ICMPv6NDOptSrcLLAddr(lladdr=GNB)
    for name, message in {"ns": ICMPv6ND_NS(tgt="2001:db8::1") / link, "na": ICMPv6ND_NA(tgt="2001:db8::1", R=1, S=1),
                          "rs": ICMPv6ND_RS() / link, "echo": ICMPv6EchoRequest(data=b"abc"),
                          "ra": ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo(prefix="2001:db8::", prefixlen=64)}.items():
        yield name, raw(IPv6(src="fe80::1", dst="ff02::1") / message)[40:]


# The kind's number in EntryKind, its table, a value.
ENTRIES = [
    (1, "TenantEntry", {"name": "acme"}),
    (2, "VrfEntry", {"name": "internet", "role": "core"}),
    (3, "AttachmentEntry", {"port": "access", "vlan": 100, "vrf": 1, "ipv4": 0x0a010001, "ipv4_prefix_length": 24}),
    (4, "GtpuEndpointEntry", {"vrf": 1, "ipv4": 0x0a010001}),
    (5, "RouteEntry", {"vrf": 2, "prefix": 0, "prefix_length": 0, "attachment": 2, "gateway": 0x0a0200fe}),
    (6, "SessionEntry", {
        "pdrs": [{"pdr_id": 1, "precedence": 100, "source_interface": "access", "vrf": 1, "gtpu_endpoint": 1,
                  "teid": 100, "outer_header_removal": True, "ue_ipv4": 0x0a2d0002, "far_id": 1, "qer_ids": [1]},
                 {"pdr_id": 2, "precedence": 100, "source_interface": "core", "vrf": 2, "ue_ipv4": 0x0a2d0002,
                  "far_id": 2, "qer_ids": [1]}],
        "fars": [{"far_id": 1, "apply_action": "forward", "destination_interface": "core", "vrf": 2},
                 {"far_id": 2, "apply_action": "forward", "destination_interface": "access", "vrf": 1,
                  "outer_header_creation": True, "gtpu_endpoint": 1, "teid": 160, "peer_ipv4": 0x0a010002}],
        "qers": [{"qer_id": 1, "qfi": 9}]}),
]
ENVELOPES = {
    "hello": ("Hello", {"version_min": 1, "version_max": 1, "version_text": "x", "workers": 1,
                        "ports": [{"name": "access", "mac": [2, 0, 0, 0, 0, 1]}], "capacity": {"sessions": 10}}),
    "transaction": ("Transaction", {"number": 1, "operations": [
        {"operation": "put", "tenant": 7, "kind": "tenant", "id": 7, "value": [1, 2, 3, 4]},
        {"operation": "remove", "tenant": 7, "kind": "route", "id": 9}]}),
    "entry_list": ("EntryList", {"request": 1, "tenant": 7, "entries": [{"id": 1, "digest": 2, "kind": "vrf"}]}),
    "counters": ("CountersReport", {"tenants": [{"tenant": 7, "counters": [1, 2], "drops": [3]}]}),
    "peers": ("PeerReport", {"request": 1, "peers": [{"tenant": 7, "gtpu_endpoint": 1, "ipv4": 1, "state": "up"}]}),
    "capture": ("CaptureReport", {"request": 1, "packets": [{"port": "access", "length": 4, "bytes": [1, 2, 3, 4]}]}),
    "usage": ("SessionUsage", {"request": 1, "found": True, "uplink_packets": 3, "drops": [0, 2]}),
    "trace": ("TraceReport", {"request": 1, "packets": [{"head": [1, 2], "steps": [{"stage": "a", "note": "b"}]}]}),
}


FLOW_DESCRIPTIONS = {
    "any": "permit out ip from any to assigned",
    "ports": "permit out 17 from 10.0.0.0/8 53,80-90 to assigned",
    "ipv6": "permit out tcp from !2001:db8::/32 443 to 2001:db8:1::7",
    "host_bits": "permit out udp from 10.0.0.1/8 to any",
    "wrong": "deny in 300 from nowhere 7-3 to !any",
}


def flatbuffer(schema, table, value):
    with tempfile.TemporaryDirectory() as folder:
        text = pathlib.Path(folder) / "value.json"
        text.write_text(json.dumps(value))
        subprocess.run(["flatc", "-b", "-I", ROOT, "-o", folder, "--root-type", f"demarc.schema.{table}",
                        ROOT / "common/schema" / schema, text], check=True)
        return (pathlib.Path(folder) / "value.bin").read_bytes()


def main():
    for kind, table, value in ENTRIES:
        write("entry", table, bytes([kind]) + flatbuffer("entries.fbs", table, value))
    for name, (message_type, message) in ENVELOPES.items():
        write("envelope", name, flatbuffer("channel.fbs", "Envelope", {
            "boot_id": 1, "epoch": 2, "message_type": message_type, "message": message}))
    for name, message in gtpu_messages():
        write("gtpu", name, b"\0" + raw(message))
    for name, port, frame in [*frames(), *frames6(), *pieces()]:
        write("frame", name, bytes([port, 0, 0]) + raw(frame))
    write("frame", "segments", bytes([2, 0, 0]) + raw(list(frames())[0][2]))
    untagged = raw(Ether(dst=US[1], src=ROUTER) / (IP(src=SERVER, dst=UE) / UDP(sport=1, dport=2) / b"hello"))
    write("frame", "tag_taken_off", bytes([5, 0, 101]) + untagged)
    for name, packet in inner_packets():
        if packet.version == 4:
            write("ipv4", name, b"\0" + raw(packet))
    for name, packet in ipv6_packets():
        write("ipv6", name, b"\0" + raw(packet))
    for name, message in nd_messages():
        write("nd", name, message)
    for name, text in FLOW_DESCRIPTIONS.items():
        write("flow_description", name, text.encode())
    write("ethernet", "tagged", raw(Ether(dst=US[0], src=GNB) / Dot1Q(vlan=100) / b"data"))
    write("ethernet", "untagged", raw(Ether(dst=US[0], src=GNB) / b"data"))
    write("arp", "request", raw(ARP(op=1, hwsrc=GNB, psrc=GNB_IP, pdst=OUR_ACCESS)))
    write("icmp", "echo", raw(ICMP(id=1, seq=1) / b"abc"))
    write("udp", "datagram", b"\0" + raw(UDP(sport=1, dport=2) / b"abc"))


if __name__ == "__main__":
    main()
