"""What each session used: exactly what was sent through it, of its own tenant, kept over a replacement."""
import signal

import pytest
from scapy.all import IP, UDP, Raw
from scapy.contrib.gtp import GTP_U_Header, GTPPDUSessionContainer

from testbed.lab import wait_until
from testbed.wire import Station, Wire, mac_of, tagged

UES, SERVER, GNB, OURS_N3, OURS_N6, ROUTER = ("10.45.0.7", "10.45.0.8"), "10.99.0.10", "10.1.0.2", "10.1.0.1", "10.2.0.1", "10.2.0.2"
TENANTS = {"acme": (101, 102), "bravo": (201, 202)}


def session_words(n):
    return ("--ue", UES[n], "--core-vrf", "internet", "--endpoint", "upf", "--teid", 0x100 + n, "--peer", GNB,
            "--peer-teid", 0x200 + n, "--qfi", 9)


@pytest.fixture(scope="module")
def seids(bare_lab):
    """Two sessions of each tenant, with the same addresses and TEIDs: {(tenant, n): UP SEID}."""
    lab, made = bare_lab, {}
    for name, (access, core) in TENANTS.items():
        of = ("--tenant", name)
        lab.demarc("tenant", "add", name)
        lab.demarc("vrf", "add", "n3", *of, "--role", "access")
        lab.demarc("vrf", "add", "internet", *of, "--role", "core")
        lab.demarc("attachment", "add", "ran", *of, "--port", "access", "--vlan", access, "--vrf", "n3", "--address", OURS_N3 + "/24")
        lab.demarc("attachment", "add", "inet", *of, "--port", "core", "--vlan", core, "--vrf", "internet", "--address", OURS_N6 + "/24")
        lab.demarc("endpoint", "add", "upf", *of, "--vrf", "n3", "--address", OURS_N3)
        lab.demarc("pool", "add", "phones", *of, "--vrf", "internet", "--prefix", "10.45.0.0/16")
        lab.demarc("route", "add", "0.0.0.0/0", *of, "--vrf", "internet", "--via", ROUTER)
        for n in range(2):
            made[name, n] = lab.json("session", "add", *of, *session_words(n))["up_seid"]
    lab.wait_synced()
    return made


class Sides:
    """A gNB and a router of each tenant, on the wires."""

    def __init__(self, lab):
        self.access, self.core = (Wire(lab.ns("sw"), lab.device(p)) for p in ("access", "core"))
        self.gnbs = {t: Station(self.access, v[0], GNB, mac_of(f"02:00:00:00:01:{v[0]:02x}")) for t, v in TENANTS.items()}
        self.routers = {t: Station(self.core, v[1], ROUTER, mac_of(f"02:00:00:00:02:{v[1]:02x}")) for t, v in TENANTS.items()}
        self.ours = {t: (self.gnbs[t].resolve(OURS_N3), self.routers[t].resolve(OURS_N6)) for t in TENANTS}

    def close(self):
        self.access.close()
        self.core.close()

    def answer_arp(self, seconds=0.2):
        for wire, stations, which in ((self.access, self.gnbs, 0), (self.core, self.routers, 1)):
            by_vlan = {vlans[which]: stations[t] for t, vlans in TENANTS.items()}
            for vlan, frame in wire.drain(seconds):
                by_vlan[vlan].answer(frame)

    def up(self, tenant, n, data, source=None):
        inner = IP(src=source or UES[n], dst=SERVER) / UDP(sport=1000, dport=2000) / Raw(data)
        outer = IP(src=GNB, dst=OURS_N3) / UDP(sport=2152, dport=2152) / GTP_U_Header(
            teid=0x100 + n, E=1, next_ex=0x85) / GTPPDUSessionContainer(type=1, QFI=9) / inner
        self.access.send(tagged(TENANTS[tenant][0], self.ours[tenant][0], self.gnbs[tenant].mac, 0x0800, bytes(outer)))

    def down(self, tenant, n, data):
        packet = IP(src=SERVER, dst=UES[n]) / UDP(sport=2000, dport=1000) / Raw(data)
        self.core.send(tagged(TENANTS[tenant][1], self.ours[tenant][1], self.routers[tenant].mac, 0x0800, bytes(packet)))


