"""Ethernet PDU sessions: two tenants' phones are stations of their data networks' links, with the same addresses of every
kind, and find each other's ends by ARP."""
import pytest

from testbed.lab import PLAN, Lab, wait_until

TENANTS = ("acme", "bravo")
STATION = "10.2.0.77"  # on the link of the core attachment, beside the router
STATION_MAC = "02:00:5e:00:53:77"
ROUTER = PLAN["router"].split("/")[0]


@pytest.fixture(scope="module")
def lab():
    lab = Lab("eth")
    lab.down()
    lab = Lab("eth")
    try:
        lab.up(TENANTS)
        for tenant in TENANTS:
            make_ethernet(lab, tenant)
        lab.wait_synced()
        yield lab
    finally:
        lab.down()


def make_ethernet(lab, tenant):
    """In place of the tenant's IP session: its core VRF is an Ethernet network from then on."""
    of, ue = ("--tenant", tenant), f"{tenant}-ue"
    lab.kill(f"gnb-{tenant}")
    old = lab.json("show", "sessions", *of)["items"][0]["up_seid"]
    lab.demarc("session", "remove", str(old), *of)
    lab.demarc("session", "add", *of, "--type", "ethernet", "--core-vrf", "internet", "--endpoint", "upf", "--teid",
               PLAN["uplink_teid"], "--peer", PLAN["gnb"].split("/")[0], "--peer-teid", PLAN["downlink_teid"], "--qfi",
               PLAN["qfi"])
    lab.spawn(f"gnb-{tenant}", f"{tenant}-gnb", lab.build / "testbed/gnb", "--local", PLAN["gnb"].split("/")[0], "--peer",
              PLAN["n3"].split("/")[0], "--ue-netns", lab.ns(ue), "--tun", "tap0", "--ue",
              f"ethernet,{PLAN['uplink_teid']},{PLAN['downlink_teid']},{PLAN['qfi']}", ready="ready")
    lab.ip(ue, "link", "set", "tap0", "address", STATION_MAC, "mtu", "1400", "up")
    lab.ip(ue, "addr", "add", STATION + "/24", "dev", "tap0")


def test_a_phone_reaches_the_router_on_its_link(lab):
    for tenant in TENANTS:
        text = lab.exec(f"{tenant}-ue", "ping", "-c", "5", "-i", "0.1", "-W", "2", ROUTER).stdout
        assert " 5 received" in text, f"{tenant}: {text}"
        neighbors = lab.exec(f"{tenant}-ue", "ip", "neigh").stdout
        router_mac = lab.exec(f"{tenant}-dn", "cat", "/sys/class/net/n6/address").stdout.strip()
        assert router_mac in neighbors, "it is the router itself that answers, not demarc"


def test_the_router_finds_the_phone_by_a_broadcast(lab):
    for tenant in TENANTS:
        lab.exec(f"{tenant}-dn", "ip", "neigh", "flush", "all")
        text = lab.exec(f"{tenant}-dn", "ping", "-c", "5", "-i", "0.1", "-W", "2", STATION).stdout
        assert " 5 received" in text, f"{tenant}: {text}"
        assert STATION_MAC in lab.exec(f"{tenant}-dn", "ip", "neigh").stdout
        assert lab.counters(tenant)["ethernet_copies_made"] > 0


def test_full_frames_go_through(lab):
    text = lab.exec("acme-dn", "ping", "-c", "3", "-i", "0.1", "-s", "1372", "-M", "do", STATION).stdout
    assert " 3 received" in text, text


def test_the_session_is_shown(lab):
    session = lab.json("show", "sessions", "--tenant", "acme")["items"][0]
    assert session["pdn_type"] == "ethernet"
    text = lab.demarc("show", "session", str(session["up_seid"]), "--tenant", "acme").stdout
    assert "PDN type ethernet" in text


def test_a_session_of_type_ip_is_refused_in_words(lab):
    answer = lab.demarc("session", "add", "--tenant", "acme", "--ue", PLAN["ue"], "--core-vrf", "internet", "--endpoint",
                        "upf", "--teid", "0x900", "--peer", "10.1.0.2", "--peer-teid", "0x901", check=False)
    assert answer.returncode == 1 and "of type ethernet" in answer.stderr


def test_the_books_balance(lab):
    for tenant in TENANTS:
        wait_until(lambda t=tenant: lab.counters(t)["balance"] == 0, 3, f"{tenant}'s counters to balance")
