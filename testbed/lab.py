"""The lab: a provider's machine with demarc on it and a few tenants' networks around it, all in network namespaces.

    lab-sw            demarc-dp with its TAP ports, the VLAN splitters, demarcd
    lab-acme-gnb      acme's gNB (10.1.0.2), on the access VLAN
    lab-acme-ue       acme's phone (10.45.0.7), behind the gNB
    lab-acme-dn       acme's data network: a server at 10.99.0.10, on the core VLAN
    lab-bravo-...     the same once more, with the same addresses

Used by scripts/demo, by the tests and from the command line (testbed/lab). Needs root, and nothing besides Python's
standard library and iproute2. Every process and namespace is written down in the lab's folder before it is used, so that
`down` finds all of it again, also after a crash.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from testbed.guard import LabError, deferred

ROOT = pathlib.Path(__file__).resolve().parent.parent

# The address plan: the same for every tenant, on purpose.
PLAN = {
    "n3": "10.1.0.1/24", "gnb": "10.1.0.2/24",
    "n6": "10.2.0.1/24", "router": "10.2.0.2/24",
    "server": "10.99.0.10", "server_net": "10.99.0.0/24",
    "ue": "10.45.0.7", "ue_pool": "10.45.0.0/16",
    "uplink_teid": 0x100, "downlink_teid": 0x200, "qfi": 9,
}
# The same of IPv6 (Lab.up(ipv6=True)). A second phone's tunnel goes over IPv6, the first one's over IPv4; both have
# both families inside.
PLAN6 = {
    "n3": "2001:db8:1::1/64", "gnb": "2001:db8:1::2/64",
    "n6": "2001:db8:2::1/64", "router": "2001:db8:2::2/64",
    "server": "2001:db8:99::10", "ue_pool": "2001:db8:100::/48",
    "ue": "2001:db8:100:7::", "second_ue": "2001:db8:100:8::", "second_ue_ipv4": "10.45.0.8",
    "uplink_teid": 0x108, "downlink_teid": 0x208,
}
TUN_MTU = 1400  # 1500 of the access link less 36 to 44 bytes of tunnel, rounded down as operators do


def run(*command, check=True, fine=(0,), timeout=60, **options):
    """Runs a command to its end; its output is in .stdout and .stderr. Checked, its exit code must be one of `fine`."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=timeout, **options)
    if check and done.returncode not in fine:
        words = " ".join(str(c) for c in command)
        raise LabError(f"`{words}` failed with {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done


def start_ticks(pid):
    """When the process was started (clock ticks since boot), or None. With the pid it names a process for good."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def is_mount(path):
    """Also true for a bind mount within one filesystem, which os.path.ismount() cannot see."""
    with open("/proc/self/mountinfo") as f:
        return any(line.split()[4] == path for line in f)


def wait_until(condition, seconds, what):
    """Waits until condition() is true, and returns what it returned; LabError after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise LabError(f"waited {seconds} s for {what}, in vain")
        time.sleep(0.02)


class Lab:
    """One lab. `name` is the prefix of its namespaces (at most 4 characters, for the kernel's device names)."""

    def __init__(self, name="lab", build=None, folder=None):
        self.name = name
        self.build = pathlib.Path(build or os.environ.get("DEMARC_BUILD") or ROOT / "build")
        self.folder = pathlib.Path(folder or f"/run/demarc-{name}")
        self.state_file = self.folder / "lab.json"
        self.state = {"namespaces": [], "processes": {}, "tenants": {}, "made_run_netns": False}
        if self.state_file.exists():
            self.state = json.loads(self.state_file.read_text())

    # ---- what is written down ----

    def save(self):
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self.state_file.with_suffix(".new")
        fresh.write_text(json.dumps(self.state, indent=1))
        fresh.replace(self.state_file)  # whole at any time, also when we are killed right here

    def is_up(self):
        """Something of this lab is there: all of it, or what a killed `up` left."""
        return bool(self.state["namespaces"])

    def ns(self, part):
        return f"{self.name}-{part}"

    @property
    def socket(self):
        return self.folder / "api.sock"

    # ---- namespaces ----

    def add_namespace(self, part):
        name = self.ns(part)
        if not is_mount("/run/netns"):
            self.state["made_run_netns"] = True
        self.state["namespaces"].append(name)
        self.save()
        run("ip", "netns", "add", name)
        # The kernel would send router solicitations and neighbor discovery of its own into the data plane.
        self.exec(part, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; "
                  "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set lo up")
        return name

    def exec(self, part, *command, **options):
        return run("ip", "netns", "exec", self.ns(part), *command, **options)

    def ip(self, part, *words):
        return run("ip", "-n", self.ns(part), *words)

    # ---- processes ----

    def spawn(self, key, part, *command, ready=None, env=None, seconds=20):
        """Starts a process in a namespace, output to <key>.log. `ready`: text that its log must show before it counts."""
        if self.pid(key) is not None:
            raise LabError(f"{key} of lab \"{self.name}\" runs already, with pid {self.pid(key)}")
        log = self.folder / f"{key}.log"
        with open(log, "ab") as out, deferred():
            before = log.stat().st_size
            process = subprocess.Popen(["ip", "netns", "exec", self.ns(part), *[str(c) for c in command]], stdout=out,
                                       stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
                                       env={**os.environ, **(env or {})})
            self.state["processes"][key] = {"pid": process.pid, "start": start_ticks(process.pid)}
            self.save()
        if ready:
            def is_ready():
                text = log.read_bytes()[before:].decode(errors="replace")
                if process.poll() is not None:
                    raise LabError(f"{key} ended with {process.returncode}: {text.strip()[-2000:]}")
                return ready in text
            wait_until(is_ready, seconds, f"{key} to start (its log: {log})")
        return process

    def pid(self, key):
        """The pid of a process of ours that lives, or None."""
        p = self.state["processes"].get(key)
        return p["pid"] if p and start_ticks(p["pid"]) == p["start"] else None

    def kill(self, key, sig=signal.SIGTERM, wait=10):
        pid = self.pid(key)
        if pid is None:
            return
        os.kill(pid, sig)
        end = time.monotonic() + wait
        while self.pid(key) is not None:
            try:
                os.waitpid(pid, os.WNOHANG)  # when it is a child of this very process
            except ChildProcessError:
                pass
            if time.monotonic() > end:
                if sig == signal.SIGKILL:
                    raise LabError(f"{key} (pid {pid}) does not die")
                os.kill(pid, signal.SIGKILL)
                sig, end = signal.SIGKILL, time.monotonic() + 5
            time.sleep(0.01)

    # ---- demarc itself ----

    def write_configuration(self, ports=("access", "core"), workers=(1,), extra_dp="", extra_cp=""):
        cores = os.cpu_count() or 1
        workers = [w if w < cores else cores - 1 for w in workers]
        main = 0
        port_text = "".join(
            f'\n[[port]]\nname = "{p}"\ndevice = "net_tap{i},iface={self.device(p)}"\n' for i, p in enumerate(ports))
        (self.folder / "demarc-dp.toml").write_text(
            f'[dataplane]\nworkers = {list(workers)}\nmain_core = {main}\nhugepages = "auto"\nidle = "sleep"\n'
            f'channel = "ipc://{self.folder}/channel/dp.sock"\n{extra_dp}{port_text}')
        (self.folder / "demarcd.toml").write_text(
            f'[store]\npath = "{self.folder}/demarc.db"\n[channel]\nendpoint = "ipc://{self.folder}/channel/dp.sock"\n'
            f'[api]\nsocket = "{self.socket}"\n{extra_cp}')
        self.state["ports"] = list(ports)
        self.save()

    def _has_device(self, port):
        return self.exec("sw", "ip", "link", "show", self.device(port), check=False).returncode == 0

    def device(self, port):
        """The kernel's side of a port."""
        return f"{self.name}-{port}"

    def start_dp(self, seconds=30):
        # Of a killed one a thread may still be on its way out, and with it the devices.
        wait_until(lambda: self.pid("demarc-dp") is not None or not any(self._has_device(p) for p in self.state["ports"]), seconds,
                   "the last data plane's ports to go")
        self.spawn("demarc-dp", "sw", self.build / "dataplane/demarc-dp", "--config", self.folder / "demarc-dp.toml")
        wait_until(lambda: self._alive("demarc-dp") and all(self._has_device(p) for p in self.state["ports"]), seconds,
                   "the data plane's ports")
        # Offloads and frames of the kernel's own have no place on these wires.
        for p in self.state["ports"]:
            self.ip("sw", "link", "set", self.device(p), "up")

    def start_cp(self, seconds=20):
        self.spawn("demarcd", "sw", self.build / "controlplane/demarcd", "--config", self.folder / "demarcd.toml")
        wait_until(lambda: self._alive("demarcd") and
                   self.demarc("show", "version", check=False).returncode == 0, seconds, "demarcd to answer")

    def _alive(self, key):
        if self.pid(key) is None:
            log = self.folder / f"{key}.log"
            raise LabError(f"{key} ended: {log.read_text(errors='replace').strip()[-2000:]}")
        return True

    def demarc(self, *words, check=True, timeout=60):
        """The operator's shell, once. 4: stored, and the data plane will have it when it is there."""
        return run(self.build / "controlplane/shell/demarc", "--socket", self.socket, *words, check=check, fine=(0, 4),
                   timeout=timeout)

    def json(self, *words):
        return json.loads(self.demarc(*words, "--json").stdout)

    def synced(self):
        answer = self.demarc("show", "sync", "--json", check=False)
        return answer.returncode == 0 and json.loads(answer.stdout)["in_sync"]

    def wait_synced(self, seconds=10):
        wait_until(self.synced, seconds, "control plane and data plane to agree")

    def counters(self, tenant):
        """One tenant's counters as a dictionary."""
        return next(i for i in self.json("show", "counters")["items"] if i["tenant"] == tenant)

    # ---- the lab as a whole ----

    def up(self, tenants=("acme", "bravo"), ipv6=False, **configuration):
        """Everything from nothing: namespaces, programs, tenants with the same addresses on different VLANs."""
        if self.is_up():
            raise LabError(f"lab \"{self.name}\" is up already; `testbed/lab --name {self.name} down` ends it")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.add_namespace("sw")
        self.write_configuration(**configuration)
        for i, tenant in enumerate(tenants):
            self.add_tenant_networks(tenant, 101 + 100 * i)
        self.start_splitters()
        for tenant in tenants:
            self.address_tenant_networks(tenant)
        self.start_dp()
        self.start_cp()
        for tenant in tenants:
            if ipv6:
                self.provision_ipv6(tenant)
                self.start_ipv6(tenant)
            else:
                self.provision(tenant)
                self.start_gnb(tenant)
        self.wait_synced()

    def add_tenant_networks(self, tenant, vlan):
        for part in ("gnb", "ue", "dn"):
            self.add_namespace(f"{tenant}-{part}")
        self.state["tenants"][tenant] = {"access_vlan": vlan, "core_vlan": vlan + 1}
        self.save()

    def start_splitters(self, more=()):
        """One switch for each port of the data plane. `more`: legs besides the tenants', (port, VLAN, part, device) each."""
        legs = {"access": [], "core": []}
        for tenant, t in self.state["tenants"].items():
            legs["access"] += ["--leg", f"{t['access_vlan']}:{self.ns(tenant + '-gnb')}:n3"]
            legs["core"] += ["--leg", f"{t['core_vlan']}:{self.ns(tenant + '-dn')}:n6"]
        for port, vlan, part, device in more:
            legs[port] += ["--leg", f"{vlan}:{self.ns(part)}:{device}"]
        for port, words in legs.items():
            self.spawn(f"splitter-{port}", "sw", self.build / "testbed/vlan_splitter", "--trunk", self.device(port), *words,
                       ready="ready")

    def address_tenant_networks(self, tenant):
        self.ip(f"{tenant}-gnb", "addr", "add", PLAN["gnb"], "dev", "n3")
        self.ip(f"{tenant}-gnb", "link", "set", "n3", "up")
        self.ip(f"{tenant}-dn", "addr", "add", PLAN["router"], "dev", "n6")
        self.ip(f"{tenant}-dn", "link", "set", "n6", "up")
        self.ip(f"{tenant}-dn", "addr", "add", PLAN["server"] + "/32", "dev", "lo")
        self.ip(f"{tenant}-dn", "route", "add", PLAN["ue_pool"], "via", PLAN["n6"].split("/")[0])

    def provision(self, tenant):
        """What an operator types to take a tenant in."""
        t, of = self.state["tenants"][tenant], ("--tenant", tenant)
        self.demarc("tenant", "add", tenant)
        self.demarc("vrf", "add", "n3", *of, "--role", "access")
        self.demarc("vrf", "add", "internet", *of, "--role", "core")
        self.demarc("attachment", "add", "ran", *of, "--port", "access", "--vlan", t["access_vlan"], "--vrf", "n3",
                    "--address", PLAN["n3"])
        self.demarc("attachment", "add", "inet", *of, "--port", "core", "--vlan", t["core_vlan"], "--vrf", "internet",
                    "--address", PLAN["n6"])
        self.demarc("endpoint", "add", "upf", *of, "--vrf", "n3", "--address", PLAN["n3"].split("/")[0])
        self.demarc("pool", "add", "phones", *of, "--vrf", "internet", "--prefix", PLAN["ue_pool"])
        self.demarc("route", "add", "0.0.0.0/0", *of, "--vrf", "internet", "--via", PLAN["router"].split("/")[0])
        self.demarc("session", "add", *of, "--ue", PLAN["ue"], "--core-vrf", "internet", "--endpoint", "upf", "--teid",
                    PLAN["uplink_teid"], "--peer", PLAN["gnb"].split("/")[0], "--peer-teid", PLAN["downlink_teid"],
                    "--qfi", PLAN["qfi"])

    def start_gnb(self, tenant, ue=PLAN["ue"]):
        ue = f"{ue},{PLAN['uplink_teid']},{PLAN['downlink_teid']},{PLAN['qfi']}"
        self.spawn(f"gnb-{tenant}", f"{tenant}-gnb", self.build / "testbed/gnb", "--local", PLAN["gnb"].split("/")[0],
                   "--peer", PLAN["n3"].split("/")[0], "--ue-netns", self.ns(f"{tenant}-ue"), "--tun", "ue0", "--ue", ue,
                   ready="ready")
        part = f"{tenant}-ue"
        self.ip(part, "addr", "add", PLAN["ue"] + "/32", "dev", "ue0")
        self.ip(part, "link", "set", "ue0", "mtu", str(TUN_MTU), "up")
        self.ip(part, "route", "add", "default", "dev", "ue0")

    # ---- IPv6 beside IPv4 ----

    def allow_ipv6(self, part, device):
        self.exec(part, "sh", "-c", f"echo 0 > /proc/sys/net/ipv6/conf/{device}/disable_ipv6")

    def start_ipv6(self, tenant):
        """The networks and the gNB of a tenant with PLAN6 beside PLAN."""
        gnb, dn = f"{tenant}-gnb", f"{tenant}-dn"
        for part, device, address in ((gnb, "n3", PLAN6["gnb"]), (dn, "n6", PLAN6["router"]),
                                      (dn, "lo", PLAN6["server"] + "/128")):
            self.allow_ipv6(part, device)
            self.ip(part, "addr", "add", address, "dev", device, "nodad")
        self.ip(dn, "route", "add", PLAN6["ue_pool"], "via", PLAN6["n6"].split("/")[0])
        self.start_gnb(tenant, f"{PLAN['ue']}+{PLAN6['ue']}")
        second = f"{PLAN6['second_ue_ipv4']}+{PLAN6['second_ue']},{PLAN6['uplink_teid']},{PLAN6['downlink_teid']},{PLAN['qfi']}"
        self.spawn(f"gnb6-{tenant}", gnb, self.build / "testbed/gnb", "--local", PLAN6["gnb"].split("/")[0], "--peer",
                   PLAN6["n3"].split("/")[0], "--ue-netns", self.ns(f"{tenant}-ue"), "--tun", "ue1", "--ue", second,
                   ready="ready")
        self.address_phone(tenant, "ue0", 7, None, PLAN6["ue"])
        self.address_phone(tenant, "ue1", 8, PLAN6["second_ue_ipv4"], PLAN6["second_ue"])

    def address_phone(self, tenant, device, table, ipv4, prefix):
        """The address of a phone is its prefix and ::1; what it sends leaves by its own device."""
        part = f"{tenant}-ue"
        self.allow_ipv6(part, device)
        self.ip(part, "link", "set", device, "mtu", str(TUN_MTU), "up")
        if ipv4:
            self.ip(part, "addr", "add", ipv4 + "/32", "dev", device)
            self.ip(part, "rule", "add", "from", ipv4, "lookup", str(table))
            self.ip(part, "route", "add", "default", "dev", device, "table", str(table))
        self.ip(part, "addr", "add", prefix + "1/128", "dev", device, "nodad")
        self.ip(part, "-6", "rule", "add", "from", prefix + "1", "lookup", str(table))
        self.ip(part, "-6", "route", "add", "default", "dev", device, "table", str(table))

    def provision_ipv6(self, tenant):
        """As provision, with both families everywhere and a second session whose tunnel goes over IPv6."""
        t, of = self.state["tenants"][tenant], ("--tenant", tenant)
        self.demarc("tenant", "add", tenant)
        self.demarc("vrf", "add", "n3", *of, "--role", "access")
        self.demarc("vrf", "add", "internet", *of, "--role", "core")
        self.demarc("attachment", "add", "ran", *of, "--port", "access", "--vlan", t["access_vlan"], "--vrf", "n3",
                    "--address", PLAN["n3"], "--ipv6", PLAN6["n3"])
        self.demarc("attachment", "add", "inet", *of, "--port", "core", "--vlan", t["core_vlan"], "--vrf", "internet",
                    "--address", PLAN["n6"], "--ipv6", PLAN6["n6"])
        self.demarc("endpoint", "add", "upf", *of, "--vrf", "n3", "--address", PLAN["n3"].split("/")[0], "--ipv6",
                    PLAN6["n3"].split("/")[0])
        for name, prefix in (("phones", PLAN["ue_pool"]), ("phones6", PLAN6["ue_pool"])):
            self.demarc("pool", "add", name, *of, "--vrf", "internet", "--prefix", prefix)
        for prefix, via in (("0.0.0.0/0", PLAN["router"]), ("::/0", PLAN6["router"])):
            self.demarc("route", "add", prefix, *of, "--vrf", "internet", "--via", via.split("/")[0])
        for ue, ue6, peer, teids in ((PLAN["ue"], PLAN6["ue"], PLAN["gnb"], PLAN),
                                     (PLAN6["second_ue_ipv4"], PLAN6["second_ue"], PLAN6["gnb"], PLAN6)):
            self.demarc("session", "add", *of, "--ue", ue, "--ue-ipv6", ue6, "--core-vrf", "internet", "--endpoint", "upf",
                        "--teid", teids["uplink_teid"], "--peer", peer.split("/")[0], "--peer-teid",
                        teids["downlink_teid"], "--qfi", PLAN["qfi"])

    def down(self):
        """Ends every process and removes every namespace that was written down. Safe at any time, also twice."""
        for key in list(self.state["processes"]):
            self.kill(key)
        for name in self.state["namespaces"]:
            for pid in run("ip", "netns", "pids", name, check=False).stdout.split():
                try:
                    os.kill(int(pid), signal.SIGKILL)  # what somebody left running in there
                except ProcessLookupError:
                    pass
            run("ip", "netns", "del", name, check=False)
        if self.state["made_run_netns"] and is_mount("/run/netns") and not os.listdir("/run/netns"):
            if run("umount", "/run/netns", check=False).returncode == 0:
                with contextlib.suppress(OSError):  # another lab has just made it again
                    os.rmdir("/run/netns")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.state = {"namespaces": [], "processes": {}, "tenants": {}, "made_run_netns": False}
