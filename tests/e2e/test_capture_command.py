"""`demarc capture`: a pcapng of one tenant's packets, with drop reasons as comments, and nothing of another's."""
import contextlib
import os
import signal
import subprocess

import pytest

from testbed.lab import PLAN, wait_until
from tests.e2e.test_capture import decode


def counted(lab, tenant):
    return {i["reason"]: i["packets"] for i in lab.json("show", "drops", "--tenant", tenant)["items"]}


@contextlib.contextmanager
def capture(lab, tenant, file, *options):
    """While the block runs, and until the capture has seen it all; .stderr is what it said."""
    process = subprocess.Popen([lab.build / "controlplane/shell/demarc", "--socket", lab.socket, "capture", "--tenant", tenant,
                                "--file", file, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        # The answer begins with the first packet, so: traffic until something is in the file.
        def begun():
            lab.exec(f"{tenant}-ue", "ping", "-c", "1", "-W", "1", PLAN["server"], check=False)
            return file.exists() and file.stat().st_size > 200
        wait_until(begun, 20, "the capture to begin")
        yield process
        process.wait(60)
    finally:
        if process.poll() is None:
            process.kill()
        process.said = process.stderr.read()
        process.stdout.close()
        process.stderr.close()


def test_a_capture_shows_both_sides_and_one_tenant_only(two_tenants, tmp_path):
    lab = two_tenants
    file = tmp_path / "acme.pcapng"
    with capture(lab, "acme", file, "--packets", "60", "--wait", "20") as process:
        for tenant in ("bravo", "acme"):
            lab.exec(f"{tenant}-ue", "ping", "-c", "20", "-i", "0.02", PLAN["server"])
    assert process.returncode == 0, process.said
    assert " 0 more were lost" in process.said, process.said
    assert os.stat(file).st_mode & 0o777 == 0o600
    assert decode(file, '_ws.malformed || _ws.expert.severity >= 6291456 || ip.checksum.status == "Bad"') == []
    assert len(decode(file, "frame")) == 60
    vlans = lab.state["tenants"]
    assert decode(file, f"vlan.id in {{{vlans['bravo']['access_vlan']}, {vlans['bravo']['core_vlan']}}}") == []
    # A packet is there as it came in, tunnelled, and as it went out, plain.
    assert decode(file, f"gtp.teid == {PLAN['uplink_teid']} && icmp.type == 8 && frame.packet_flags_direction == 1")
    assert decode(file, "!gtp && icmp.type == 8 && frame.packet_flags_direction == 2")
    assert decode(file, 'frame.comment contains "session "')


def test_drops_carry_their_reason(two_tenants, tmp_path):
    lab = two_tenants
    before = counted(lab, "acme").get("ipv4_ttl_exceeded", 0)
    file = tmp_path / "drops.pcapng"
    process = subprocess.Popen([lab.build / "controlplane/shell/demarc", "--socket", lab.socket, "capture", "--tenant", "acme",
                                "--file", file, "--drops-only", "--packets", "3", "--wait", "20", "--filter",
                                "udp and port 2152"], stderr=subprocess.PIPE, text=True)
    try:
        def done():
            lab.exec("acme-ue", "ping", "-c", "1", "-W", "1", "-t", "1", PLAN["server"], check=False)
            return process.poll() is not None
        wait_until(done, 20, "the capture to end")
    finally:
        if process.poll() is None:
            process.kill()
        said = process.stderr.read()
        process.stderr.close()
    assert process.returncode == 0, said
    assert counted(lab, "acme").get("ipv4_ttl_exceeded", 0) >= before + 3
    assert len(decode(file, "frame")) == 3
    assert len(decode(file, 'frame.comment contains "dropped: ipv4_ttl_exceeded"')) == 3


@pytest.mark.parametrize("options, sentence", [
    (("--filter", "udp prot 53"), "neither an address, a number nor a word"),
    (("--session", "0"), "smallest is 1"),
    (("--snap", "10"), "from 64 to 9216"),
])
def test_bad_orders_are_refused_and_leave_no_file(two_tenants, tmp_path, options, sentence):
    file = tmp_path / "x.pcapng"
    said = two_tenants.demarc("capture", "--tenant", "acme", "--file", file, *options, check=False)
    assert said.returncode != 0
    assert sentence in said.stderr
    assert not file.exists()


def test_ctrl_c_leaves_a_whole_file(two_tenants, tmp_path):
    lab = two_tenants
    file = tmp_path / "ended.pcapng"
    with capture(lab, "acme", file, "--wait", "60") as process:
        lab.exec("acme-ue", "ping", "-c", "5", "-i", "0.02", PLAN["server"])
        process.send_signal(signal.SIGINT)
    assert process.returncode == 130, process.said
    assert "packets in" in process.said and "up to the interruption" in process.said
    assert len(decode(file, "frame")) == int(process.said.split("demarc: ")[1].split()[0])


def test_a_file_that_is_there_is_kept(two_tenants, tmp_path):
    file = tmp_path / "precious"
    file.write_text("x")
    said = two_tenants.demarc("capture", "--tenant", "acme", "--file", file, check=False)
    assert said.returncode != 0 and "is there already" in said.stderr
    assert file.read_text() == "x"
