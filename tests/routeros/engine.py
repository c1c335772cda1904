# SPDX-License-Identifier: GPL-2.0-or-later
"""The state of the router: tables, singletons, users, counters, log, journal.

All values are strings, as on the wire. Errors are Refused: its text is what a
console prints, its kind tells the REST face the status.
"""
import re
import threading
import time

RATES = ("max-limit", "limit-at", "burst-limit", "burst-threshold")
COUNTERS = ("bytes", "packets", "dropped", "queued-bytes", "queued-packets",
            "rate", "packet-rate")
TREE = {"name": "", "parent": "", "packet-mark": "", "limit-at": "0",
        "queue": "default-small", "priority": "8", "max-limit": "0",
        "burst-limit": "0", "burst-threshold": "0", "burst-time": "0s",
        "bucket-size": "0.1", "disabled": "false"}
# Of a simple queue most are pairs: "upload/download".
SIMPLE = {"name": "", "target": "", "dst": "", "parent": "none",
          "packet-marks": "", "priority": "8/8",
          "queue": "default-small/default-small", "limit-at": "0/0",
          "max-limit": "0/0", "burst-limit": "0/0", "burst-threshold": "0/0",
          "burst-time": "0s/0s", "bucket-size": "0.1/0.1",
          "disabled": "false"}
CAKE = ("cake-ack-filter cake-atm cake-autorate-ingress cake-bandwidth "
        "cake-diffserv cake-flowmode cake-memlimit cake-mpu cake-nat "
        "cake-overhead cake-overhead-scheme cake-rtt cake-rtt-scheme "
        "cake-wash").split()
RULE = ("chain action new-connection-mark new-packet-mark new-routing-mark "
        "passthrough src-address dst-address dst-address-type in-interface "
        "out-interface in-interface-list out-interface-list protocol "
        "src-port dst-port connection-mark connection-state packet-mark "
        "routing-mark jump-target log log-prefix hw-offload").split()


class Refused(Exception):
    """What the router says no to. kind: bad, item, permission."""

    def __init__(self, text, kind="bad", console=None):
        super().__init__(text)
        self.text = text
        self.kind = kind
        self.console = console or text


class Menu:
    def __init__(self, settable, read_only=(), named=True, defaults=None,
                 counters=(), first=1, tristate=False, verbs=()):
        self.settable = set(settable)
        self.read_only = set(read_only) | set(counters)
        self.named = named
        self.defaults = defaults or {}
        self.counters = counters
        self.first = first
        self.tristate = tristate
        self.verbs = ("print", "set", "enable", "disable", "reset-counters",
                      "remove", "get", "add", "find") if not verbs else verbs

    def known(self, key):
        return key in self.settable or key in self.read_only or key == ".id"


FIREWALL = dict(settable=RULE + ["comment", "disabled"], named=False,
                read_only=("dynamic", "invalid"), first=0xA, tristate=True,
                counters=("bytes", "packets"))
MENUS = {
    "queue/tree": Menu(list(TREE) + ["comment"], ("invalid",), True, TREE,
                       COUNTERS, 0x1000001),
    "queue/simple": Menu(list(SIMPLE) + ["comment"], ("invalid", "dynamic"),
                         True, SIMPLE, COUNTERS, 0x1),
    "queue/type": Menu(["name", "kind", "comment"] + CAKE, ("default",), True,
                       {}, (), 0xFFFFFFF0, False,
                       ("print", "set", "remove", "get", "add", "find")),
    "ip/firewall/mangle": Menu(**FIREWALL),
    "ip/firewall/filter": Menu(**FIREWALL),
    "user/active": Menu((), ("name", "address", "via", "when", "group"), True,
                        verbs=("print", "get", "find")),
}
SINGLES = ("system/resource", "system/identity")


def is_id(text):
    return bool(re.fullmatch(r"\*[0-9A-Fa-f]{1,16}", text))


