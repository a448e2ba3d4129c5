"""Tunnels to an implementation that is not ours: OsmoGGSN is the other user plane of an N9 session of acme's, its sgsnemu
the access side of an N3 session of bravo's. Both speak GTPv1-U as of before 5G: with sequence numbers, without a PDU
Session Container."""
import itertools
import json
import signal
import socket

import pytest

from testbed import gtpc
from testbed.lab import PLAN, Lab, wait_until
from testbed.wire import socket_in
from tests.e2e.n9 import n9_session

N9, PSA, SGSN = "10.3.0.1", "10.3.0.9", "10.3.0.8"  # demarc on the N9 network, OsmoGGSN, and the SGSN's control plane
N9_VLAN = 103
UPF, GNB, SERVER = PLAN["n3"].split("/")[0], PLAN["gnb"].split("/")[0], PLAN["server"]
GGSN_C = "10.1.0.66"  # the control plane that sgsnemu talks to
UE_NET = "10.45.0.0/24"
PINGS, DATAGRAMS = 20, 100
UDP_PORT = 7007
NUMBERS = itertools.count(1)  # a subscriber and TEIDs for each context

OSMO_GGSN = f"""
log stderr
 logging filter all 1
 logging color 0
 logging timestamp 0
 logging level lgtp info
line vty
 no login
ggsn ggsn0
 gtp state-dir {{folder}}
 gtp bind-ip {PSA}
 apn internet
  gtpu-mode tun
  tun-device ggsn0
  type-support v4
  ip prefix dynamic {UE_NET}
  ip dns 0 {SERVER}
  ip ifconfig 10.45.0.1/24
  no shutdown
 default-apn internet
 no shutdown ggsn
"""


@pytest.fixture(scope="module")
def lab():
    lab = Lab("osmo")
    lab.down()  # what an interrupted run left
    lab = Lab("osmo")
    try:
        lab.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lab.add_namespace("sw")
        lab.write_configuration(extra_dp="[gtpu]\nt3_response_ms = 1000\nn3_requests = 10\n")
        lab.add_tenant_networks("acme", 101)
        lab.add_tenant_networks("bravo", 201)
        lab.add_namespace("acme-psa")
        lab.start_splitters([("access", N9_VLAN, "acme-psa", "n9")])
        for tenant in ("acme", "bravo"):
            lab.address_tenant_networks(tenant)
        address_psa(lab)
        lab.start_dp()
        lab.start_cp()
        for tenant in ("acme", "bravo"):
            lab.provision(tenant)
            remove_session(lab, tenant)
        lab.demarc("attachment", "add", "n9", "--tenant", "acme", "--port", "access", "--vlan", N9_VLAN, "--vrf", "n3",
                   "--address", f"{N9}/24")
        lab.wait_synced()
        yield lab
    finally:
        lab.down()


def address_psa(lab):
    for address, device in ((f"{PSA}/24", "n9"), (f"{SGSN}/32", "lo"), (f"{SERVER}/32", "lo")):
        lab.ip("acme-psa", "addr", "add", address, "dev", device)
    lab.ip("acme-psa", "link", "set", "n9", "up")
    lab.ip("acme-psa", "route", "add", f"{UPF}/32", "via", N9)


def remove_session(lab, tenant):
    for session in lab.json("show", "sessions", "--tenant", tenant)["items"]:
        lab.demarc("session", "remove", str(session["up_seid"]), "--tenant", tenant)


@pytest.fixture(scope="module")
def sgsn(lab):
    configuration = lab.folder / "osmo-ggsn.cfg"
    configuration.write_text(OSMO_GGSN.format(folder=lab.folder))
    lab.spawn("osmo-ggsn", "acme-psa", "osmo-ggsn", "-c", configuration, ready="started")
    with socket_in(lab.ns("acme-psa"), socket.AF_INET, socket.SOCK_DGRAM) as control:
        control.bind((SGSN, gtpc.PORT))
        yield gtpc.Sgsn(control, PSA)


