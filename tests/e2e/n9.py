"""The rules of an N9 session, tunnel to tunnel, for tests that make one."""


def n9_session(n3_teid, n9_teid, up, down):
    """An intermediate UPF's: up from the access side to `up`, down from there to `down`, each (peer, its TEID). The UE's
    address is none of its business."""
    def pdr(number, interface, teid):
        return {"pdr_id": number, "precedence": 100, "far_id": number, "outer_header_removal": True,
                "pdi": {"source_interface": interface, "network_instance": "n3",
                        "local_f_teid": {"endpoint": "upf", "teid": teid}}}

    def far(number, interface, peer, teid):
        return {"far_id": number, "apply_action": "FORW", "forwarding_parameters": {
            "destination_interface": interface, "network_instance": "n3",
            "outer_header_creation": {"endpoint": "upf", "teid": teid, "peer_address": peer}}}

    return {"pdrs": [pdr(1, "access", n3_teid), pdr(2, "core", n9_teid)],
            "fars": [far(1, "core", *up), far(2, "access", *down)]}