@pytest.fixture()
def sides(bare_lab, seids):
    made = Sides(bare_lab)
    yield made
    made.close()


def usage(lab, tenant, seid):
    return lab.json("show", "usage", seid, "--tenant", tenant)


def figures(lab, tenant, seid):
    u = usage(lab, tenant, seid)
    assert u["dropped_packets"] == sum(d["packets"] for d in u["drops"])
    return (u["uplink_packets"], u["uplink_bytes"], u["downlink_packets"], u["downlink_bytes"],
            {d["reason"]: d["packets"] for d in u["drops"]})


def expect(lab, tenant, seid, *wanted):
    wait_until(lambda: figures(lab, tenant, seid) == wanted, 5, f"{tenant}'s session to have used {wanted}")


def test_what_was_sent_is_what_was_used(bare_lab, seids, sides):
    lab = bare_lab
    sides.up("acme", 0, b"first")  # 33 bytes of IP; those that wait for ARP count too, once
    sides.down("acme", 0, b"first")
    sides.answer_arp()
    for i in range(40):
        sides.up("acme", 0, bytes(100))
        if i % 4 == 0:
            sides.up("acme", 0, b"spoofed", source="10.45.0.99")
            sides.down("acme", 0, bytes(1000))
            sides.up("acme", 1, bytes(10))
    expect(lab, "acme", seids["acme", 0], 41, 40 * 128 + 33, 11, 10 * 1028 + 33, {"inner_source_spoofed": 10})
    expect(lab, "acme", seids["acme", 1], 10, 380, 0, 0, {})
    for n in range(2):
        expect(lab, "bravo", seids["bravo", n], 0, 0, 0, 0, {})
    counters = lab.counters("acme")
    assert (counters["uplink_packets"], counters["downlink_packets"]) == (51, 11), "the tenant's are the sum"
    text = lab.demarc("show", "session", seids["acme", 0], "--tenant", "acme").stdout
    assert "inner_source_spoofed" in text and "41" in text


def test_a_tenant_sees_its_own_alone(bare_lab, seids):
    if seids["acme", 0] in (seids["bravo", 0], seids["bravo", 1]):
        pytest.skip("both drew the same SEID")
    refused = bare_lab.demarc("show", "usage", seids["acme", 0], "--tenant", "bravo", check=False)
    assert refused.returncode == 1 and "no session" in refused.stderr


def test_kept_over_a_replacement_and_gone_with_the_session(bare_lab, seids, sides):
    lab, seid = bare_lab, seids["bravo", 0]
    sides.up("bravo", 0, b"first")
    sides.answer_arp()
    expect(lab, "bravo", seid, 1, 33, 0, 0, {})
    lab.demarc("session", "replace", seid, "--tenant", "bravo", *session_words(0)[:-1], 5)
    sides.up("bravo", 0, b"again")
    expect(lab, "bravo", seid, 2, 66, 0, 0, {})
    lab.demarc("session", "remove", seid, "--tenant", "bravo")
    again = lab.json("session", "add", "--tenant", "bravo", *session_words(0))["up_seid"]
    lab.wait_synced()
    expect(lab, "bravo", again, 0, 0, 0, 0, {})


def test_unknown_without_the_data_plane_and_zero_in_a_new_one(bare_lab, seids):
    lab, seid = bare_lab, seids["acme", 0]
    assert usage(lab, "acme", seid)["uplink_packets"] > 0
    lab.kill("demarc-dp", signal.SIGKILL)
    wait_until(lambda: lab.demarc("show", "usage", seid, "--tenant", "acme", check=False).returncode == 1, 10, "it to be missed")
    away = lab.demarc("show", "usage", seid, "--tenant", "acme", check=False)
    assert "data plane" in away.stderr and away.stdout == ""
    beside = lab.demarc("show", "session", seid, "--tenant", "acme").stdout
    assert "usage  unknown: the data plane" in beside and "PDR 1" in beside
    lab.start_dp()
    lab.wait_synced()
    assert figures(lab, "acme", seid) == (0, 0, 0, 0, {}), "what the old process counted went with it"
