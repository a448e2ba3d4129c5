"""A stand-in for demarcd's API on a unix socket: answers from a table, and keeps what it was asked."""
import http.server
import json
import os
import socketserver
import threading
import time

ANSWERS = {
    "/v1/tenants": {"items": [{"name": "acme", "id": 1, "state": "active", "vrfs": 2, "attachments": 2, "sessions": 1234}]},
    "/v1/tenants/acme/vrfs": {"items": [{"name": "n3-vrf", "role": "access"}, {"name": "internet", "role": "core"}]},
    "/v1/tenants/bravo/vrfs": {"items": []},
    "/v1/tenants/acme/sessions/5": {"up_seid": 5, "pdrs": [], "fars": []},
    "/v1/tenants/acme/sessions/5/usage": {"up_seid": 5, "uplink_packets": 12, "uplink_bytes": 340, "downlink_packets": 0,
                                          "downlink_bytes": 0, "dropped_packets": 1,
                                          "drops": [{"reason": "far_drop", "packets": 1, "sentence": "so the FAR says"}]},
    "/v1/tenants/acme/sessions/6": {"up_seid": 6, "pdrs": [], "fars": []},
    "/v1/version": {"version": "9.8.7", "store_schema": 3},
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "unix"

    def log_message(self, *_):
        pass

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.asked.append(f"GET {self.path}")
        path, _, query = self.path.partition("?")
        if path == "/v1/tenants/many/sessions":  # 2,500 of them
            asked = dict(p.split("=") for p in query.split("&") if p)
            after, limit = int(asked.get("after", 0)), int(asked.get("limit", 1000))
            page = {"items": [{"up_seid": i + 1, "pdrs": [], "fars": []} for i in range(after, min(after + limit, 2500))]}
            if after + limit < 2500:
                page["next"] = str(after + limit)
            return self.answer(200 if limit <= 1000 else 400, page)
        if path == "/v1/tenants/many/vrfs":  # 25 of them, ten a page
            after = int(query.removeprefix("after=x%2C") or 0)
            page = {"items": [{"name": f"v{i}", "role": "core"} for i in range(after, min(after + 10, 25))]}
            if after + 10 < 25:
                page["next"] = f"x,{after + 10}"
            return self.answer(200, page)
        if path in ANSWERS:
            return self.answer(200, ANSWERS[path])
        self.answer(404, {"error": {"code": "not_found", "message": f'there is no "{path}"'}})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.asked.append(f"{self.command} {self.path} {body}".strip())
        if self.path.endswith("/trace"):
            return self.trace(json.loads(body)["packets"])
        changed = json.loads(body or "{}")
        name = changed.get("name", "")
        if name == "taken":
            return self.answer(409, {"error": {"code": "conflict", "message": 'there is a tenant "taken" already'}})
        changed["data_plane"] = name if name in ("pending", "refused") else "applied"
        changed["data_plane_error"] = "the table is full"
        self.answer(201, changed)

    do_PUT = do_DELETE = do_POST

    def trace(self, packets):
        """A packet each 0.2 s."""
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for i in range(packets):
            step = {"stage": "vlan_demux", "cycles": 1340, "note": "vlan 101 -> attachment 3"}
            line = json.dumps({"packet": i, "worker": 0, "port": "access", "length": 148, "steps": [step]}) + "\n"
            try:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line.encode()))
                self.wfile.flush()
            except OSError:
                return self.server.asked.append("gone")
            time.sleep(0.2)
        self.wfile.write(b"0\r\n\r\n")


class FakeDemarcd(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def __init__(self, path):
        self.asked = []
        super().__init__(str(path), Handler)
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self):
        self.shutdown()
        self.server_close()
        self.thread.join()
        os.unlink(self.server_address)