def number(text):
    """A rate as the router reads it: suffixes, 0x hexadecimal, 0 octal."""
    m = re.fullmatch(r"(\d+)(?:\.(\d{1,9}))?([kKMG])?(?:bps)?", text)
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", text):
        value = int(text, 16)
    elif re.fullmatch(r"0[0-7]+", text):
        value = int(text, 8)
    elif not m or re.fullmatch(r"0\d+", text):
        return None
    else:
        scale = {None: 1, "k": 10**3, "K": 10**3, "M": 10**6,
                 "G": 10**9}[m.group(3)]
        if m.group(2) and scale == 1:
            return None
        part = m.group(2) or ""
        value = int(m.group(1)) * scale
        value += int(part or 0) * scale // 10**len(part)
    return value if value < 2**64 else None


def suffixed(value):
    """5M, 940M, 20500k, 12345678: by exact division."""
    n = int(value)
    for scale, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if n and n % scale == 0:
            return "%d%s" % (n // scale, letter)
    return str(n)


def boolean(text):
    return {"true": "true", "yes": "true", "false": "false",
            "no": "false"}.get(text)


def span(seconds):
    """2d20h12m20s"""
    s = int(seconds)
    out = ""
    for unit, size in (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60)):
        if s >= size:
            out += "%d%s" % (s // size, unit)
            s %= size
    return out + "%ds" % s if s or not out else out


class Router:
    def __init__(self, faults):
        self.lock = threading.RLock()
        self.faults = faults
        self.offset = 0.0
        self.options = {"eol": "crlf", "style": "v724", "exit_status": "0",
                        "charset_ok": False, "sectors": 2,
                        "disabled_key_absent": True, "close_401_ms": 125,
                        "error_suffix": False, "group_digits": True}
        self.entries = []
        self.serial = 0
        self.entry = threading.Condition()
        self.started = time.monotonic()
        self.aborted_at = -1e9
        self.stray = 0
        self.reset()

    def now(self):
        return time.monotonic() + self.offset

    # --- state ----------------------------------------------------------

    def reset(self):
        """As when it was started; the faults stay."""
        with self.lock:
            self.booted = self.now() - 245540
            self.boots = 0
            self.wrong = 0
            self.log = []
            self.undo = 0
            self.sectors = 614
            self.version = "7.23.2 (stable)"
            self.identity = "R0000001"
            self.options.pop("without", None)
            self.tables = {m: [] for m in MENUS}
            self.next_id = {m: MENUS[m].first for m in MENUS}
            self.users = {
                "wanctl": self.user("s3cret-wanctl", "read,write,ssh,api,rest-api"),
                "reader": self.user("s3cret-reader", "read,ssh,api,rest-api"),
                "nobody": self.user("s3cret-nobody", "ssh,api,rest-api"),
                "noapi": self.user("s3cret-noapi", "read,write,rest-api"),
                "norest": self.user("s3cret-norest", "read,write,api,ssh"),
                "nokey": self.user("s3cret-nokey", "read,write,ssh", False)}
            for kind in ("cake-down", "cake-up"):
                self.insert("queue/type", {
                    "name": kind, "kind": "cake", "cake-bandwidth": "0bps",
                    "cake-overhead": "0", "cake-overhead-scheme": "",
                    "cake-rtt": "100ms", "cake-diffserv": "besteffort",
                    "cake-flowmode": "triple-isolate", "cake-nat": "false",
                    "cake-wash": "false", "cake-ack-filter": "none",
                    "default": "false"})
            self.insert("queue/type", {"name": "default-small",
                                       "kind": "pfifo", "default": "true"})
            for name, parent, kind, rate in (
                    ("WAN-Download", "bridge1", "cake-down", "940000000"),
                    ("WAN-Upload", "ether1", "cake-up", "38000000")):
                self.insert("queue/tree", dict(
                    TREE, name=name, parent=parent, queue=kind,
                    **{"max-limit": rate, "invalid": "false"}))
            self.insert("ip/firewall/mangle", {
                "chain": "prerouting", "action": "mark-connection",
                "new-connection-mark": "QOS_HIGH", "passthrough": "true",
                "comment": "ADAPTIVE: Steer latency-sensitive to ATT"})
            self.insert("ip/firewall/mangle", {
                "chain": "prerouting", "action": "mark-routing",
                "new-routing-mark": "to_ATT", "passthrough": "false",
                "comment": "second", "disabled": "true"})

    @staticmethod
    def user(password, policies, key=True):
        return {"password": password, "policies": set(policies.split(",")),
                "key": key}

    def has(self, menu):
        """Whether there is such a menu; option "without" names one that there
        is not."""
        return (menu in MENUS or menu in SINGLES) and \
            menu != self.options.get("without")

    def allowed(self, user, policy):
        u = self.users.get(user)
        return bool(u) and policy in u["policies"]

    def insert(self, menu, values):
        row = dict(values)
        m = MENUS[menu]
        row[".id"] = "*%X" % self.next_id[menu]
        self.next_id[menu] += 1
        if m.counters:
            row["_n"] = {c: 0 for c in m.counters}
            row["_flow"] = 0
            row["_at"] = row["_rate_at"] = self.now()
        if m.tristate:
            row.setdefault("dynamic", "false")
            row.setdefault("invalid", "false")
        self.tables[menu].append(row)
        return row

    def reboot(self, new_ids=True, wrong=3):
        """What is different afterwards."""
        with self.lock:
            self.boots += 1
            self.booted = self.now()
            self.wrong = wrong
            self.sectors = 0
            for menu, rows in self.tables.items():
                for row in rows:
                    if new_ids and MENUS[menu].counters:
                        row[".id"] = "*%X" % self.next_id[menu]
                        self.next_id[menu] += 1
                    row.pop("_old", None)
            self.tables["user/active"] = []
            self.zero_counters()
            self.log.append("system,info router rebooted")

    def zero_counters(self):
        for rows in self.tables.values():
            for row in rows:
                if "_n" in row:
                    row["_n"] = {c: 0 for c in row["_n"]}
                    row["_at"] = row["_rate_at"] = self.now()

    def advance(self, row):
        """Counters go on by the flow of the row (bit/s); the rate is renewed
        every 5 s."""
        now = self.now()
        gone = now - row["_at"]
        n = row["_n"]
        if row["_flow"] and row.get("disabled") != "true":
            more = int(row["_flow"] * gone / 8)
            n["bytes"] += more
            n["packets"] += more // 1250
            row["_at"] += more * 8 / row["_flow"]
        else:
            row["_at"] = now
        if "rate" in n and now - row["_rate_at"] >= 5:
            row["_rate_at"] = now
            n["rate"] = row["_flow"]
            n["packet-rate"] = row["_flow"] // 10000

    # --- reading --------------------------------------------------------

    def view(self, menu, row, req=None):
        """A row as one request sees it: a dict of strings without counters
        hidden."""
        stale = req and req.has("stale_read")
        old = row.get("_old")
        if stale and old and self.now() - old[0] < stale.number("ms", 500) / 1e3:
            row = dict(row, **old[1])
        out = {k: v for k, v in row.items() if k[0] != "_"}
        if "_n" in row:
            self.advance(row)
            wrap = req and req.has("counter_wrap32")
            for k, v in row["_n"].items():
                v = v % 2**32 if wrap else v
                # What goes up is a tenth of what comes down.
                out[k] = "%d/%d" % (v // 10, v) if menu == "queue/simple" \
                    else str(v)
        return out

    def rows(self, menu, req=None):
        return [self.view(menu, r, req) for r in self.tables[menu]]

    def single(self, menu):
        if menu == "system/identity":
            return {"name": self.identity}
        return {"architecture-name": "arm64", "bad-blocks": "0",
                "board-name": "RB5009UG+S+",
                "build-time": "2026-05-12 09:11:43", "cpu": "ARM64",
                "cpu-count": "4", "cpu-frequency": "1400", "cpu-load": "3",
                "factory-software": "7.1", "free-hdd-space": "1022226432",
                "free-memory": "800129024", "platform": "MikroTik",
                "total-hdd-space": "1073741824",
                "total-memory": "1073741824",
                "uptime": span(self.now() - self.booted),
                "version": self.version,
                "write-sect-since-reboot": str(self.sectors),
                "write-sect-total": str(370728 + self.sectors)}

    def lookup(self, menu, ident, comments=False):
        """The row with this id or name, or None. comments: the first with
        this comment will do too."""
        for row in self.tables[menu]:
            if is_id(ident) and int(row[".id"][1:], 16) == int(ident[1:], 16):
                return row
            if MENUS[menu].named and row.get("name") == ident:
                return row
        if comments:
            for row in self.tables[menu]:
                if row.get("comment") == ident:
                    return row
        return None

    # --- writing --------------------------------------------------------

    def check(self, menu, key, value, row=None):
        """The value as it is stored; refuses what the router would."""
        if key not in MENUS[menu].settable:
            raise Refused("unknown parameter " + key)
        if value == "" and key in ("comment",):
            return None
        if value == "" and key in TREE and key not in ("name", "parent",
                                                       "packet-mark"):
            return TREE[key]
        if menu == "queue/simple" and key in RATES + ("queue",):
            return self.check_pair(key, value)
        if key in RATES:
            n = number(value)
            if n is None:
                raise Refused("invalid value for argument " + key)
            return str(n)
        if key == "priority":
            if not value.isdigit():
                raise Refused("invalid value for argument priority")
            if not 1 <= int(value) <= 8:
                raise Refused("value of priority out of range (1..8)")
            return value
        if key in ("disabled", "passthrough", "log", "cake-nat", "cake-wash",
                   "hw-offload"):
            if boolean(value) is None:
                raise Refused("invalid value for argument " + key)
            return boolean(value)
        if key == "queue" and not self.lookup("queue/type", value):
            raise Refused("input does not match any value of queue")
        if key == "name":
            if value == "":
                raise Refused("failure: name can not be empty")
            for other in self.tables[menu]:
                if other is not row and other.get("name") == value:
                    raise Refused("failure: already have such name")
        return value

    def check_pair(self, key, value):
        """UPLOAD/DOWNLOAD, or one for both."""
        parts = value.split("/")
        if len(parts) == 1:
            parts *= 2
        if len(parts) != 2:
            raise Refused("invalid value for argument " + key)
        if key == "queue":
            if not all(self.lookup("queue/type", p) for p in parts):
                raise Refused("input does not match any value of queue")
            return "/".join(parts)
        parts = [number(p) for p in parts]
        if None in parts:
            raise Refused("invalid value for argument " + key)
        return "%d/%d" % tuple(parts)

    def written(self, req, what, row=None, before=None):
        if row is not None:
            row["_old"] = (self.now(), before)
        self.sectors += int(self.options["sectors"])
        self.undo += 1
        self.log.append("system,info %s changed by %s:%s@127.0.0.1" % (
            what, "ssh-cmd" if req.transport == "ssh" else "rest-api",
            req.user))
        req.writes += 1

    def change(self, req, menu, row, values):
        """Sets properties of a row: all or none."""
        values = {k: self.check(menu, k, v, row) for k, v in values.items()}
        if req.has("lost_write"):
            return
        before = {k: row.get(k) for k in values}
        before = {k: v for k, v in before.items() if v is not None}
        for key, value in values.items():
            if value is None:
                row.pop(key, None)
            else:
                row[key] = value
        self.written(req, menu.replace("/", " ") + " entry", row, before)

    def add(self, req, menu, values):
        values = {k: self.check(menu, k, v) for k, v in values.items()}
        need = {"queue/tree": ("parent",), "queue/simple": ("target",),
                "queue/type": ("name", "kind"),
                }.get(menu, ("chain", "action"))
        for key in need:
            if not values.get(key):
                raise Refused("missing =%s=" % key)
        full = dict(MENUS[menu].defaults)
        if menu == "queue/simple":
            full["invalid"] = full["dynamic"] = "false"
            full["name"] = "queue%d" % (len(self.tables[menu]) + 1)
        if menu == "queue/tree":
            full["invalid"] = "false"
            full["name"] = "queue%d" % (len(self.tables[menu]) + 1)
        full.update({k: v for k, v in values.items() if v is not None})
        row = self.insert(menu, full)
        self.written(req, menu.replace("/", " ") + " entry")
        return row

    def remove(self, req, menu, row):
        if not req.has("lost_write"):
            self.tables[menu].remove(row)
            self.written(req, menu.replace("/", " ") + " entry")

    def reset_counters(self, req, row):
        if not req.has("lost_write"):
            row["_n"] = {c: 0 for c in row["_n"]}
            row["_at"] = self.now()

    # --- journal --------------------------------------------------------

    def note(self, **entry):
        with self.entry:
            self.serial += 1
            entry["n"] = self.serial
            entry["t"] = round(self.now() - self.started, 6)
            self.entries.append(entry)
            if len(self.entries) > 300000:
                del self.entries[:100000]
            self.entry.notify_all()
        return entry
