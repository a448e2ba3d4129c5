"""What people get wrong: each is refused in one clear sentence, with the right exit code, and nothing half done remains."""
import subprocess

import pytest

from testbed.lab import run


def program(lab, name):
    return lab.build / {"demarc-dp": "dataplane/demarc-dp", "demarcd": "controlplane/demarcd"}[name]


@pytest.fixture(scope="module")
def shop(bare_lab):
    lab = bare_lab
    for tenant in ("acme", "bravo"):
        lab.demarc("tenant", "add", tenant)
        lab.demarc("vrf", "add", "n3", "--tenant", tenant, "--role", "access")
        lab.demarc("vrf", "add", "internet", "--tenant", tenant, "--role", "core")
    lab.demarc("attachment", "add", "ran", "--tenant", "acme", "--port", "access", "--vlan", "101", "--vrf", "n3",
               "--address", "10.1.0.1/24")
    lab.demarc("pool", "add", "phones", "--tenant", "acme", "--vrf", "internet", "--prefix", "10.45.0.0/16")
    lab.wait_synced()
    yield lab


REFUSED = [
    # what is typed; exit code; words that the sentence must have
    ("vrf add x --tenant nobody --role core", 1, ["nobody"]),
    ("tenant add acme", 1, ["acme", "taken"]),
    ("tenant add Ac_me!", 1, ["Ac_me!"]),
    ("tenant remove acme", 1, ["acme", "force"]),
    ("attachment add b --tenant bravo --port access --vlan 101 --vrf n3 --address 10.1.0.1/24", 1, ["101", "already"]),
    ("attachment add b --tenant bravo --port nowhere --vlan 102 --vrf n3 --address 10.1.0.1/24", 1, ["nowhere", "access"]),
    ("attachment add b --tenant bravo --port access --vlan 4095 --vrf n3 --address 10.1.0.1/24", (1, 2), ["4095"]),
    ("attachment add b --tenant bravo --port access --vlan 102 --vrf n3 --address 10.1.0.1/33", (1, 2), ["10.1.0.1/33"]),
    ("attachment add b --tenant acme --port access --vlan 102 --vrf n3 --address 10.1.0.9/16", 1, ["10.1.0.0/16", "10.1.0.0/24", "ran"]),
    ("pool add p2 --tenant acme --vrf internet --prefix 10.45.128.0/17", 1, ["10.45.128.0/17", "10.45.0.0/16", "phones"]),
    ("pool add p2 --tenant acme --vrf internet --prefix 10.46.0.1/16", (1, 2), ["10.46.0.1/16", "10.46.0.0/16"]),
    ("pool add p2 --tenant acme --vrf n3 --prefix 10.47.0.0/16", 1, ["n3"]),
    ("route add 0.0.0.0/0 --tenant acme --vrf internet --via 192.0.2.1", 1, ["192.0.2.1"]),
    ("session add --tenant acme --ue 10.46.0.1 --core-vrf internet --endpoint upf --teid 1 --peer 10.1.0.2 --peer-teid 1", 1, ["upf"]),
    ("show sessions --tenant nobody", 1, ["nobody"]),
    ("show nonsense", 2, ["nonsense"]),
    ("tenant add", 2, []),
    ("tenant add a b c", 2, []),
    ("session add --tenant acme --teid lots", 2, ["lots"]),
]


@pytest.mark.parametrize("words,code,must_say", REFUSED, ids=[r[0][:60] for r in REFUSED])
def test_refused_in_one_sentence(shop, words, code, must_say):
    lab = shop
    before = {t["tenant"]: t for t in lab.json("show", "sync")["items"]}
    answer = lab.demarc(*words.split(), check=False)
    assert answer.returncode in (code if isinstance(code, tuple) else (code,)), answer.stderr
    sentence = answer.stderr.strip()
    assert sentence.startswith("demarc: "), sentence
    for word in must_say:
        assert word in sentence, sentence
    assert {t["tenant"]: t for t in lab.json("show", "sync")["items"]} == before


def test_another_tenants_name_is_not_told(shop):
    answer = shop.demarc("attachment", "add", "b", "--tenant", "bravo", "--port", "access", "--vlan", "101", "--vrf", "n3",
                         "--address", "10.1.0.1/24", check=False)
    assert "acme" not in answer.stderr and "ran" not in answer.stderr.replace("range", "")


def refused_start(lab, name, config_text, *must_say, codes=(1, 2), seconds=20):
    path = lab.folder / "bad.toml"
    path.write_text(config_text)
    done = subprocess.run(["ip", "netns", "exec", lab.ns("sw"), str(program(lab, name)), "--config", str(path)],
                          capture_output=True, text=True, timeout=seconds)
    said = (done.stderr + done.stdout).strip()
    assert done.returncode in codes, said
    last = said.splitlines()[-1]
    for word in must_say:
        assert word in last, said
    return said


def dp_config(lab, device, extra=""):
    return (f'[dataplane]\nworkers = [1]\nmain_core = 0\nidle = "sleep"\nchannel = "ipc://{lab.folder}/channel/dp.sock"\n{extra}'
            f'[[port]]\nname = "x"\ndevice = "{device}"\n')


def devices(lab):
    return lab.exec("sw", "ip", "-o", "link").stdout.count("\n")


def test_data_plane_configuration(shop):
    lab, before = shop, devices(shop)
    refused_start(lab, "demarc-dp", dp_config(lab, "net_tap0,iface=t0", 'colour = "blue"\n'), "colour", codes=(2,))
    refused_start(lab, "demarc-dp", dp_config(lab, "net_nonsense0"), "net_nonsense0")
    refused_start(lab, "demarc-dp", dp_config(lab, "0000:ff:1f.7"), "0000:ff:1f.7")
    refused_start(lab, "demarc-dp", dp_config(lab, "net_af_packet0,iface=nowhere0"), "net_af_packet0")
    refused_start(lab, "demarc-dp", "[dataplane\n", "bad.toml", codes=(2,))
    assert devices(lab) == before


def test_second_data_plane_on_the_same_ports(shop):
    lab = shop
    said = refused_start(lab, "demarc-dp", (lab.folder / "demarc-dp.toml").read_text(), lab.device("access"), codes=(1,))
    assert "another demarc-dp" in said
    lab.wait_synced()


def test_control_plane_configuration(shop, tmp_path):
    lab = shop
    good = (lab.folder / "demarcd.toml").read_text()
    refused_start(lab, "demarcd", good + '[nonsense]\na = 1\n', "nonsense", codes=(2,))
    # The running demarcd holds the store, the channel's socket and the API's socket: each alone is refused.
    refused_start(lab, "demarcd", good, "in use", codes=(1,))
    other_store = good.replace(f"{lab.folder}/demarc.db", f"{tmp_path}/other.db")
    refused_start(lab, "demarcd", other_store, "dp.sock", codes=(1,))
    other_channel = other_store.replace(f"{lab.folder}/channel/", f"{tmp_path}/channel/")
    refused_start(lab, "demarcd", other_channel, "api.sock", codes=(1,))
    unbindable = other_channel.replace(str(lab.socket), "/proc/nowhere/api.sock")
    refused_start(lab, "demarcd", unbindable, "/proc/nowhere", codes=(1,))
    assert lab.demarc("show", "tenants").returncode == 0, "the first still serves"


def test_shell_without_a_control_plane(bare_lab, tmp_path):
    demarc = bare_lab.build / "controlplane/shell/demarc"
    answer = run(demarc, "--socket", tmp_path / "none.sock", "show", "tenants", check=False)
    assert answer.returncode == 3 and "none.sock" in answer.stderr
