#!/usr/bin/python3
"""The program `demarc` as people and scripts meet it: exit codes, scripts, a terminal. Usage: test_program.py DEMARC"""
import json
import os
import pathlib
import pty
import re
import select
import signal
import stat
import subprocess
import sys
import tempfile
import termios
import time
import unittest

from fake_demarcd import FakeDemarcd

DEMARC = sys.argv.pop(1) if len(sys.argv) > 1 else "demarc"


class WithServer(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.home = pathlib.Path(self.folder.name)
        self.server = FakeDemarcd(self.home / "api.sock")
        self.addCleanup(self.server.stop)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "TERM": "xterm",
                            "DEMARC_SOCKET": str(self.home / "api.sock")}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def run_demarc(self, *words, stdin=None, environment=None):
        how = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run([DEMARC, *words], capture_output=True, text=True, timeout=20,
                              env=environment or self.environment, **how)


class OneCommand(WithServer):
    def test_exit_codes(self):
        for words, code, sentence in [
            (["show", "tenants"], 0, ""),
            (["tenant", "add", "new"], 0, ""),
            (["tenant", "add", "pending"], 4, "demarc: stored, but the data plane has not applied it yet"),
            (["tenant", "add", "refused"], 1, "demarc: stored, but the data plane refused it: the table is full"),
            (["tenant", "add", "taken"], 1, 'demarc: there is a tenant "taken" already'),
            (["show", "vrfs", "--tenant", "nobody"], 1, "demarc: there is no"),
            (["show", "nonsense"], 2, 'demarc: there is no command "show nonsense"'),
            (["show", "vrfs"], 2, "needs --tenant TENANT"),
            (["help", "nonsense"], 2, "nonsense"),
            (["session", "add", "--tenant", "acme", "--file", "/nowhere.json"], 2, "/nowhere.json"),
            (["--url", "ftp://x", "show", "tenants"], 2, "ftp://x"),
            (["--socket", "/nowhere/api.sock", "show", "tenants"], 3, "cannot reach demarcd at /nowhere/api.sock"),
            (["--url", "http://127.0.0.1:1", "show", "tenants"], 3, "cannot reach demarcd at http://127.0.0.1:1"),
        ]:
            with self.subTest(words=words):
                done = self.run_demarc(*words)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(sentence, done.stderr)
                self.assertEqual(done.stderr == "", sentence == "")

    def test_people_and_machines(self):
        self.assertEqual(self.run_demarc("show", "tenants").stdout,
                         "TENANT  STATE   VRFS  ATTACHMENTS  SESSIONS  UPLINK  DOWNLINK  TIER\nacme    active     2            2     1,234       -         -  -\n")
        self.assertEqual(self.run_demarc("show", "vrfs", "--tenant", "bravo").stdout, "bravo has no VRFs\n")
        self.assertEqual(json.loads(self.run_demarc("show", "tenants", "--json").stdout)["items"][0]["sessions"], 1234)
        refused = self.run_demarc("tenant", "add", "taken", "--json")
        self.assertEqual(json.loads(refused.stdout)["error"]["code"], "conflict")
        self.assertEqual(refused.returncode, 1)

    def test_a_session_and_what_it_used(self):
        shown = self.run_demarc("show", "session", "5", "--tenant", "acme")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        self.assertEqual(shown.stdout, "session 0x5 of acme\n"
                         "USAGE       PACKETS  BYTES\nuplink           12  340 B\ndownlink          0    0 B\n"
                         "dropped           1\n  far_drop        1         so the FAR says\n")
        unknown = self.run_demarc("show", "session", "6", "--tenant", "acme")
        self.assertEqual(unknown.returncode, 0)
        self.assertIn("usage  unknown: there is no \"/v1/tenants/acme/sessions/6/usage\"\n", unknown.stdout)
        self.assertNotIn("usage", self.run_demarc("show", "session", "5", "--tenant", "acme", "--json").stdout)
        self.assertEqual(json.loads(self.run_demarc("show", "usage", "5", "--tenant", "acme", "--json").stdout)["uplink_bytes"],
                         340)
        refused = self.run_demarc("show", "usage", "6", "--tenant", "acme")
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))

    def test_lists_are_whole_whatever_their_pages(self):
        self.assertEqual(self.run_demarc("show", "vrfs", "--tenant", "many").stdout.count("core"), 25)
        answer = json.loads(self.run_demarc("show", "vrfs", "--tenant", "many", "--json").stdout)
        self.assertEqual([i["name"] for i in answer["items"]], [f"v{i}" for i in range(25)])
        self.assertNotIn("next", answer)
        for limit, after, many in ((None, None, 2500), (5, None, 5), (1200, None, 1200), (5, 16, 5), (5000, 2000, 500)):
            words = ["--limit", str(limit)] * bool(limit) + ["--after", str(after)] * bool(after)
            answer = json.loads(self.run_demarc("show", "sessions", "--tenant", "many", "--json", *words).stdout)
            first = (after or 0) + 1
            self.assertEqual([i["up_seid"] for i in answer["items"]], list(range(first, first + many)), words)
        self.server.asked.clear()
        names = self.run_demarc("complete", "vrf", "remove", "--tenant", "many", "").stdout.split()
        self.assertEqual(len(names), 25)
        self.assertEqual(self.server.asked, [f"GET /v1/tenants/many/vrfs{q}" for q in ("", "?after=x%2C10", "?after=x%2C20")])

    def test_trace_lines_come_one_by_one(self):
        with subprocess.Popen([DEMARC, "trace", "acme", "--packets", "20", "--json"], stdout=subprocess.PIPE, text=True,
                              env=self.environment) as process:
            self.assertEqual(json.loads(process.stdout.readline())["packet"], 0)
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(10), 130)

    def test_local_commands_need_no_server(self):
        self.environment["DEMARC_SOCKET"] = "/nowhere/api.sock"
        for words, text in [(["help"], "tenant add"), (["--help"], "--socket"), (["show", "--help"], "show counters"),
                            (["trace", "--help"], "--packets N"), (["manual"], ".TH DEMARC 1"),
                            (["manual", "--format", "markdown"], "### session add"), (["--version"], "demarc ")]:
            done = self.run_demarc(*words)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(text, done.stdout)

    def test_output_that_cannot_be_written_is_an_error(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([DEMARC, "show", "tenants"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=20,
                                  stdin=subprocess.DEVNULL, env=self.environment)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot be written", done.stderr)

    def test_watch(self):
        with subprocess.Popen([DEMARC, "show", "tenants", "--watch", "1"], stdout=subprocess.PIPE, text=True,
                              env=self.environment) as process:
            titles = 0
            for line in process.stdout:
                titles += line.startswith("TENANT")
                if titles == 2:
                    break
            process.terminate()
            process.wait(10)
        self.assertEqual(titles, 2)

    def test_completion_for_other_shells(self):
        self.assertEqual(self.run_demarc("complete", "show", "vrfs", "--tenant", "").stdout, "acme\n")
        self.assertEqual(self.run_demarc("complete", "ten").stdout, "tenant\n")


class Script(WithServer):
    def test_stops_at_the_first_error(self):
        done = self.run_demarc(stdin="# a comment\n\ntenant add one   # another\ntenant add taken\ntenant add two\n")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, 'demarc: line 4: there is a tenant "taken" already\n')
        self.assertEqual(self.server.asked, ['POST /v1/tenants {"name":"one"}', 'POST /v1/tenants {"name":"taken"}'])

    def test_goes_on_after_what_is_pending_and_says_so_in_the_end(self):
        done = self.run_demarc(stdin="tenant add pending\ntenant add two\n")
        self.assertEqual(done.returncode, 4)
        self.assertEqual(self.server.asked[-1], 'POST /v1/tenants {"name":"two"}')
        self.assertEqual(self.run_demarc(stdin="tenant add pending\ntenant add taken\n").returncode, 1)

    def test_keeps_going(self):
        done = self.run_demarc("--keep-going", stdin="tenant add taken\nnonsense\ntenant add two\nquit\ntenant add three\n")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.server.asked[-1], 'POST /v1/tenants {"name":"two"}')
        self.assertIn("demarc: line 2: ", done.stderr)

    def test_quotes(self):
        done = self.run_demarc(stdin="tenant add 'on''e'\ndemarc tenant add \"two\"\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.server.asked, ['POST /v1/tenants {"name":"one"}', 'POST /v1/tenants {"name":"two"}'])
        self.assertEqual(self.run_demarc(stdin="tenant add 'one\n").returncode, 2)


class Terminal(WithServer):
    def setUp(self):
        super().setUp()
        self.text = ""
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.execve(DEMARC, [DEMARC], self.environment)
        self.addCleanup(self.end)
        self.expect("demarc> ")
        self.wait_for_editor()

    def end(self):
        os.close(self.terminal)
        try:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
        except (ProcessLookupError, ChildProcessError):
            pass

    def type(self, keys):
        os.write(self.terminal, keys.encode())

    def expect(self, words, seconds=10):
        """Reads until `words` came, and forgets all up to there."""
        until = time.monotonic() + seconds
        while True:
            plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text)
            if words in plain:
                self.text = plain.split(words, 1)[1]
                return
            left = until - time.monotonic()
            ready = select.select([self.terminal], [], [], max(left, 0))[0]
            self.assertTrue(ready, f"{words!r} did not come; there was {plain!r}")
            try:
                self.text += os.read(self.terminal, 4096).decode(errors="replace")
            except OSError:
                self.fail(f"the program ended before {words!r} came; there was {plain!r}")

    def wait_for_editor(self, seconds=10):
        """The prompt is on the screen a moment before the line editor takes the keys; until then Ctrl-C is a signal."""
        until = time.monotonic() + seconds
        while termios.tcgetattr(self.terminal)[3] & termios.ICANON:
            self.assertLess(time.monotonic(), until, "the line editor did not take the terminal")
            time.sleep(0.005)

    def exit_code(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])

    def test_commands_errors_and_quit(self):
        self.type("show tenants\n")
        self.expect("acme    active")
        self.type("show tenant\n")
        self.expect('did you mean "show tenants"?')
        self.type("tenant add taken\n")
        self.expect('demarc: there is a tenant "taken" already')
        self.type("quit\n")
        self.assertEqual(self.exit_code(), 0)

    def test_completion(self):
        self.type("sho\tvrf\t--ten\t\t\n")  # words, an option, a tenant's name
        self.expect("n3-vrf    access")
        self.type("show vrfs --tenant nobody\x15")  # Ctrl-U: forget it
        self.type("show s\t")
        self.expect("sessions  List the sessions")
        self.type("\x15vrf add ?")
        self.expect("NAME  a name that is new in the tenant")
        self.type("\x15\x04")
        self.assertEqual(self.exit_code(), 0)

    def test_ctrl_c_ends_the_line_and_the_command_not_the_shell(self):
        self.type("tenant add nev\x03")
        self.expect("^C")
        self.expect("demarc> ")
        self.type("trace acme --packets 100\n")
        self.expect("packet 1 ")
        self.type("\x03")
        self.expect("demarc> ")
        self.type("show version\n")
        self.expect("demarcd 9.8.7 (store schema 3)")
        self.assertFalse([a for a in self.server.asked if "nev" in a])
        self.type("show tenants --watch 1\n")
        self.expect("acme")
        self.expect("acme")
        self.type("\x03")
        self.expect("demarc> ")

    def test_history_survives_and_is_private(self):
        self.type("show version\n")
        self.expect("9.8.7")
        self.type("exit\n")
        self.assertEqual(self.exit_code(), 0)
        file = self.home / ".demarc_history"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.assertEqual(file.read_text(), "show version\nexit\n")
        os.close(self.terminal)
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.execve(DEMARC, [DEMARC], self.environment)
        self.text = ""
        self.expect("demarc> ")
        self.type("\x1b[A\x1b[A\n")  # twice up
        self.expect("9.8.7")


if __name__ == "__main__":
    unittest.main()
