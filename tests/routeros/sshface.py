# SPDX-License-Identifier: GPL-2.0-or-later
"""The SSH face: exec channels of a console, by paramiko."""
import itertools
import logging
import os
import socket
import threading
import time

import paramiko

from console import Console
from faults import Request
from rest import cut, hang_up

ECHO = ("17:20:06 echo: system,error,critical login failure for user x from "
        "1.2.3.4 via ssh")
paramiko.Transport._CLIENT_ID = "ROSSSH"
# Clients that go away are what it is for.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class Login(paramiko.ServerInterface):
    """Who may log in, and what may be run."""

    def __init__(self, face, number):
        self.face = face
        self.number = number
        self.user = ""
        self.began = time.monotonic()

    def get_allowed_auths(self, username):
        return "publickey,password"

    def slow(self):
        slow = self.face.faults.peek("slow_auth")
        if slow:
            time.sleep(slow.number("ms") / 1e3)

    def check_auth_none(self, username):
        return paramiko.AUTH_FAILED

    def check_auth_password(self, username, password):
        self.face.router.note(transport="ssh", event="password",
                              conn=self.number, user=username)
        return paramiko.AUTH_FAILED

    def check_auth_publickey(self, username, key):
        user = self.face.router.users.get(username)
        self.slow()
        req = Request(self.face.faults, "ssh", "auth", "", username)
        if not user or not user["key"] or "ssh" not in user["policies"] or \
                key.asbytes() not in self.face.clients or req.has("auth_fail"):
            time.sleep(float(self.face.router.options["close_401_ms"]) / 1e3)
            self.face.router.note(transport="ssh", event="refused",
                                  conn=self.number, user=username)
            return paramiko.AUTH_FAILED
        self.user = username
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind, chanid):
        req = Request(self.face.faults, "ssh", "open", kind, self.user)
        if kind != "session" or req.has("channel_open_fail"):
            return paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        threading.Thread(target=self.face.execute, daemon=True, args=(
            self, channel, command.decode("latin-1"))).start()
        return True


class Face:
    transport = "ssh"

    def __init__(self, router, faults, keys):
        self.router = router
        self.faults = faults
        self.keys = keys
        self.serial = itertools.count(1)
        self.open = {}
        self.lock = threading.Lock()
        self.clients = set()
        for name in ("client", "client_rsa", "client_locked"):
            with open(os.path.join(keys, name + ".pub")) as f:
                self.add_client(f.read())
        self.host_keys = ["host_ed25519", "host_rsa"]
        self.port = 0
        self.listen()

    def add_client(self, line):
        self.clients.add(
            paramiko.pkey.PublicBlob.from_string(line).key_blob)

    def host_key(self, name):
        kind = paramiko.RSAKey if "rsa" in name else paramiko.Ed25519Key
        return kind.from_private_key_file(os.path.join(self.keys, name))

    def listen(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        self.listener.listen(64)
        threading.Thread(target=self.accept, args=(self.listener,),
                         daemon=True).start()

    def down(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop()

    def drop(self):
        with self.lock:
            transports = list(self.open.values())
            self.open.clear()
        for t in transports:
            hang_up(t.sock)
            t.close()

    def accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, daemon=True,
                             args=(sock, next(self.serial))).start()

    def serve(self, sock, number):
        self.router.note(transport="ssh", event="connected", conn=number)
        most = self.faults.peek("max_sessions")
        if most and len(self.open) >= most.number("n"):
            cut(sock)
            return
        if self.faults.peek("tls_hang"):
            time.sleep(self.faults.peek("tls_hang").number("ms", 60000) / 1e3)
        transport = paramiko.Transport(sock)
        with self.lock:
            self.open[number] = transport
        try:
            for name in self.host_keys:
                transport.add_server_key(self.host_key(name))
            transport.local_version = "SSH-2.0-ROSSSH"
            transport.start_server(server=Login(self, number))
            idle_since = time.monotonic()
            while transport.is_active():
                time.sleep(0.02)
                idle = self.faults.peek("close_idle")
                if transport.busy:
                    idle_since = time.monotonic()
                elif idle and transport.is_authenticated() and \
                        time.monotonic() - idle_since > idle.number("ms") / 1e3:
                    transport.close()
        except (OSError, EOFError, AttributeError, paramiko.SSHException):
            pass
        finally:
            with self.lock:
                self.open.pop(number, None)
            transport.close()

    def execute(self, login, channel, command):
        transport = channel.get_transport()
        transport.busy = True
        try:
            self.run(login, channel, command)
        except (OSError, EOFError, paramiko.SSHException):
            pass
        finally:
            transport.busy = False
            channel.close()

    def run(self, login, channel, command):
        begin = time.monotonic()
        sock = channel.get_transport().sock
        req = Request(self.faults, "ssh", "exec", command, login.user, sock)
        entry = self.router.note(
            transport="ssh", event="request", conn=login.number,
            method="exec", path=command, user=login.user, writes=0)
        req.hold(self.router)
        console = Console(self.router, req)
        lines = console.run(command)
        entry["writes"] = req.writes
        entry["faults"] = req.befell
        if req.writes and req.has("applied_then_drop"):
            hang_up(sock)
            return
        if req.has("critical_echo"):
            lines = [ECHO] + lines
        end = "\r\n" if console.option("eol") == "crlf" else "\n"
        out = "".join(line + end for line in lines).encode("latin-1", "replace")
        drop = req.has("drop_mid_reply")
        if drop:
            channel.sendall(out[:int(drop.number("n"))])
            if drop.spec.get("how", "channel") == "channel":
                return
            time.sleep(0.01)
            hang_up(sock)
            return
        channel.sendall(out)
        status = console.option("exit_status")
        if status != "omit":
            channel.send_exit_status(int(status))
        entry["took_us"] = int((time.monotonic() - begin) * 1e6)


paramiko.Transport.busy = False
