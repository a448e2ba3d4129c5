"""IPv6 outside and inside of tunnels, beside IPv4, with two tenants that have the same addresses of both families."""
import socket
import struct
import sys
import time

import pytest

from testbed.lab import PLAN, PLAN6, Lab, wait_until
from testbed.wire import socket_in
from tests.e2e import iperf
from tests.e2e.test_two_tenants import both, expect_iperf3_of_both

TENANTS = ("acme", "bravo")
# What is in what: the phone's address, the server's. The first phone's tunnel goes over IPv4, the second's over IPv6.
WAYS = {
    "v4 in v4": (PLAN["ue"], PLAN["server"]),
    "v6 in v4": (PLAN6["ue"] + "1", PLAN6["server"]),
    "v4 in v6": (PLAN6["second_ue_ipv4"], PLAN["server"]),
    "v6 in v6": (PLAN6["second_ue"] + "1", PLAN6["server"]),
}


@pytest.fixture(scope="module")
def lab():
    lab = Lab("e6")
    lab.down()
    lab = Lab("e6")
    try:
        lab.up(TENANTS, ipv6=True)
        yield lab
    finally:
        lab.down()


def ping_all_ways(lab, count=5):
    for way, (source, server) in WAYS.items():
        for tenant, (text, status) in both(lab, "ue", "ping", "-c", str(count), "-i", "0.05", "-I", source, server).items():
            assert status == 0 and f" {count} received" in text, f"{tenant}, {way}: {text}"


def test_all_four_ways_of_both_at_once(lab):
    ping_all_ways(lab)


def test_each_reaches_its_own_server(lab):
    for tenant in TENANTS:
        folder = lab.folder / f"www-{tenant}"
        folder.mkdir()
        (folder / "whoami").write_text(tenant)
        lab.spawn(f"www-{tenant}", f"{tenant}-dn", sys.executable, "-u", "-m", "http.server", "80", "--bind",
                  PLAN6["server"], "--directory", folder, ready="Serving")
    for phone in (PLAN6["ue"], PLAN6["second_ue"]):
        answers = both(lab, "ue", "curl", "-s", "-m", "10", "--interface", phone + "1", "-g",
                       f"http://[{PLAN6['server']}]/whoami")
        for tenant, (text, status) in answers.items():
            assert (text, status) == (tenant, 0)


@pytest.mark.parametrize("way", WAYS)
def test_tcp_and_udp(lab, way):
    source, server = WAYS[way]
    for tenant in TENANTS:
        lab.spawn(f"iperf-{tenant}", f"{tenant}-dn", "iperf3", "-s", "-B", server, "--forceflush", ready="listening")
    try:
        for words in (iperf.TCP, (*iperf.TCP, "-R"), iperf.udp(1200)):
            expect_iperf3_of_both(lab, ("-B", source, "-c", server, *words))
    finally:
        for tenant in TENANTS:
            lab.kill(f"iperf-{tenant}")


def test_a_phone_gets_its_prefix_from_a_router_advertisement(lab):
    """RFC 4861 4.1 and 4.2: what the phone of acme gets for its solicitation names its own /64."""
    lab.ip("acme-ue", "addr", "add", "fe80::7/64", "dev", "ue0", "nodad")
    with socket_in(lab.ns("acme-ue"), socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as phone:
        phone.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"ue0")
        phone.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        phone.settimeout(0.5)
        end = time.monotonic() + 5
        while True:
            assert time.monotonic() < end, "no Router Advertisement came"
            phone.sendto(struct.pack("!BBHI", 133, 0, 0, 0), ("ff02::2", 0))
            try:
                message = phone.recvfrom(1500)[0]
                while message[0] != 134:
                    message = phone.recvfrom(1500)[0]
                break
            except TimeoutError:
                continue
    prefixes, options = [], message[16:]
    while options:
        kind, length = options[0], options[1] * 8
        assert length > 0
        if kind == 3:
            prefixes.append((socket.inet_ntop(socket.AF_INET6, options[16:32]), options[2], options[3] & 0x40))
        options = options[length:]
    assert prefixes == [(PLAN6["ue"], 64, 0x40)], "one prefix, for addresses of the phone's own making"


def test_next_hops_are_found_by_neighbor_discovery(lab):
    for tenant in TENANTS:
        found = {n["address"]: n for n in lab.json("show", "neighbors", "--tenant", tenant)["items"]}
        for address in (PLAN6["gnb"], PLAN6["router"]):
            assert found[address.split("/")[0]]["state"] == "reachable", found


def test_the_shell_shows_both_families(lab):
    text = lab.demarc("show", "attachments", "--tenant", "acme").stdout
    assert PLAN["n3"] in text and PLAN6["n3"] in text
    text = lab.demarc("show", "sessions", "--tenant", "acme").stdout
    assert PLAN6["second_ue"] + "/64" in text and PLAN6["gnb"].split("/")[0] in text


def test_counters_balance_exactly(lab):
    for tenant in TENANTS:
        wait_until(lambda t=tenant: lab.counters(t)["balance"] == 0, 3, f"{tenant}'s counters to balance")
        c = lab.counters(tenant)
        assert c["uplink_packets"] > 100 and c["downlink_packets"] > 100
        assert c["received_packets"] + c["originated_packets"] == \
            c["sent_packets"] + c["consumed_packets"] + c["held_packets"] + c["dropped_packets"]


def test_a_prefix_of_another_session_is_refused(lab):
    answer = lab.demarc("session", "add", "--tenant", "acme", "--ue-ipv6", "2001:db8:100:7:8000::/65", "--core-vrf",
                        "internet", "--endpoint", "upf", "--teid", "0x999", "--peer", PLAN6["gnb"].split("/")[0],
                        "--peer-teid", "1", check=False)
    assert answer.returncode == 1 and PLAN6["ue"] + "/64" in answer.stderr


def test_restarts_keep_it(lab):
    lab.kill("demarc-dp")
    lab.start_dp()
    lab.wait_synced()
    ping_all_ways(lab, 3)
    lab.kill("demarcd")
    ping_all_ways(lab, 3)
    lab.start_cp()
    lab.wait_synced()
    ping_all_ways(lab, 3)
