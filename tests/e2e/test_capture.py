"""An independent eye: tshark decodes what demarc sends and finds nothing wrong with it."""
import contextlib
import socket
import subprocess
import time

import pytest

from testbed.lab import PLAN, PLAN6, Lab, wait_until
from testbed.wire import socket_in
from tests.e2e.test_ipv6 import WAYS


@pytest.fixture(scope="module")
def dual_stack():
    lab = Lab("tsk")
    lab.down()
    lab = Lab("tsk")
    try:
        lab.up(("acme", "bravo"), ipv6=True)
        yield lab
    finally:
        lab.down()


@contextlib.contextmanager
def captured(lab):
    """Both ports' frames, in files that are whole afterwards."""
    files = {p: lab.folder / f"{p}.pcap" for p in ("access", "core")}
    captures = [subprocess.Popen(["ip", "netns", "exec", lab.ns("sw"), "dumpcap", "-q", "-P", "-i", lab.device(p), "-w", str(f)],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for p, f in files.items()]
    try:
        wait_until(lambda: all(f.exists() and f.stat().st_size >= 24 for f in files.values()), 10, "dumpcap to start")
        time.sleep(0.3)
        yield files
        time.sleep(0.5)
    finally:
        for capture in captures:
            capture.terminate()
            capture.wait(10)


def expect_no_fault(files):
    for port, file in files.items():
        frames = decode(file, "frame")
        assert len(frames) >= 20, f"{port}: only {len(frames)} frames"
        faults = decode(file, '_ws.malformed || _ws.expert.severity >= 6291456 || ip.checksum.status == "Bad" || '
                        'udp.checksum.status == "Bad"')
        assert faults == [], f"{port}: " + "\n".join(faults)


def test_tshark_finds_no_fault(two_tenants):
    lab = two_tenants
    with captured(lab) as files:
        for tenant in ("acme", "bravo"):
            lab.exec(f"{tenant}-ue", "ping", "-c", "5", "-i", "0.05", PLAN["server"])
        lab.exec("acme-gnb", "ping", "-c", "2", "-i", "0.05", PLAN["n3"].split("/")[0])
    expect_no_fault(files)
    tunnelled = decode(files["access"], f"gtp.message == 255 && gtp.teid == {PLAN['downlink_teid']} && icmp")
    assert len(tunnelled) >= 10
    assert len(decode(files["access"], f"gtp.teid == {PLAN['downlink_teid']} && gtp.ext_hdr.pdu_ses_con.qos_flow_id == "
                      f"{PLAN['qfi']}")) == len(tunnelled)


def test_tshark_finds_no_fault_in_ipv6_signalling_and_fragments(dual_stack):
    """IPv6 outside and inside, Echo, Error Indication, Supported Extension Headers Notification, and outer fragments."""
    lab = dual_stack
    lab.demarc("attachment", "set", "ran", "--tenant", "acme", "--fragment-ipv4", "yes")
    lab.ip("acme-ue", "link", "set", "ue0", "mtu", "1500")
    lab.wait_synced()
    with captured(lab) as files:
        for source, server in WAYS.values():
            lab.exec("acme-ue", "ping", "-c", "3", "-i", "0.05", "-I", source, server)
        # 1,500 bytes inside, without DF: the outer packets are cut, both ways.
        lab.exec("acme-ue", "ping", "-c", "3", "-i", "0.05", "-M", "dont", "-s", "1472", "-I", PLAN["ue"], PLAN["server"])
        for family, ours in ((socket.AF_INET, PLAN["n3"]), (socket.AF_INET6, PLAN6["n3"])):
            with socket_in(lab.ns("acme-gnb"), family, socket.SOCK_DGRAM) as gnb:
                for message in ("320100040000000000010000", "30ff000000dead00", "34ff0008000001000000" + "00c101000000"):
                    gnb.sendto(bytes.fromhex(message), (ours.split("/")[0], 2152))
    expect_no_fault(files)
    access = files["access"]
    for family in ("ip", "ipv6"):
        for message in (2, 26, 31):
            assert decode(access, f"{family} && gtp.message == {message}"), f"no message of type {message} over {family}"
        for inner in ("icmp", "icmpv6"):
            assert decode(access, f"{family} && gtp.message == 255 && {inner}"), f"no {inner} in a tunnel over {family}"
    assert len(decode(access, "ip.flags.mf == 1")) >= 6, "fragments, up and down"


def decode(file, display_filter):
    """The frames that match, a line each. Errors (not warnings) of tshark's experts have severity 0x600000 and more."""
    # A tunnel over IPv6 may go without a UDP checksum (RFC 6935, RFC 6936).
    # The same address behind two MAC addresses is no fault here: each is on a VLAN, and with a tenant, of its own.
    done = subprocess.run(["tshark", "-r", str(file), "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o",
                           "udp.ignore_ipv6_zero_checksum:TRUE", "-o",
                           "arp.detect_duplicate_ips:FALSE", "-Y", display_filter], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
