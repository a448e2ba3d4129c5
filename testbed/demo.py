"""The demo: two tenants, everything the same, nothing shared. Told step by step; started by scripts/demo."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import textwrap

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from testbed.guard import Interrupted, LabError, held, stoppable  # noqa: E402
from testbed.lab import PLAN, Lab  # noqa: E402

TENANTS = ("acme", "bravo")
IPERF_SECONDS = 5


def tell(text):
    print("\n" + textwrap.fill(" ".join(text.split()), 100), flush=True)


def show(text):
    print(textwrap.indent(text.rstrip(), "    "), flush=True)


def in_parallel(lab, part, *command):
    """Starts the same command in a namespace of each tenant at once, and returns their outputs."""
    started = {t: subprocess.Popen(["ip", "netns", "exec", lab.ns(f"{t}-{part}"), *command], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True) for t in TENANTS}
    return {t: p.communicate(timeout=120)[0] for t, p in started.items()}


def ping_step(lab):
    tell(f"Both phones have the address {PLAN['ue']}, both tunnels the TEID {PLAN['uplink_teid']:#x} at the same GTP-U "
         f"endpoint address {PLAN['n3'].split('/')[0]}; only the VLANs differ. Both ping {PLAN['server']} at once:")
    for tenant, text in in_parallel(lab, "ue", "ping", "-c", "5", "-i", "0.2", PLAN["server"]).items():
        show(f"{tenant}: " + "; ".join(line for line in text.splitlines() if "received" in line or "rtt" in line))


def who_answers_step(lab):
    tell("Behind that one address is another server for each tenant. Each phone asks its own who it is (curl):")
    for tenant in TENANTS:
        folder = lab.folder / f"www-{tenant}"
        folder.mkdir(exist_ok=True)
        (folder / "whoami").write_text(f"I am {tenant}'s server\n")
        lab.spawn(f"www-{tenant}", f"{tenant}-dn", sys.executable, "-u", "-m", "http.server", "80", "--bind", PLAN["server"],
                  "--directory", folder, ready="Serving")
    for tenant, text in in_parallel(lab, "ue", "curl", "-s", "-m", "5", f"http://{PLAN['server']}/whoami").items():
        show(f"{tenant}'s phone hears: {text.strip()}")
        if tenant not in text:
            raise LabError(f"{tenant}'s phone reached the wrong server, or none: {text!r}")


def iperf_step(lab):
    tell(f"iperf3 for {IPERF_SECONDS} s, both tenants at once, each to its own server at {PLAN['server']}:")
    for tenant in TENANTS:
        lab.spawn(f"iperf-{tenant}", f"{tenant}-dn", "iperf3", "-s", "-B", PLAN["server"], "--forceflush", ready="listening")
    for tenant, text in in_parallel(lab, "ue", "iperf3", "-J", "-c", PLAN["server"], "-t", str(IPERF_SECONDS)).items():
        try:
            answer = json.loads(text)
        except ValueError:
            raise LabError(f"iperf3 of {tenant} did not end well: {text.strip()[-500:] or 'it said nothing'}") from None
        if "error" in answer:
            raise LabError(f"iperf3 of {tenant}: {answer['error']}")
        sent = answer["end"]["sum_received"]
        show(f"{tenant}: {sent['bits_per_second'] / 1e6:.0f} Mbit/s, {sent['bytes'] / 2**20:.0f} MiB received by its server")


def counters_step(lab):
    tell("What each tenant used, counted in the data plane; every packet is accounted for:")
    show(lab.demarc("show", "counters").stdout)
    for tenant in TENANTS:
        balance = lab.counters(tenant)["balance"]
        if balance != 0:
            raise LabError(f"{tenant}'s counters do not balance: {balance} packets are missing")
    show(lab.demarc("show", "drops").stdout)


def suspend_step(lab):
    tell("The provider suspends acme. Its traffic stops; bravo's goes on:")
    show("$ demarc tenant suspend acme")
    lab.demarc("tenant", "suspend", "acme")
    answers = in_parallel(lab, "ue", "ping", "-c", "5", "-i", "0.2", "-W", "1", PLAN["server"])
    for tenant, text in answers.items():
        show(f"{tenant}: " + next(line for line in text.splitlines() if "received" in line))
    show(lab.demarc("show", "drops", "--tenant", "acme").stdout)
    if " 0 received" not in answers["acme"] or " 5 received" not in answers["bravo"]:
        raise LabError("suspending acme did not do what it should")
    lab.demarc("tenant", "resume", "acme")
    tell("Resumed, acme is back:")
    text = lab.exec("acme-ue", "ping", "-c", "3", "-i", "0.2", PLAN["server"]).stdout
    show("acme: " + next(line for line in text.splitlines() if "received" in line))


def kill_step(lab):
    tell("kill -9 for the data plane, under way. It starts again, the control plane finds by digest what is missing, "
         "and traffic flows:")
    lab.kill("demarc-dp", signal.SIGKILL)
    lab.start_dp()
    lab.wait_synced()
    show(lab.demarc("show", "sync").stdout)
    for tenant, text in in_parallel(lab, "ue", "ping", "-c", "3", "-i", "0.2", PLAN["server"]).items():
        show(f"{tenant}: " + next(line for line in text.splitlines() if "received" in line))


def play(lab):
    tell("demarc: one building, many locked flats. Starting the data plane, the control plane, and around them the "
         "networks of two tenants, acme and bravo, in network namespaces of this machine.")
    lab.up(TENANTS)
    show(lab.demarc("show", "tenants").stdout)
    for tenant in TENANTS:
        show(lab.demarc("show", "attachments", "--tenant", tenant).stdout)
    for step in (ping_step, who_answers_step, iperf_step, counters_step, suspend_step, kill_step):
        step(lab)


def run_demo():
    """Returns what is to be said at the end, and the exit code. Whatever happens, everything is removed."""
    lab = Lab("demo")
    try:
        with stoppable():
            if lab.is_up():
                tell("A demo that was interrupted is cleaned up first.")
            lab.down()
            play(lab)
        return "That was it. Everything is removed again. To look around yourself: sudo testbed/lab up", 0
    except Interrupted as stop:
        return "demo: interrupted; everything is removed", stop.status
    except (LabError, OSError, subprocess.SubprocessError) as error:
        return f"demo: {error}", 1
    finally:
        lab.down()


def main():
    try:
        with held("demo", "a demo"):
            text, status = run_demo()
    except LabError as error:
        text, status = f"demo: {error}", 1
    try:
        print(f"\n{text}", file=sys.stderr if status else sys.stdout, flush=True)
    except OSError:  # the terminal is gone, or the reader of the pipe
        os._exit(status or 1)
    sys.exit(status)


if __name__ == "__main__":
    main()
