"""Labs for the end-to-end tests. Each test module that asks for one gets its own, in namespaces of its own."""
import os
import pathlib
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from testbed.lab import Lab  # noqa: E402


def pytest_configure(config):
    if os.geteuid() != 0:
        pytest.exit("the end-to-end tests need root, for namespaces and TAP devices", 1)


def say_what_was(lab):
    """When a test failed: what the programs said and counted."""
    for log in sorted(lab.folder.glob("*.log")):
        print(f"---- {log.name}\n{log.read_text(errors='replace')[-4000:]}")
    for words in (("show", "sync"), ("show", "counters"), ("show", "drops", "--all"), ("show", "workers")):
        answer = lab.demarc(*words, check=False)
        print(f"---- demarc {' '.join(words)}\n{answer.stdout}{answer.stderr}")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call" and outcome.get_result().failed:
        for lab in (v for v in item.funcargs.values() if isinstance(v, Lab)):
            say_what_was(lab)


@pytest.fixture(scope="module")
def two_tenants():
    """acme and bravo with the same addresses, gNB stand-ins and servers; everything runs."""
    lab = Lab("e2e")
    lab.down()  # what an interrupted run left
    lab = Lab("e2e")
    try:
        lab.up(("acme", "bravo"))
        yield lab
    finally:
        lab.down()


@pytest.fixture(scope="module")
def bare_lab():
    """demarc-dp and demarcd alone, no tenants: for tests that speak to the ports directly."""
    lab = Lab("raw")
    lab.down()
    lab = Lab("raw")
    try:
        lab.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lab.add_namespace("sw")
        lab.write_configuration(extra_dp="[gtpu]\necho_interval_s = 0\n")  # what comes out is what a test put in
        lab.start_dp()
        lab.start_cp()
        lab.wait_synced()
        yield lab
    finally:
        lab.down()
