"""A session's SDF filters decide which packets of a UE pass, both ways; the other tenant, with the same of everything, goes on."""
import json

from testbed.lab import PLAN, wait_until


def session_of(lab, tenant):
    return lab.json("show", "sessions", "--tenant", tenant)["items"][0]


def replace(lab, tenant, session, filters):
    """All PDRs of the session with these filters."""
    seid = session["up_seid"]
    rules = {k: session[k] for k in ("pdrs", "fars", "qers") if k in session}
    for pdr in rules["pdrs"]:
        pdr["pdi"].pop("sdf_filters", None)
        if filters:
            pdr["pdi"]["sdf_filters"] = filters
    path = lab.folder / "rules.json"
    path.write_text(json.dumps(rules))
    return lab.demarc("session", "replace", str(seid), "--tenant", tenant, "--file", str(path), check=False)


def pings(lab, tenant):
    text = lab.exec(f"{tenant}-ue", "ping", "-c", "3", "-i", "0.1", "-W", "1", PLAN["server"], check=False).stdout
    return " 3 received" in text


def no_match(lab, tenant):
    reasons = {i["reason"]: i["packets"] for i in lab.json("show", "drops", "--tenant", tenant)["items"]}
    return reasons.get("pdr_no_match", 0)


def test_filters_decide(two_tenants):
    lab = two_tenants
    session = session_of(lab, "acme")
    assert pings(lab, "acme")
    for filters, passes in ((["permit out icmp from any to assigned"], True),
                            (["permit out udp from any to assigned"], False),
                            ([f"permit out ip from !{PLAN['server']} to assigned"], False),
                            (["permit out 17 from any 53 to assigned", f"permit out 1 from {PLAN['server']} to any"], True)):
        done = replace(lab, "acme", session, filters)
        assert done.returncode == 0, done.stderr
        before = no_match(lab, "acme")
        assert pings(lab, "acme") is passes, filters
        if not passes:
            wait_until(lambda: no_match(lab, "acme") >= before + 3, 3, "the drops to be counted")
        assert pings(lab, "bravo")


def test_shown_as_the_specification_writes_them(two_tenants):
    lab = two_tenants
    session = session_of(lab, "acme")
    replace(lab, "acme", session, ["permit out udp from 10.0.0.0/8 53,80-90 to any", {"flow_label": 7, "sdf_filter_id": 3}])
    text = lab.demarc("show", "session", str(session["up_seid"]), "--tenant", "acme").stdout
    assert "SDF filter  permit out 17 from 10.0.0.0/8 53,80-90 to assigned" in text
    assert "SDF filter  SDF filter ID 3, flow label 7" in text


def test_a_wrong_word_is_named(two_tenants):
    lab = two_tenants
    done = replace(lab, "acme", session_of(lab, "acme"), ["permit out ip from 10.0.0.1/8 to assigned"])
    assert done.returncode == 1 and "PDR 1: sdf_filters[0]" in done.stderr and "10.0.0.0/8" in done.stderr


def test_without_them_all_pass_again_and_the_books_balance(two_tenants):
    lab = two_tenants
    assert replace(lab, "acme", session_of(lab, "acme"), []).returncode == 0
    assert pings(lab, "acme")
    for tenant in ("acme", "bravo"):
        wait_until(lambda t=tenant: lab.counters(t)["balance"] == 0, 3, f"{tenant}'s counters to balance")
