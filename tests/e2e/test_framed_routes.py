"""Hosts behind a phone (framed routes, TS 23.501 5.6.14), the same ones behind the phones of two tenants."""

import pytest

from testbed.lab import PLAN, Lab, wait_until
from tests.e2e.test_two_tenants import both

TENANTS = ("acme", "bravo")
BEHIND, HOST, OTHER_HOST = "192.168.77.0/24", "192.168.77.5", "192.168.78.5"


@pytest.fixture(scope="module")
def lab():
    lab = Lab("efr")
    lab.down()
    lab = Lab("efr")
    try:
        lab.up(TENANTS)
        for tenant in TENANTS:
            lab.kill(f"gnb-{tenant}")
            lab.start_gnb(tenant, f"{PLAN['ue']}+192.168.76.0/22")  # the phone would let more through than the session
            for host in (HOST, OTHER_HOST):
                lab.ip(f"{tenant}-ue", "addr", "add", host + "/32", "dev", "lo")
            lab.ip(f"{tenant}-dn", "route", "add", "192.168.76.0/22", "via", PLAN["n6"].split("/")[0])
        yield lab
    finally:
        lab.down()


def set_routes(lab, tenant, *routes):
    """The tenant's one session with these framed routes."""
    of = ("--tenant", tenant)
    seid = lab.json("show", "sessions", *of)["items"][0]["up_seid"]
    words = ("--framed-route", ",".join(routes)) if routes else ()
    lab.demarc("session", "replace", seid, *of, "--ue", PLAN["ue"], "--core-vrf", "internet", "--endpoint", "upf", "--teid",
               PLAN["uplink_teid"], "--peer", PLAN["gnb"].split("/")[0], "--peer-teid", PLAN["downlink_teid"], "--qfi",
               PLAN["qfi"], *words)
    lab.wait_synced()
    return seid


def ping(lab, part, source, to, tenants=TENANTS):
    answers = both(lab, part, "ping", "-c", "5", "-i", "0.05", "-W", "1", "-I", source, to)
    return {t: " 5 received" in text and status == 0 for t, (text, status) in answers.items() if t in tenants}


def drops(lab, tenant, reason):
    items = lab.json("show", "drops", "--tenant", tenant)["items"]
    return sum(i["packets"] for i in items if i["reason"] == reason)


def test_without_a_route_the_host_is_nobodys(lab):
    assert ping(lab, "ue", HOST, PLAN["server"]) == {"acme": False, "bravo": False}
    assert ping(lab, "dn", PLAN["server"], HOST) == {"acme": False, "bravo": False}
    for tenant in TENANTS:
        wait_until(lambda: drops(lab, tenant, "inner_source_spoofed") == 5, 5, "the drops of what the host sent")
        wait_until(lambda: drops(lab, tenant, "session_unknown") == 5, 5, "the drops of what was for it")


def test_hosts_behind_the_phones_of_two_tenants(lab):
    seids = {tenant: set_routes(lab, tenant, BEHIND) for tenant in TENANTS}
    both_ways = {"acme": True, "bravo": True}
    assert ping(lab, "ue", HOST, PLAN["server"]) == both_ways
    assert ping(lab, "dn", PLAN["server"], HOST) == both_ways
    assert ping(lab, "ue", PLAN["ue"], PLAN["server"]) == both_ways, "the phone itself as before"
    assert ping(lab, "ue", OTHER_HOST, PLAN["server"]) == {"acme": False, "bravo": False}, "behind no route"
    shown = lab.demarc("show", "session", seids["acme"], "--tenant", "acme").stdout
    assert shown.count(f"framed route  {BEHIND}") == 2, shown


def test_one_tenants_route_goes_and_the_others_stays(lab):
    set_routes(lab, "acme")
    assert ping(lab, "ue", HOST, PLAN["server"]) == {"acme": False, "bravo": True}
    assert ping(lab, "dn", PLAN["server"], HOST) == {"acme": False, "bravo": True}


def test_what_overlaps_is_refused_in_words(lab):
    refused = lab.demarc("pool", "add", "more", "--tenant", "bravo", "--vrf", "internet", "--prefix", "192.168.0.0/16",
                         check=False)
    assert refused.returncode != 0
    assert f"overlaps framed route {BEHIND}" in refused.stderr + refused.stdout
