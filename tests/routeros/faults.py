# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults, and the request that they befall.

A fault is {"id": NAME, its own figures, "transport", "path", "method": regular
expressions of what it befalls (path is the command on SSH), "count": how often,
"after": how many matches pass first, "duration_ms", "probability"}.
"""
import random
import re
import select
import threading
import time

KNOWN = set("""delay slow_auth drop_mid_reply half_json wrong_length stale_read
lost_write applied_but_400 applied_then_drop auth_fail stray_401 busy_session
http_500 max_sessions close_idle channel_open_fail knee critical_echo
counter_wrap32 permission ctrl_char_json dup_key_json array_singleton
suffix_rates cert_expired wrong_san other_ca exit_status eol style group_digits
error_suffix tls_hang rest_error wrong_object no_flags""".split())
SCOPE = ("transport", "path", "method")


class Fault:
    def __init__(self, spec, number, seed):
        self.spec = dict(spec)
        self.id = spec["id"]
        self.serial = number
        self.scope = [(k, re.compile(str(spec[k]))) for k in SCOPE if k in spec]
        self.left = spec.get("count")
        self.after = spec.get("after", 0)
        self.end = None
        if "duration_ms" in spec:
            self.end = time.monotonic() + spec["duration_ms"] / 1e3
        self.chance = spec.get("probability", 1)
        self.random = random.Random(seed + number)
        self.gone = threading.Event()
        self.hits = 0
        self.memory = {}

    def number(self, key, default=0):
        return float(self.spec.get(key, default))

    def befalls(self, req):
        """Counts, too."""
        if self.end is not None and time.monotonic() > self.end:
            return False
        for key, pattern in self.scope:
            if not pattern.search(str(getattr(req, key, "") or "")):
                return False
        if self.left is not None and self.left <= 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.chance < 1 and self.random.random() >= self.chance:
            return False
        if self.left is not None:
            self.left -= 1
        self.hits += 1
        return True


class Faults:
    def __init__(self, seed=1):
        self.lock = threading.RLock()
        self.list = []
        self.seed = seed
        self.serial = 0
        self.changed = lambda: None

    def add(self, spec):
        if spec.get("id") not in KNOWN:
            raise ValueError("no fault %s; there are: %s" % (
                spec.get("id"), " ".join(sorted(KNOWN))))
        with self.lock:
            self.serial += 1
            fault = Fault(spec, self.serial, self.seed)
            self.list.append(fault)
        self.changed()
        return fault

    def clear(self, name=None):
        with self.lock:
            out = [f for f in self.list if name in (None, f.id, f.serial)]
            self.list = [f for f in self.list if f not in out]
        for f in out:
            f.gone.set()
        return len(out)

    def find(self, name, req):
        if not self.list:
            return None
        with self.lock:
            for f in self.list:
                if f.id == name and f.befalls(req):
                    return f
        return None

    def peek(self, name):
        for f in self.list:
            if f.id == name and (f.end is None or f.end > time.monotonic()) \
                    and (f.left is None or f.left > 0):
                return f
        return None


class Request:
    """One request on either face. has() decides about a fault once."""

    def __init__(self, faults, transport, method, path, user="", sock=None):
        self.faults = faults
        self.transport = transport
        self.method = method
        self.path = path
        self.user = user
        self.sock = sock
        self.writes = 0
        self.aborted = False
        self.router = None
        self.answers = {}
        self.befell = []

    def has(self, name):
        if name not in self.answers:
            fault = self.faults.find(name, self)
            self.answers[name] = fault
            if fault:
                self.befell.append(name)
        return self.answers[name]

    def wait(self, seconds, fault=None):
        """Lets time pass; sooner when the fault is cleared. Notices a client
        that goes away, but waits on as a router does."""
        end = time.monotonic() + seconds
        poll = select.poll()
        if self.sock is not None:
            poll.register(self.sock.fileno(), select.POLLRDHUP)
        while not (fault and fault.gone.is_set()):
            left = end - time.monotonic()
            if left <= 0:
                break
            step = min(left, 0.02)
            if self.sock is None or self.aborted:
                time.sleep(step)
            elif poll.poll(step * 1e3):
                self.aborted = True
                if self.router is not None:
                    self.router.aborted_at = self.router.now()
                    self.router.stray = 0

    def hold(self, router):
        """The faults that take time."""
        self.router = router
        busy = self.has("busy_session")
        if busy:
            end = busy.memory.setdefault(
                "end", time.monotonic() + busy.number("ms", 60000) / 1e3)
            self.wait(max(0, end - time.monotonic()), busy)
        delay = self.has("delay")
        if delay:
            ms = delay.number("ms")
            ms += delay.random.uniform(0, delay.number("jitter"))
            self.wait(ms / 1e3, delay)
        knee = self.has("knee")
        if knee:
            window = knee.number("window_ms", 1000) / 1e3
            seen = knee.memory.setdefault("seen", [])
            now = time.monotonic()
            seen[:] = [t for t in seen if now - t < window] + [now]
            if len(seen) > knee.number("n", 100):
                self.wait(knee.number("ms", 20) / 1e3, knee)