@pytest.fixture
def n9(lab, sgsn):
    """A context in OsmoGGSN, demarc's session to it, and a phone behind a gNB that uses it."""
    number = next(NUMBERS)
    n3_teid, n9_teid, gnb_teid = 0x500 + number, 0x600 + number, 0x700 + number
    context = sgsn.create(number, SGSN, UPF, n9_teid)
    assert context["user_plane"] == PSA
    # The gNB first: an Echo Request to a port that nobody has yet would be answered with ICMP, which demarc drops.
    lab.spawn("gnb", "acme-gnb", lab.build / "testbed/gnb", "--local", GNB, "--peer", UPF, "--ue-netns",
              lab.ns("acme-ue"), "--tun", "ue0", "--ue", f"{context['ue']},{n3_teid},{gnb_teid}", ready="ready")
    lab.ip("acme-ue", "addr", "add", f"{context['ue']}/32", "dev", "ue0")
    lab.ip("acme-ue", "link", "set", "ue0", "up")
    lab.ip("acme-ue", "route", "add", "default", "dev", "ue0")
    path = lab.folder / "n9.json"
    path.write_text(json.dumps(n9_session(n3_teid, n9_teid, (PSA, context["user_teid"]), (GNB, gnb_teid))))
    context["up_seid"] = lab.json("session", "add", "--tenant", "acme", "--file", path)["up_seid"]
    lab.wait_synced()
    yield context
    lab.kill("gnb")
    remove_session(lab, "acme")
    sgsn.delete(context)


def talk(lab, tenant, server, ue):
    """Pings, and datagrams of growing size that the server sends back, one after the other: none is lost."""
    text = lab.exec(f"{tenant}-ue", "ping", "-c", PINGS, "-i", "0.05", "-W", "20", SERVER, check=False).stdout
    assert f" {PINGS} received" in text, text
    with socket_in(lab.ns(server), socket.AF_INET, socket.SOCK_DGRAM) as there, \
            socket_in(lab.ns(f"{tenant}-ue"), socket.AF_INET, socket.SOCK_DGRAM) as here:
        there.bind((SERVER, UDP_PORT))
        here.bind((ue, 0))
        for s in (here, there):
            s.settimeout(20)
        for n in range(DATAGRAMS):
            message = bytes([n]) * (1 + 13 * n)
            here.sendto(message, (SERVER, UDP_PORT))
            data, phone = there.recvfrom(4000)
            assert data == message and phone == here.getsockname(), "as it was sent, and by the phone"
            there.sendto(data, phone)
            assert here.recv(4000) == message


def expect_exactly(lab, tenant, before, packets):
    """So many packets each way, no drop, and books that balance."""
    def settled():
        c = lab.counters(tenant)
        return c if c["balance"] == 0 and c["held_packets"] == 0 else None
    after = wait_until(settled, 20, f"{tenant}'s counters to balance")
    grown = {k: v - before[k] for k, v in after.items() if isinstance(v, int)}
    assert (grown["uplink_packets"], grown["downlink_packets"], grown["dropped_packets"]) == (packets, packets, 0), grown
    assert after["received_packets"] + after["originated_packets"] == after["sent_packets"] + after["consumed_packets"] + \
        after["held_packets"] + after["dropped_packets"]


def grown_to(lab, counter, before, by=1):
    wait_until(lambda: lab.counters("acme")[counter] >= before[counter] + by, 20, f"{counter} to grow by {by}")


def drops(lab, tenant):
    return {i["reason"]: i["packets"] for i in lab.json("show", "drops", "--tenant", tenant)["items"]}


def wait_up(lab, tenant, address):
    def up():
        peers = {p["address"]: p["state"] for p in lab.json("show", "peers", "--tenant", tenant)["items"]}
        return peers.get(address) == "up"
    wait_until(up, 20, f"{address} to answer an Echo Request")


