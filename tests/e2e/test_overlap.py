"""Twenty tenants, every address, TEID and port the same: each packet arrives at its own peer alone, and is counted there."""
import collections
import socket
import struct

import pytest
from scapy.all import IP, UDP, Raw
from scapy.contrib.gtp import GTP_U_Header, GTPPDUSessionContainer

from testbed.lab import wait_until
from testbed.wire import Station, Wire, mac_of, tagged

TENANTS = 20
PACKETS = 50
UE, SERVER, GNB, OURS_N3, OURS_N6, ROUTER = "10.45.0.7", "10.99.0.10", "10.1.0.2", "10.1.0.1", "10.2.0.1", "10.2.0.2"
UPLINK_TEID, DOWNLINK_TEID, QFI = 0x100, 0x200, 9


def vlans(i):
    return 100 + i, 200 + i


@pytest.fixture(scope="module")
def twenty(bare_lab):
    lab = bare_lab
    for i in range(TENANTS):
        name, (access, core) = f"t{i}", vlans(i)
        of = ("--tenant", name)
        lab.demarc("tenant", "add", name)
        lab.demarc("vrf", "add", "n3", *of, "--role", "access")
        lab.demarc("vrf", "add", "internet", *of, "--role", "core")
        lab.demarc("attachment", "add", "ran", *of, "--port", "access", "--vlan", access, "--vrf", "n3", "--address",
                   OURS_N3 + "/24")
        lab.demarc("attachment", "add", "inet", *of, "--port", "core", "--vlan", core, "--vrf", "internet", "--address",
                   OURS_N6 + "/24")
        lab.demarc("endpoint", "add", "upf", *of, "--vrf", "n3", "--address", OURS_N3)
        lab.demarc("pool", "add", "phones", *of, "--vrf", "internet", "--prefix", "10.45.0.0/16")
        lab.demarc("route", "add", "0.0.0.0/0", *of, "--vrf", "internet", "--via", ROUTER)
        lab.demarc("session", "add", *of, "--ue", UE, "--core-vrf", "internet", "--endpoint", "upf", "--teid", UPLINK_TEID,
                   "--peer", GNB, "--peer-teid", DOWNLINK_TEID, "--qfi", QFI)
    lab.wait_synced()
    yield lab


def exchange(wire, stations, frames, expected):
    """Sends the frames one by one and gathers what comes back on the other wire, answering ARP."""
    out, back = wire
    got = []
    for frame in frames:
        out.send(frame)
        for vlan, reply in iter(lambda: back.receive(0.0), None):
            if not stations[vlan].answer(reply):
                got.append((vlan, reply))
    while len(got) < expected:
        answer = back.receive(1.5)
        if answer is None:
            break
        if not stations[answer[0]].answer(answer[1]):
            got.append(answer)
    return got + [a for a in back.drain(0.3) if not stations[a[0]].answer(a[1])]


def test_twenty_tenants_with_the_same_everything(twenty):
    lab = twenty
    access, core = (Wire(lab.ns("sw"), lab.device(p)) for p in ("access", "core"))
    gnbs = {vlans(i)[0]: Station(access, vlans(i)[0], GNB, mac_of(f"02:00:00:00:01:{i:02x}")) for i in range(TENANTS)}
    routers = {vlans(i)[1]: Station(core, vlans(i)[1], ROUTER, mac_of(f"02:00:00:00:02:{i:02x}")) for i in range(TENANTS)}
    ours = next(iter(gnbs.values())).resolve(OURS_N3)
    ours_core = next(iter(routers.values())).resolve(OURS_N6)

    # One uplink packet a tenant first, so that ARP is over; then the rest.
    def uplink(i, n):
        inner = IP(src=UE, dst=SERVER, ttl=64) / UDP(sport=1000, dport=2000) / Raw(b"up %d %d" % (i, n))
        outer = IP(src=GNB, dst=OURS_N3) / UDP(sport=2152, dport=2152) / GTP_U_Header(
            teid=UPLINK_TEID, E=1, next_ex=0x85) / GTPPDUSessionContainer(type=1, QFI=QFI) / inner
        return tagged(vlans(i)[0], ours, gnbs[vlans(i)[0]].mac, 0x0800, bytes(outer))

    frames = [uplink(i, n) for n in range(PACKETS) for i in range(TENANTS)]
    warm = exchange((access, core), routers, frames[:TENANTS], TENANTS)
    got = warm + exchange((access, core), routers, frames[TENANTS:], TENANTS * (PACKETS - 1))
    seen = collections.Counter()
    for vlan, frame in got:
        assert frame[0:6] == routers[vlan].mac, "to the next hop of its own tenant"
        packet = IP(frame[14:])
        assert (packet.src, packet.dst, packet.ttl) == (UE, SERVER, 63)
        word, i, n = bytes(packet[Raw]).split()
        assert word == b"up" and vlan == vlans(int(i))[1], "arrived at another tenant"
        seen[int(i), int(n)] += 1
    assert seen == {(i, n): 1 for i in range(TENANTS) for n in range(PACKETS)}

    def downlink(i, n):
        packet = IP(src=SERVER, dst=UE, ttl=64) / UDP(sport=2000, dport=1000) / Raw(b"down %d %d" % (i, n))
        return tagged(vlans(i)[1], ours_core, routers[vlans(i)[1]].mac, 0x0800, bytes(packet))

    frames = [downlink(i, n) for n in range(PACKETS) for i in range(TENANTS)]
    warm = exchange((core, access), gnbs, frames[:TENANTS], TENANTS)
    got = warm + exchange((core, access), gnbs, frames[TENANTS:], TENANTS * (PACKETS - 1))
    seen = collections.Counter()
    for vlan, frame in got:
        outer = IP(frame[14:])
        assert (outer.src, outer.dst, outer[UDP].dport) == (OURS_N3, GNB, 2152)
        gtp = outer[GTP_U_Header]
        assert gtp.teid == DOWNLINK_TEID and gtp[GTPPDUSessionContainer].QFI == QFI
        assert frame[0:6] == gnbs[vlan].mac
        inner = gtp[IP]
        assert (inner.src, inner.dst, inner.ttl) == (SERVER, UE, 63)
        word, i, n = bytes(inner[Raw]).split()
        assert word == b"down" and vlan == vlans(int(i))[0], "arrived at another tenant"
        seen[int(i), int(n)] += 1
    assert seen == {(i, n): 1 for i in range(TENANTS) for n in range(PACKETS)}

    check_counters(lab)
    access.close()
    core.close()


