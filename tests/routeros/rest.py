# SPDX-License-Identifier: GPL-2.0-or-later
"""The HTTPS face: /rest/... with the semantics of RouterOS 7, and its faults."""
import base64
import itertools
import json
import os
import socket
import ssl
import struct
import threading
import time
import urllib.parse

from console import Console
from engine import MENUS, SINGLES, Refused, is_id
from faults import Request

REASON = {200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request",
          401: "Unauthorized", 404: "Not Found", 415: "Unsupported Media Type",
          500: "Internal Server Error", 501: "Not Implemented"}
BAD_ID = "missing or invalid resource identifier"


class Answer(Exception):
    def __init__(self, status, detail=None, body=None):
        super().__init__(detail)
        self.status = status
        if body is None:
            body = {"error": status, "message": REASON[status]}
            if detail is not None:
                body = dict({"detail": detail}, **body)
        self.body = body


def cut(sock, reset=True):
    """Ends a connection with RST, or FIN."""
    try:
        raw = sock.detach() if isinstance(sock, ssl.SSLSocket) else None
        if raw is not None:
            sock = socket.socket(fileno=raw)
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
        sock.close()
    except OSError:
        pass


def hang_up(sock):
    """Ends a connection that another thread serves, which closes it then, with
    RST. Closed here, its number might be that of the next connection before the
    other thread has stopped to read from it."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        # Not that of ssl.SSLSocket, which would take its state away, too.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        pass


class Reader:
    """Requests of one connection."""

    def __init__(self, sock):
        self.sock = sock
        self.have = b""

    def more(self):
        got = self.sock.recv(65536)
        if not got:
            raise EOFError
        self.have += got

    def request(self):
        while b"\r\n\r\n" not in self.have:
            self.more()
        head, self.have = self.have.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        fields = {}
        for line in lines[1:]:
            key, value = line.split(":", 1)
            fields[key.strip().lower()] = value.strip()
        length = int(fields.get("content-length", 0))
        while len(self.have) < length:
            self.more()
        body, self.have = self.have[:length], self.have[length:]
        return method, target, fields, body


class Face:
    transport = "rest"

    def __init__(self, router, faults, keys):
        self.router = router
        self.faults = faults
        self.serial = itertools.count(1)
        self.open = {}
        self.lock = threading.Lock()
        self.contexts = {}
        for name, key in (("good", "good"), ("cert_expired", "good"),
                          ("wrong_san", "good"), ("other_ca", "other")):
            file = {"good": "good", "cert_expired": "expired",
                    "wrong_san": "wrong_san", "other_ca": "other"}[name]
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(os.path.join(keys, file + ".pem"),
                                    os.path.join(keys, key + ".key"))
            self.contexts[name] = context
        self.port = 0
        self.listen()

    # --- connections ----------------------------------------------------

    def listen(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        self.listener.listen(64)
        threading.Thread(target=self.accept, args=(self.listener,),
                         daemon=True).start()

    def down(self):
        """Nobody listens, and all connections are cut."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop()

    def drop(self):
        with self.lock:
            socks = list(self.open.values())
            self.open.clear()
        for sock in socks:
            hang_up(sock)

    def accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number = next(self.serial)
            threading.Thread(target=self.serve, args=(sock, number),
                             daemon=True).start()

    def secure(self, sock):
        for name, context in self.contexts.items():
            if name != "good" and self.faults.peek(name):
                break
        else:
            context = self.contexts["good"]
        sock.settimeout(10)
        secured = context.wrap_socket(sock, server_side=True)
        secured.settimeout(None)
        return secured

    def serve(self, sock, number):
        self.router.note(transport="rest", event="connected", conn=number)
        most = self.faults.peek("max_sessions")
        with self.lock:
            if most and len(self.open) >= most.number("n"):
                cut(sock)
                return
            self.open[number] = sock
        try:
            if self.faults.peek("tls_hang"):
                time.sleep(self.faults.peek("tls_hang").number("ms", 60000) / 1e3)
            sock = self.secure(sock)
            with self.lock:
                if number not in self.open:
                    raise EOFError
                self.open[number] = sock
            self.talk(sock, number)
        except (OSError, EOFError, ValueError):
            pass
        finally:
            with self.lock:
                self.open.pop(number, None)
            cut(sock, reset=False)

    def talk(self, sock, number):
        reader = Reader(sock)
        first = True
        while True:
            idle = self.faults.peek("close_idle")
            sock.settimeout(idle.number("ms") / 1e3 if idle else None)
            try:
                method, target, fields, body = reader.request()
            except socket.timeout:
                return
            sock.settimeout(None)
            if not self.answer(sock, number, first, method, target, fields,
                               body):
                return
            first = False

    # --- one request ----------------------------------------------------

    def answer(self, sock, number, first, method, target, fields, body):
        """False: the connection is over."""
        begin = time.monotonic()
        req = Request(self.faults, "rest", method, target, sock=sock)
        entry = self.router.note(
            transport="rest", event="request", conn=number, method=method,
            path=target, body=body.decode("latin-1"), status=None, writes=0)
        slow = self.faults.peek("slow_auth") if first else None
        if slow:
            req.wait(slow.number("ms") / 1e3, slow)
        req.hold(self.router)
        if self.is_stray(req):
            cut(sock)
            return False
        status, out = self.carry_out(req, method, target, fields, body)
        entry["status"] = status
        entry["writes"] = req.writes
        entry["user"] = req.user
        entry["faults"] = req.befell
        sent = self.send(sock, req, status, out, method)
        entry["took_us"] = int((time.monotonic() - begin) * 1e6)
        return sent

    def is_stray(self, req):
        """After a request that was given up the next ones suffer."""
        if not self.faults.peek("stray_401") or req.aborted or \
                self.router.now() - self.router.aborted_at > 3:
            return False
        self.router.stray += 1
        req.stray = self.router.stray == 3
        return self.router.stray < 3

    def carry_out(self, req, method, target, fields, body):
        try:
            self.check_login(req, fields)
            if req.has("http_500"):
                return 500, "<html>Internal Server Error</html>"
            error = req.has("rest_error")
            if error:
                raise Answer(int(error.spec.get("status", 400)),
                             error.spec.get("detail"))
            with self.router.lock:
                status, out = self.route(req, method, target, fields, body)
            if req.writes and req.has("applied_but_400"):
                raise Answer(400, "failure: it says")
            if req.has("wrong_object"):
                out = self.router.single("system/resource")
            return status, out
        except Answer as a:
            return a.status, a.body
        except Refused as r:
            a = {"item": Answer(404), "permission": Answer(500, r.text)}.get(
                r.kind) or Answer(400, r.text)
            return a.status, a.body

    def check_login(self, req, fields):
        kind, _, value = fields.get("authorization", "").partition(" ")
        user = password = ""
        if kind == "Basic":
            user, _, password = base64.b64decode(value).decode().partition(":")
        req.user = user
        known = self.router.users.get(user)
        if not known or known["password"] != password or \
                "rest-api" not in known["policies"] or req.has("auth_fail") or \
                getattr(req, "stray", False):
            time.sleep(float(self.router.options["close_401_ms"]) / 1e3)
            self.router.log.append("system,error,critical login failure")
            raise Answer(401)
        if "api" not in known["policies"]:
            raise Answer(500, "std failure: not allowed (9)")

    def allow(self, req, policy):
        if req.has("permission") or not self.router.allowed(req.user, policy):
            raise Refused("not enough permissions (9)", "permission")

    # --- paths ----------------------------------------------------------

    def route(self, req, method, target, fields, body):
        path, _, query = target.partition("?")
        if path == "/":
            return 200, "<html>RouterOS</html>"
        if method == "HEAD":
            raise Answer(501)
        if not path.startswith("/rest/"):
            raise Answer(404)
        parts = path[len("/rest/"):].split("/")
        values = self.values(method, fields, body)
        if parts == ["execute"] and method == "POST":
            return 200, self.execute(req, values)
        for n in range(len(parts), 0, -1):
            menu = "/".join(parts[:n])
            if self.router.has(menu):
                return self.at(req, method, menu, parts[n:], query, values)
        raise Answer(400, "no such command or directory (%s)" % parts[-1])

    def values(self, method, fields, body):
        if not body and method not in ("PATCH", "PUT", "POST"):
            return {}
        if fields.get("content-type") != "application/json":
            raise Answer(415)
        try:
            values = json.loads(body or b"{}")
            return {k: "" if v is None else v if isinstance(v, (str, list))
                    else json.dumps(v) for k, v in values.items()}
        except (ValueError, AttributeError):
            raise Answer(400, "invalid JSON")

    def at(self, req, method, menu, rest, query, values):
        if len(rest) > 1:
            raise Answer(400, "no such command or directory (%s)" % rest[-1])
        if method == "POST":
            if not rest:
                raise Answer(400, "no such command")
            return 200, self.command(req, menu, rest[0], values)
        if method == "GET":
            self.allow(req, "read")
            if menu in SINGLES:
                return 200, self.router.single(menu)
            if not rest:
                return 200, self.list(req, menu, query)
            if rest[0] in ("set", "print", "enable", "disable"):
                raise Answer(400, "no such command")
            return 200, self.router.view(menu, self.row(menu, rest[0]), req)
        if method == "PUT" and not rest:
            self.allow(req, "write")
            row = self.router.add(req, menu, values)
            return 201, self.router.view(menu, row, req)
        if method not in ("PATCH", "DELETE") or not rest or menu in SINGLES:
            raise Answer(400, "no such command")
        self.allow(req, "write")
        row = self.row(menu, rest[0])
        if method == "DELETE":
            self.router.remove(req, menu, row)
            return 204, None
        self.router.change(req, menu, row, values)
        return 200, self.router.view(menu, row, req)

    def row(self, menu, ident):
        if ident.upper().startswith("%2A"):
            raise Answer(400, BAD_ID)
        ident = urllib.parse.unquote(ident)
        if ident.startswith("*") and not is_id(ident):
            raise Answer(400, BAD_ID)
        if not is_id(ident) and not MENUS[menu].named:
            raise Answer(400, "no such command prefix")
        row = self.router.lookup(menu, ident)
        if row is None:
            raise Answer(404)
        return row

    def list(self, req, menu, query):
        rows = self.router.rows(menu, req)
        shown = None
        for key, value in urllib.parse.parse_qsl(query, True):
            if key == ".proplist":
                shown = set(value.split(",")) | {".id"}
            else:
                rows = [r for r in rows if r.get(key) == value]
        if shown is not None:
            rows = [{k: v for k, v in r.items() if k in shown} for r in rows]
        return rows

    def command(self, req, menu, verb, values):
        if menu in SINGLES or verb not in MENUS[menu].verbs or verb == "find":
            raise Answer(400, "no such command")
        self.allow(req, "read" if verb in ("print", "get") else "write")
        if verb == "print":
            shown = values.get(".proplist")
            if isinstance(shown, str):
                shown = shown.split(",")
            rows = self.router.rows(menu, req)
            for word in values.get(".query", []):
                key, _, value = word.partition("=")
                rows = [r for r in rows if r.get(key) == value]
            return [{k: v for k, v in r.items() if not shown or k in shown}
                    for r in rows]
        if verb == "add":
            return {"ret": self.router.add(req, menu, values)[".id"]}
        ident = values.pop(".id", None) or values.pop("numbers", None)
        if ident is None:
            raise Answer(400, "missing =.id=")
        rows = [self.router.lookup(menu, one, comments=True)
                for one in ident.split(",")]
        if None in rows:
            raise Answer(404)
        for row in rows:
            if verb == "set":
                self.router.change(req, menu, row, values)
            elif verb in ("enable", "disable"):
                self.router.change(req, menu, row, {
                    "disabled": "false" if verb == "enable" else "true"})
            elif verb == "remove":
                self.router.remove(req, menu, row)
            elif verb == "reset-counters":
                self.router.reset_counters(req, row)
            elif verb == "get":
                return {"ret": self.router.view(menu, row, req).get(
                    values.get("value-name", ""), "")}
        return []

    def execute(self, req, values):
        lines = Console(self.router, req).run(values.get("script", ""))
        if "as-string" not in values:
            return {"ret": "*B546"}
        return {"ret": "".join(line + "\r\n" for line in lines)}

    # --- bytes ----------------------------------------------------------

    def encode(self, req, out):
        if out is None:
            return b"", "application/json"
        if isinstance(out, str):
            return out.encode(), "text/html"
        if isinstance(out, dict) and "error" not in out and \
                req.has("array_singleton"):
            out = [out]
        text = json.dumps(out, separators=(",", ":"), sort_keys=True)
        if req.has("dup_key_json"):
            text = text.replace('"name":', '"name":"twice","name":')
        if req.has("ctrl_char_json"):
            text = text.replace('"parent":"', '"parent":"\x01\t')
        return text.encode(), "application/json"

    def send(self, sock, req, status, out, method):
        body, kind = self.encode(req, out)
        if req.aborted:
            return False
        if req.writes and req.has("applied_then_drop"):
            cut(sock)
            return False
        half = req.has("half_json")
        if half:
            body = body[:int(half.number("n"))]
        length = len(body)
        wrong = req.has("wrong_length")
        if wrong:
            length += int(wrong.number("n", 100))
        whole = ("HTTP/1.1 %d %s\r\nCache-Control: no-cache\r\n"
                 "Connection: Keep-Alive\r\nContent-Length: %d\r\n"
                 "Content-Type: %s\r\nDate: %s\r\nExpires: 0\r\n"
                 "X-Frame-Options: sameorigin\r\n\r\n" % (
                     status, REASON[status], length, kind,
                     time.strftime("%a, %d %b %Y %H:%M:%S GMT",
                                   time.gmtime()))).encode() + body
        drop = req.has("drop_mid_reply")
        if drop:
            sock.sendall(whole[:int(drop.number("n"))])
            cut(sock, drop.spec.get("how", "rst") == "rst")
            return False
        sock.sendall(whole)
        if wrong:
            req.wait(wrong.number("ms", 60000) / 1e3, wrong)
            return False
        return True