def test_osmo_ggsn_is_the_other_end_of_n9(lab, n9):
    before = lab.counters("acme")
    talk(lab, "acme", "acme-psa", n9["ue"])
    expect_exactly(lab, "acme", before, PINGS + DATAGRAMS)


def test_osmo_ggsn_answers_echo_requests(lab, n9):
    wait_up(lab, "acme", PSA)


def test_osmo_ggsn_and_an_error_indication_of_ours(lab, sgsn, n9):
    """It refuses any GTP-U message with the E flag, so an Error Indication for what came from port 2152 has none; then it
    ends the context."""
    wait_up(lab, "acme", PSA)
    lab.demarc("session", "remove", str(n9["up_seid"]), "--tenant", "acme")
    lab.wait_synced()
    before = lab.counters("acme")
    with socket_in(lab.ns("acme-psa"), socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((SERVER, 0))
        server.sendto(b"to a phone that is gone", (n9["ue"], UDP_PORT))
    grown_to(lab, "gtpu_error_indications_sent", before)
    log = lab.folder / "osmo-ggsn.log"
    wait_until(lambda: "Received Error Indication" in log.read_text(), 20, "it to be understood")
    assert sgsn.delete(n9) == gtpc.NON_EXISTENT
    assert lab.counters("acme")["balance"] == 0


def test_osmo_ggsn_sends_its_error_indication_to_a_wrong_port(lab, sgsn, n9):
    """To the port that the G-PDU came from, where TS 29.281 4.4.2.4 has 2152: one drop, with its name."""
    wait_up(lab, "acme", PSA)
    assert sgsn.delete(n9) == gtpc.ACCEPTED
    before, dropped = lab.counters("acme"), drops(lab, "acme")
    assert lab.exec("acme-ue", "ping", "-c", "1", "-W", "1", SERVER, check=False).returncode == 1
    grown_to(lab, "dropped_packets", before)
    assert drops(lab, "acme") == {**dropped, "udp_port_closed": dropped.get("udp_port_closed", 0) + 1}
    wait_until(lambda: lab.counters("acme")["balance"] == 0, 20, "acme's counters to balance")
    assert lab.counters("acme")["gtpu_error_indications_received"] == before["gtpu_error_indications_received"]


def test_sgsnemu_is_the_access_side(lab):
    of = ("--tenant", "bravo")

    def on_create(peer, teid):
        assert peer == GNB
        lab.demarc("session", "add", *of, "--ue", PLAN["ue"], "--core-vrf", "internet", "--endpoint", "upf", "--teid",
                   PLAN["uplink_teid"], "--peer", peer, "--peer-teid", teid)
        lab.wait_synced()
        return UPF, PLAN["uplink_teid"], PLAN["ue"]

    lab.ip("bravo-gnb", "addr", "add", f"{GGSN_C}/32", "dev", "lo")
    with socket_in(lab.ns("bravo-gnb"), socket.AF_INET, socket.SOCK_DGRAM) as control:
        control.bind((GGSN_C, gtpc.PORT))
        ggsn = gtpc.Ggsn(control, GGSN_C, on_create)
        try:
            lab.spawn("sgsnemu", "bravo-gnb", "sgsnemu", "--listen", GNB, "--remote", GGSN_C, "--statedir", lab.folder,
                      "--pidfile", lab.folder / "sgsnemu.pid", "--createif", "--tun-device", "ue0", "--netns",
                      lab.ns("bravo-ue"), "--defaultroute")
            wait_until(lambda: PLAN["ue"] in lab.exec("bravo-ue", "ip", "addr", "show", "dev", "ue0", check=False).stdout,
                       20, "sgsnemu's device to have its address")
            before = lab.counters("bravo")
            talk(lab, "bravo", "bravo-dn", PLAN["ue"])
            expect_exactly(lab, "bravo", before, PINGS + DATAGRAMS)
            wait_up(lab, "bravo", GNB)
        finally:
            lab.kill("sgsnemu", signal.SIGKILL)  # at SIGTERM it waits for answers to its Delete requests
            ggsn.stop()
