"""GTP-U paths: the peers that sessions name are probed, and one that is gone is told of (TS 29.281 7.2)."""
import pytest

from testbed.lab import PLAN, Lab, wait_until

GNB = PLAN["gnb"].split("/")[0]


@pytest.fixture(scope="module")
def quick_lab():
    """Two tenants with the same gNB address; a path without an answer is lost after half a second."""
    lab = Lab("path")
    lab.down()  # what an interrupted run left
    lab = Lab("path")
    try:
        lab.up(("acme", "bravo"), extra_dp="[gtpu]\nt3_response_ms = 250\nn3_requests = 2\n")
        yield lab
    finally:
        lab.down()


def peers(lab, tenant):
    return lab.json("show", "peers", "--tenant", tenant)["items"]


def put_session_anew(lab, tenant):
    """Its peer is then a new one: the next Echo Request of an old one may be a minute away."""
    of = ("--tenant", tenant)
    up_seid = lab.json("show", "sessions", *of)["items"][0]["up_seid"]
    lab.demarc("session", "remove", str(up_seid), *of)
    lab.demarc("session", "add", *of, "--ue", PLAN["ue"], "--core-vrf", "internet", "--endpoint", "upf", "--teid",
               PLAN["uplink_teid"], "--peer", GNB, "--peer-teid", PLAN["downlink_teid"], "--qfi", PLAN["qfi"])


def test_a_path_that_answers_is_up_and_one_that_is_gone_is_lost(quick_lab):
    lab = quick_lab
    for tenant in ("acme", "bravo"):
        put_session_anew(lab, tenant)
        wait_until(lambda: [p["state"] for p in peers(lab, tenant)] == ["up"], 20, f"{tenant}'s gNB answers")
        peer = peers(lab, tenant)[0]
        assert (peer["address"], peer["endpoint"], peer["sessions"]) == (GNB, "upf", 1)
        assert peer["round_trip_us"] > 0 and peer["echo_responses"] >= 1

    lab.kill("gnb-acme")
    lab.exec("acme-gnb", "ip", "link", "set", "lo", "down")
    put_session_anew(lab, "acme")
    wait_until(lambda: [p["state"] for p in peers(lab, "acme")] == ["lost"], 20, "acme's gNB is lost")
    assert [p["state"] for p in peers(lab, "bravo")] == ["up"], "the other tenant's, with the same address, is not"
    log = (lab.folder / "demarcd.log").read_text()
    assert f"GTP-U peer {GNB} does not answer Echo Requests" in log
    text = lab.demarc("show", "peers", "--tenant", "acme").stdout
    assert "lost" in text and GNB in text
