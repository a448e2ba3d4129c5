"""An end of a wire at the ports of demarc-dp, as scapy sees it: a gNB, a router, another UPF. It answers for its addresses
(ARP, neighbor discovery), and its frames are scapy's."""
import time

from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether

from testbed.wire import Wire


def host(text):
    return text.split("/")[0]


class End:
    """One end of a wire: its addresses are answered for, and frames are scapy's."""

    def __init__(self, lab, port, vlan, mac, addresses):
        self.wire, self.vlan, self.mac, self.addresses = Wire(lab.ns("sw"), lab.device(port)), vlan, mac, addresses
        self.ours = None  # demarc's MAC address there

    def send(self, packet, to):
        self.wire.send(bytes(Ether(dst=to, src=self.mac) / Dot1Q(vlan=self.vlan) / packet))

    def answer(self, frame):
        """ARP and neighbor discovery, as a host; true when the frame was that."""
        if ARP in frame:
            if frame[ARP].op == 1 and frame[ARP].pdst in self.addresses:
                self.send(ARP(op=2, hwsrc=self.mac, psrc=frame[ARP].pdst, hwdst=frame.src, pdst=frame[ARP].psrc), frame.src)
            return True
        if ICMPv6ND_NS in frame:
            target = frame[ICMPv6ND_NS].tgt
            if target in self.addresses and frame[IPv6].src != "::":
                self.send(IPv6(src=target, dst=frame[IPv6].src, hlim=255) / ICMPv6ND_NA(tgt=target, R=0, S=1, O=1) /
                          ICMPv6NDOptDstLLAddr(lladdr=self.mac), frame.src)
            return True
        return False

    def expect(self, what, wanted, seconds=5):
        """The first frame that wanted() takes, others answered or passed over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            got = self.wire.receive(end - time.monotonic())
            if got is None:
                break
            vlan, bytes_ = got
            frame = Ether(bytes_)
            if vlan == self.vlan and not self.answer(frame) and wanted(frame):
                return frame
        raise AssertionError(f"no {what} came in {seconds} s")


def our_mac(end, address):
    """Asks for the MAC address of demarc's `address` (IPv4)."""
    end.send(ARP(op=1, hwsrc=end.mac, psrc=end.addresses[0], pdst=address), "ff:ff:ff:ff:ff:ff")
    stop = time.monotonic() + 5
    while time.monotonic() < stop:
        got = end.wire.receive(0.5)
        if got and got[0] == end.vlan:
            frame = Ether(got[1])
            if ARP in frame and frame[ARP].op == 2 and frame[ARP].psrc == address:
                return frame[ARP].hwsrc
        end.send(ARP(op=1, hwsrc=end.mac, psrc=end.addresses[0], pdst=address), "ff:ff:ff:ff:ff:ff")
    raise AssertionError(f"nobody answers ARP for {address}")
