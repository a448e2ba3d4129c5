"""The lab and the demo as people treat them: typed twice, interrupted at any moment, ended by any signal."""
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from testbed.guard import LabError, held
from testbed.lab import ROOT, Lab, is_mount, start_ticks, wait_until

NAME = "ctl"
LAB = [sys.executable, "-B", str(ROOT / "testbed/lab"), "--name", NAME]


def command(*words):
    return subprocess.run([*LAB, *words], capture_output=True, text=True, timeout=90)


def said(answer):
    return answer.stdout + answer.stderr


def leftovers(name):
    """What is there of a lab: namespaces, its folder, its lock, processes with its folder in their command line."""
    found = [line for line in subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout.splitlines()
             if line.startswith(f"{name}-")]
    found += [str(p) for p in (pathlib.Path(f"/run/demarc-{name}"), pathlib.Path(f"/run/demarc-{name}.lock")) if p.exists()]
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"/run/demarc-{name}/" in text:
            found.append(text)
    return found


@pytest.fixture(scope="module")
def lab_by_hand():
    Lab(NAME).down()
    try:
        answer = command("up", "--tenants", "corp, delta")
        assert answer.returncode == 0, said(answer)
        yield answer.stdout
    finally:
        Lab(NAME).down()


def test_up_says_what_to_try_and_that_works(lab_by_hand):
    assert f"--name {NAME} exec corp-ue ping" in lab_by_hand
    answer = command("exec", "corp-ue", "ping", "-c", "2", "-i", "0.1", "10.99.0.10")
    assert answer.returncode == 0, said(answer)


def test_up_typed_twice_leaves_the_first(lab_by_hand):
    before = dict(Lab(NAME).state["processes"])
    answer = command("up")
    assert answer.returncode == 1 and "is up already" in answer.stderr and "Traceback" not in answer.stderr
    lab = Lab(NAME)
    assert lab.state["processes"] == before and all(lab.pid(key) for key in before)


@pytest.mark.parametrize("program", ["demarc-dp", "demarcd"])
def test_start_of_what_runs_is_refused(lab_by_hand, program):
    pid = Lab(NAME).pid(program)
    answer = command("start", program)
    assert answer.returncode == 1 and f"runs already, with pid {pid}" in answer.stderr
    assert Lab(NAME).pid(program) == pid


def test_kill_and_start(lab_by_hand):
    assert command("kill", "demarcd").returncode == 0
    assert Lab(NAME).pid("demarcd") is None
    answer = command("kill", "demarcd")
    assert answer.returncode == 1 and "does not run" in answer.stderr
    assert command("start", "demarcd").returncode == 0
    Lab(NAME).wait_synced()


@pytest.mark.parametrize("words, expect", [
    (["sh", "-c", 'echo "$@"', "--", "a", "--", "b"], "a -- b"),
    (["--", "echo", "--", "b"], "-- b"),
    (["echo", "--name", "x"], "--name x"),
])
def test_exec_passes_all_on(lab_by_hand, words, expect):
    assert command("exec", "corp-dn", *words).stdout.strip() == expect


def test_exec_of_an_unknown_part_names_the_parts(lab_by_hand):
    answer = command("exec", "acme-ue", "true")
    assert answer.returncode == 1 and "corp-ue" in answer.stderr and "delta-dn" in answer.stderr


def test_demarc_passes_all_on(lab_by_hand):
    assert command("demarc", "--help").stdout.startswith("demarc")
    assert command("demarc", "--version").stdout.startswith("demarc ")
    assert command("demarc", "--json", "show", "tenants").stdout.startswith("{")


@pytest.mark.parametrize("words", [["start", "demarcd"], ["kill", "demarc-dp"], ["exec", "acme-ue", "true"],
                                   ["demarc", "show", "tenants"]])
