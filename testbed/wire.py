"""Frames in and out of a device in a namespace, tags included: for tests that speak to demarc's ports directly."""
import ctypes
import os
import socket
import struct
import time

SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
TP_STATUS_VLAN_VALID = 1 << 4
CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
_libc = ctypes.CDLL(None, use_errno=True)


def _setns(fd):
    if _libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def socket_in(namespace, *arguments):
    """A socket that lives in the namespace, whatever thread uses it."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        _setns(there)
        return socket.socket(*arguments)
    finally:
        _setns(home)
        os.close(home)
        os.close(there)


class Wire:
    """The kernel's side of one of demarc's TAP ports."""

    def __init__(self, namespace, device):
        self.socket = socket_in(namespace, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind((device, ETH_P_ALL))

    def close(self):
        self.socket.close()

    def send(self, frame):
        self.socket.send(bytes(frame))

    def receive(self, seconds=1.0):
        """(vlan, frame without its tag), or None when nothing came in time. vlan 0: untagged."""
        self.socket.settimeout(max(seconds, 0.001))
        try:
            frame, control, _, _ = self.socket.recvmsg(9200, socket.CMSG_SPACE(20))
        except (TimeoutError, BlockingIOError):
            return None
        vlan = 0
        for level, kind, data in control:
            if level == SOL_PACKET and kind == PACKET_AUXDATA:
                status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH", data[:20])
                if status & TP_STATUS_VLAN_VALID:
                    vlan = tci & 0xfff
        return vlan, frame

    def drain(self, seconds):
        """All that comes until nothing came for `seconds`."""
        frames = []
        while (got := self.receive(seconds)) is not None:
            frames.append(got)
        return frames


def mac_of(text):
    return bytes.fromhex(text.replace(":", ""))


def tagged(vlan, destination, source, ether_type, payload):
    """An Ethernet frame, with an 802.1Q tag unless vlan is 0."""
    tag = struct.pack("!HH", 0x8100, vlan) if vlan else b""
    return destination + source + tag + struct.pack("!H", ether_type) + payload


def arp(operation, sender_mac, sender_ip, target_mac, target_ip):
    return struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, operation, sender_mac, socket.inet_aton(sender_ip),
                       target_mac, socket.inet_aton(target_ip))


class Station:
    """What sits at the far end of a (wire, VLAN): it has one address and answers ARP for it."""

    def __init__(self, wire, vlan, address, mac):
        self.wire, self.vlan, self.address, self.mac = wire, vlan, address, mac

    def answer(self, frame):
        """Sends the answer when the frame is an ARP request for our address; True if it was any ARP."""
        if frame[12:14] != b"\x08\x06":
            return False
        if frame[20:22] == b"\x00\x01" and frame[38:42] == socket.inet_aton(self.address):
            reply = arp(2, self.mac, self.address, frame[22:28], socket.inet_ntoa(frame[28:32]))
            self.wire.send(tagged(self.vlan, frame[22:28], self.mac, 0x0806, reply))
        return True

    def resolve(self, address, seconds=2.0):
        """Asks for the MAC address of `address`, as a host would."""
        request = arp(1, self.mac, self.address, bytes(6), address)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.wire.send(tagged(self.vlan, b"\xff" * 6, self.mac, 0x0806, request))
            until = time.monotonic() + 0.3
            while time.monotonic() < until:
                got = self.wire.receive(until - time.monotonic())
                if got and got[0] == self.vlan and got[1][12:14] == b"\x08\x06" and got[1][20:22] == b"\x00\x02" \
                        and got[1][28:32] == socket.inet_aton(address):
                    return got[1][22:28]
        raise TimeoutError(f"nobody on VLAN {self.vlan} answers ARP for {address}")
