"""N9, tunnel to tunnel, and UE to UE, over the running programs: scapy is the gNB and the other UPF. Both tenants have the same
addresses and TEIDs; what one sends never comes out of the other's VLANs."""
import json
import time

import pytest
from scapy.contrib.gtp import GTP_U_Header, GTPPDUSessionContainer
from scapy.layers.inet import IP, UDP
from scapy.packet import Raw

from testbed.end import End, host, our_mac
from testbed.lab import PLAN
from tests.e2e.n9 import n9_session

ACCESS = {"acme": 301, "bravo": 303}
CORE = {"acme": 302, "bravo": 304}
PSA = "10.1.0.9"  # the other UPF, in the access network
N3_TEID, N9_TEID, PSA_TEID, GNB_TEID = 0x500, 0x501, 0x600, 0x700
UE, SECOND_UE = PLAN["ue"], "10.45.0.8"


@pytest.fixture(scope="module")
def ends(bare_lab):
    lab = bare_lab
    made = {}
    for n, tenant in enumerate(("acme", "bravo")):
        lab.state["tenants"][tenant] = {"access_vlan": ACCESS[tenant], "core_vlan": CORE[tenant]}
        lab.provision(tenant)
        lab.demarc("session", "add", "--tenant", tenant, "--ue", SECOND_UE, "--core-vrf", "internet", "--endpoint", "upf",
                   "--teid", "0x508", "--peer", host(PLAN["gnb"]), "--peer-teid", "0x708", "--qfi", "5")
        path = lab.folder / "n9.json"
        path.write_text(json.dumps(n9_session(N3_TEID, N9_TEID, (PSA, PSA_TEID), (host(PLAN["gnb"]), GNB_TEID))))
        lab.demarc("session", "add", "--tenant", tenant, "--file", path)
        made[tenant] = End(lab, "access", ACCESS[tenant], f"02:9b:00:00:00:1{n}", [host(PLAN["gnb"]), PSA])
    lab.wait_synced()
    for end in made.values():
        end.ours = our_mac(end, host(PLAN["n3"]))
    yield lab, made
    for end in made.values():
        end.wire.close()


def g_pdu(source, teid, inner, qfi=7, kind=1):
    return IP(src=source, dst=host(PLAN["n3"])) / UDP(sport=33333, dport=2152) / GTP_U_Header(
        teid=teid, gtp_type=255, E=1, next_ex=0x85) / GTPPDUSessionContainer(type=kind, QFI=qfi) / inner


def with_teid(teid):
    return lambda f: UDP in f and GTP_U_Header in f and f[GTP_U_Header].gtp_type == 255 and f[GTP_U_Header].teid == teid


def drops(lab, tenant, reason):
    return {i["reason"]: i["packets"] for i in lab.json("show", "drops", "--tenant", tenant)["items"]}.get(reason, 0)


def packet(source, destination, payload):
    return IP(src=source, dst=destination, ttl=9) / UDP(sport=4000, dport=5000) / Raw(payload)


@pytest.mark.parametrize("tenant", ("acme", "bravo"))
@pytest.mark.parametrize("way", ("up", "down"))
def test_n9(ends, tenant, way):
    lab, made = ends
    gnb, psa = host(PLAN["gnb"]), PSA
    # Over N9 the access side's packet keeps UL PDU SESSION INFORMATION, the core side's DL (TS 38.415 5.5.2).
    source, teid, kind, to, out_teid = (gnb, N3_TEID, 1, psa, PSA_TEID) if way == "up" else (psa, N9_TEID, 0, gnb, GNB_TEID)
    payload = f"{tenant} {way}".encode()
    inner = packet(UE, PLAN["server"], payload) if way == "up" else packet(PLAN["server"], UE, payload)
    made[tenant].send(g_pdu(source, teid, inner, 7, kind), made[tenant].ours)
    frame = made[tenant].expect("G-PDU for the other tunnel", with_teid(out_teid))
    assert (frame[IP].src, frame[IP].dst) == (host(PLAN["n3"]), to)
    container = frame[GTPPDUSessionContainer]
    assert (container.type, container.QFI) == (kind, 7), "kept as it came"
    inside = frame[GTP_U_Header][IP]
    assert inside.ttl == 8 and bytes(inside[UDP].payload) == payload


def test_n9_takes_each_side_from_its_peer_alone(ends):
    lab, made = ends
    before = drops(lab, "acme", "gtpu_peer_unexpected")
    made["acme"].send(g_pdu(PSA, N3_TEID, packet(UE, PLAN["server"], b"x")), made["acme"].ours)
    made["acme"].send(g_pdu(host(PLAN["gnb"]), N9_TEID, packet(PLAN["server"], UE, b"x"), 7, 0), made["acme"].ours)
    grows(lambda: drops(lab, "acme", "gtpu_peer_unexpected"), before + 2)
    assert drops(lab, "bravo", "gtpu_peer_unexpected") == 0


def grows(read, wanted):
    end = time.monotonic() + 5
    while read() < wanted:
        assert time.monotonic() < end, f"{read()} of {wanted}"
        time.sleep(0.05)


def test_ue_to_ue(ends):
    lab, made = ends
    lab.demarc("vrf", "set", "internet", "--tenant", "acme", "--ue-to-ue", "yes")
    lab.wait_synced()
    message = packet(UE, SECOND_UE, b"to the next phone")
    for tenant in ("bravo", "acme"):
        made[tenant].send(g_pdu(host(PLAN["gnb"]), PLAN["uplink_teid"], message), made[tenant].ours)
    frame = made["acme"].expect("G-PDU for the second phone", with_teid(0x708))
    assert frame[GTPPDUSessionContainer].type == 0 and frame[GTPPDUSessionContainer].QFI == 5
    assert frame[GTP_U_Header][IP].ttl == 8 and bytes(frame[GTP_U_Header][IP][UDP].payload) == b"to the next phone"
    grows(lambda: drops(lab, "bravo", "ue_to_ue_forbidden"), 1)
    assert drops(lab, "acme", "ue_to_ue_forbidden") == 0


@pytest.mark.parametrize("tenant", ("acme", "bravo"))
def test_the_books_balance(ends, tenant):
    lab, _ = ends
    grows(lambda: int(lab.counters(tenant)["balance"] == 0), 1)