def test_without_a_lab_that_is_said(words):
    answer = subprocess.run([sys.executable, "-B", str(ROOT / "testbed/lab"), "--name", "none", *words],
                            capture_output=True, text=True, timeout=30)
    assert answer.returncode == 1 and 'lab "none" is not up' in answer.stderr and "Traceback" not in answer.stderr


@pytest.mark.parametrize("tenants, say", [("", 'tenant ""'), ("acme,acme", "twice"), ("acme,,bravo", 'tenant ""'),
                                          ("Acme", 'tenant "Acme"')])
def test_bad_tenants_are_refused_before_anything_is_made(tenants, say):
    answer = subprocess.run([sys.executable, "-B", str(ROOT / "testbed/lab"), "--name", "none", "up", "--tenants", tenants],
                            capture_output=True, text=True, timeout=30)
    assert answer.returncode == 1 and say in answer.stderr
    assert leftovers("none") == []


def test_one_holder_at_a_time(tmp_path):
    with held("x", "a demo", run=tmp_path):
        with pytest.raises(LabError, match=rf"a demo is running \(pid {os.getpid()}\)"):
            with held("x", "lab up", run=tmp_path):
                pass
    with held("x", "lab up", run=tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


STOPPED = "stop"


def start_in_a_group(*words):
    return subprocess.Popen([sys.executable, "-B", *[str(w) for w in words]], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, start_new_session=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("when", ["a namespace", "a program", "demarcd"])
def test_up_interrupted_leaves_nothing(number, when):
    Lab(STOPPED).down()
    had_run_netns = is_mount("/run/netns")
    process = start_in_a_group(ROOT / "testbed/lab", "--name", STOPPED, "up")

    def reached():
        state = Lab(STOPPED).state
        return {"a namespace": state["namespaces"], "a program": state["processes"],
                "demarcd": "demarcd" in state["processes"]}[when]
    try:
        wait_until(reached, 60, when)
        os.killpg(process.pid, number)  # as the terminal does: to the command and its children
        time.sleep(0.08)
        os.killpg(process.pid, number)  # and once more, by somebody impatient, while it cleans up
    except ProcessLookupError:
        pass
    text = process.communicate(timeout=60)[0]
    assert process.returncode == 128 + number and "interrupted" in text and "Traceback" not in text, text
    assert leftovers(STOPPED) == []
    assert is_mount("/run/netns") == had_run_netns


def demo_reached(text):
    log = pathlib.Path("/run/demarc-demo")
    return any(log.glob(text))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_demo_interrupted_twice_leaves_nothing(number):
    """While iperf3 runs for both tenants; a second demo in between is refused and ends nothing."""
    Lab("demo").down()
    process = start_in_a_group(ROOT / "testbed/demo.py")
    try:
        wait_until(lambda: demo_reached("iperf-bravo.log") or process.poll() is not None, 90, "iperf3 of the demo")
        second = subprocess.run([sys.executable, "-B", str(ROOT / "testbed/demo.py")], capture_output=True, text=True,
                                timeout=60)
        assert second.returncode == 1 and f"a demo is running (pid {process.pid})" in second.stderr
        assert "Traceback" not in second.stderr and start_ticks(process.pid)
        os.killpg(process.pid, number)
        time.sleep(0.08)
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass
    text = process.communicate(timeout=60)[0]
    assert process.returncode == 128 + number and text.rstrip().endswith("interrupted; everything is removed"), text
    assert "Traceback" not in text
    assert leftovers("demo") == []


def test_the_readmes_first_tenant_can_be_typed(lab_by_hand):
    """Each line of README's "A first tenant, by hand", as it stands there."""
    section = (ROOT / "README.md").read_text().split("## A first tenant, by hand")[1].split("```")[1]
    lines = [*section.strip().splitlines(), "tenant remove corp --force"]
    assert len(lines) > 8
    for line in lines:
        line = line.replace(" corp", " handmade")  # corp is there in this lab
        answer = command("demarc", *line.split())
        assert answer.returncode == 0, f"{line}: {said(answer)}"
    Lab(NAME).wait_synced()
