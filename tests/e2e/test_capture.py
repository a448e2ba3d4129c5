"""An independent eye: tshark decodes what demarc sends and finds nothing wrong with it."""
import subprocess
import time

from testbed.lab import PLAN, wait_until


def test_tshark_finds_no_fault(two_tenants):
    lab = two_tenants
    files = {p: lab.folder / f"{p}.pcap" for p in ("access", "core")}
    captures = [subprocess.Popen(["ip", "netns", "exec", lab.ns("sw"), "dumpcap", "-q", "-P", "-i", lab.device(p), "-w", str(f)],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for p, f in files.items()]
    wait_until(lambda: all(f.exists() and f.stat().st_size >= 24 for f in files.values()), 10, "dumpcap to start")
    time.sleep(0.3)
    for tenant in ("acme", "bravo"):
        lab.exec(f"{tenant}-ue", "ping", "-c", "5", "-i", "0.05", PLAN["server"])
    lab.exec("acme-gnb", "ping", "-c", "2", "-i", "0.05", PLAN["n3"].split("/")[0])
    time.sleep(0.5)
    for capture in captures:
        capture.terminate()
        capture.wait(10)
    for port, file in files.items():
        frames = decode(file, "frame")
        assert len(frames) >= 20, f"{port}: only {len(frames)} frames"
        faults = decode(file, '_ws.malformed || _ws.expert.severity >= 6291456 || ip.checksum.status == "Bad"')
        assert faults == [], f"{port}: " + "\n".join(faults)
    tunnelled = decode(files["access"], f"gtp.message == 255 && gtp.teid == {PLAN['downlink_teid']} && icmp")
    assert len(tunnelled) >= 10
    assert len(decode(files["access"], f"gtp.teid == {PLAN['downlink_teid']} && gtp.ext_hdr.pdu_ses_con.qos_flow_id == "
                      f"{PLAN['qfi']}")) == len(tunnelled)


def decode(file, display_filter):
    """The frames that match, a line each. Errors (not warnings) of tshark's experts have severity 0x600000 and more."""
    # The same address behind two MAC addresses is no fault here: each is on a VLAN, and with a tenant, of its own.
    done = subprocess.run(["tshark", "-r", str(file), "-o", "ip.check_checksum:TRUE", "-o",
                           "arp.detect_duplicate_ips:FALSE", "-Y", display_filter], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
