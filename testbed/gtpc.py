"""As much of GTPv1-C (TS 29.060) as makes a GGSN or an SGSN that is not ours open a tunnel to demarc: both ends of
Create PDP Context, and Delete PDP Context as an SGSN. The messages are scapy's."""
import threading

from scapy.contrib.gtp import (GTPCreatePDPContextRequest, GTPCreatePDPContextResponse, GTPDeletePDPContextRequest,
                               GTPEchoResponse, GTPHeader, IE_AccessPointName, IE_Cause, IE_ChargingId, IE_EndUserAddress,
                               IE_GSNAddress, IE_IMSI, IE_MSInternationalNumber, IE_NSAPI, IE_Recovery,
                               IE_ReorderingRequired, IE_SelectionMode, IE_Teardown, IE_TEICP, IE_TEIDI)
from scapy.packet import Raw

PORT = 2123
ECHO, ECHO_RESPONSE, CREATE, CREATE_RESPONSE, DELETE, DELETE_RESPONSE = 1, 2, 16, 17, 20, 21
ACCEPTED, NON_EXISTENT = 128, 192  # causes, TS 29.060 7.7.1
NSAPI = 5
# Of no matter here: background class, best effort (TS 24.008 10.5.6.5, with the ARP octet before it).
QOS = bytes.fromhex("87000f 02 0b921f 9396404074f9ffff 000000")


def gsn(address):
    return IE_GSNAddress(length=4, ipv4_address=address)


def elements(message, kind):
    return [ie for ie in message.IE_list if isinstance(ie, kind)]


class Sgsn:
    """The control plane of an SGSN whose user plane is another machine: demarc."""

    def __init__(self, socket, ggsn):
        self.socket, self.ggsn, self.sequence = socket, (ggsn, PORT), 0

    def ask(self, kind, teid, message, seconds=10):
        """The answer to a request, which is sent again each second (T3-RESPONSE of our own)."""
        self.sequence += 1
        request = bytes(GTPHeader(gtp_type=kind, teid=teid, S=1, seq=self.sequence) / message)
        self.socket.settimeout(1)
        for _ in range(seconds):
            self.socket.sendto(request, self.ggsn)
            try:
                answer = GTPHeader(self.socket.recv(2000))
            except TimeoutError:
                continue
            if (answer.gtp_type, answer.seq) == (kind + 1, self.sequence):
                return answer
        raise AssertionError(f"{self.ggsn[0]} does not answer a GTPv1-C message of type {kind} in {seconds} s")

    def create(self, number, control, user_plane, teid):
        """Opens a context for subscriber `number`, whose G-PDUs are to go to (user_plane, teid). Returns it as a
        dictionary: control_teid, user_teid, user_plane (the GGSN's) and ue, the address given."""
        request = GTPCreatePDPContextRequest(IE_list=[
            IE_IMSI(imsi=f"00101{number:010d}"), IE_Recovery(restart_counter=1), IE_SelectionMode(SelectionMode=0xfc),
            IE_TEIDI(TEIDI=teid), IE_TEICP(TEICI=number), IE_NSAPI(NSAPI=NSAPI), Raw(bytes.fromhex("800002f121")),
            IE_AccessPointName(APN="internet"), gsn(control), gsn(user_plane), IE_MSInternationalNumber(length=7), Raw(QOS)])
        answer = self.ask(CREATE, 0, request)
        assert elements(answer, IE_Cause)[0].CauseValue == ACCEPTED, answer.show(dump=True)
        return {"control_teid": elements(answer, IE_TEICP)[0].TEICI, "user_teid": elements(answer, IE_TEIDI)[0].TEIDI,
                "user_plane": elements(answer, IE_GSNAddress)[1].ipv4_address,
                "ue": elements(answer, IE_EndUserAddress)[0].PDPAddress}

    def delete(self, context):
        """The cause of the answer."""
        answer = self.ask(DELETE, context["control_teid"],
                          GTPDeletePDPContextRequest(IE_list=[IE_Teardown(indicator=255), IE_NSAPI(NSAPI=NSAPI)]))
        return elements(answer, IE_Cause)[0].CauseValue


class Ggsn:
    """The control plane of a GGSN whose user plane is demarc. on_create(user_plane, teid) is told where the SGSN takes
    G-PDUs, and returns what the answer says of ours: (address, TEID, the UE's address)."""

    def __init__(self, socket, address, on_create):
        self.socket, self.address, self.on_create = socket, address, on_create
        self.made, self.fault = {}, None
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def stop(self):
        self.stopped.set()
        self.thread.join()
        if self.fault is not None:
            raise self.fault

    def run(self):
        self.socket.settimeout(0.2)
        while not self.stopped.is_set():
            try:
                data, peer = self.socket.recvfrom(2000)
            except TimeoutError:
                continue
            try:
                answer = self.answer(GTPHeader(data))
            except Exception as fault:  # told by stop(), in the thread that can fail the test
                self.fault = fault
                return
            if answer is not None:
                self.socket.sendto(bytes(answer), peer)

    def answer(self, request):
        head = {"S": 1, "seq": request.seq}
        if request.gtp_type == ECHO:
            return GTPHeader(gtp_type=ECHO_RESPONSE, **head) / GTPEchoResponse(IE_list=[IE_Recovery(restart_counter=1)])
        if request.gtp_type != CREATE:
            return None
        if request.seq not in self.made:  # a repeated request has the same answer
            peer = elements(request, IE_GSNAddress)[1].ipv4_address
            self.made[request.seq] = self.on_create(peer, elements(request, IE_TEIDI)[0].TEIDI)
        user_plane, teid, ue = self.made[request.seq]
        return GTPHeader(gtp_type=CREATE_RESPONSE, teid=elements(request, IE_TEICP)[0].TEICI, **head) / \
            GTPCreatePDPContextResponse(IE_list=[
                IE_Cause(CauseValue=ACCEPTED), IE_ReorderingRequired(reordering_required=0xfe),
                IE_Recovery(restart_counter=1), IE_TEIDI(TEIDI=teid), IE_TEICP(TEICI=0x777), IE_ChargingId(Charging_id=1),
                IE_EndUserAddress(length=6, PDPTypeOrganization=1, PDPTypeNumber=0x21, PDPAddress=ue), gsn(self.address),
                gsn(user_plane), Raw(QOS)])