def check_counters(lab):
    for i in range(TENANTS):
        wait_until(lambda i=i: lab.counters(f"t{i}")["balance"] == 0, 3, f"t{i} to balance")
    items = {c["tenant"]: c for c in lab.json("show", "counters")["items"]}
    for i in range(TENANTS):
        c = items[f"t{i}"]
        assert (c["uplink_packets"], c["downlink_packets"], c["dropped_packets"], c["held_packets"]) == (PACKETS, PACKETS, 0, 0)
        assert c["received_packets"] + c["originated_packets"] == c["sent_packets"] + c["consumed_packets"]
    assert items["-"]["received_packets"] == items["-"]["dropped_packets"] + items["-"]["sent_packets"]


def test_what_names_no_tenant_is_charged_to_the_house(twenty):
    lab = twenty
    before = {c["tenant"]: c for c in lab.json("show", "counters")["items"]}
    wire = Wire(lab.ns("sw"), lab.device("access"))
    ours = Station(wire, 100, GNB, mac_of("02:00:00:00:01:00")).resolve(OURS_N3)
    for vlan in (99, 4094, 0):
        wire.send(tagged(vlan, ours, b"\2\0\0\0\0\1", 0x0800, bytes(IP(src=GNB, dst=OURS_N3) / UDP())))
    wire.send(ours + b"\2\0\0\0\0\1" + struct.pack("!HHH", 0x8100, 4095, 0x0800) + bytes(46))
    wire.close()

    def house():
        return {d["reason"]: d["packets"] for d in lab.json("show", "drops")["items"] if d["tenant"] == "-"}
    wait_until(lambda: house().get("vlan_unknown", 0) >= 3 and house().get("vlan_reserved", 0) >= 1, 3, "the house's drops")
    after = {c["tenant"]: c for c in lab.json("show", "counters")["items"]}
    for name in after:
        if name not in ("-", "t0"):
            assert after[name]["received_packets"] == before[name]["received_packets"]
    assert after["-"]["balance"] == 0


def test_each_sees_the_others_tunnel_as_unknown(twenty):
    """The right TEID and addresses, but of a tenant that has no such session any more."""
    lab = twenty
    seid = lab.json("show", "sessions", "--tenant", "t3")["items"][0]["up_seid"]
    lab.demarc("session", "remove", seid, "--tenant", "t3")
    lab.wait_synced()
    wire = Wire(lab.ns("sw"), lab.device("access"))
    station = Station(wire, vlans(3)[0], GNB, mac_of("02:00:00:00:01:03"))
    ours = station.resolve(OURS_N3)
    inner = bytes(IP(src=UE, dst=SERVER) / UDP())
    gtp = struct.pack("!BBHI", 0x30, 255, len(inner), UPLINK_TEID) + inner
    wire.send(tagged(vlans(3)[0], ours, station.mac, 0x0800, bytes(IP(src=GNB, dst=OURS_N3) / UDP(sport=2152, dport=2152) / gtp)))
    wire.close()

    def drops():
        return {d["reason"]: d["packets"] for d in lab.json("show", "drops", "--tenant", "t3")["items"]}
    wait_until(lambda: drops().get("gtpu_teid_unknown") == 1, 3, "the drop of t3")
    assert socket.inet_aton(UE)  # the address is still every other tenant's
    for other in ("t2", "t4"):
        assert lab.counters(other)["dropped_packets"] == 0
