# SPDX-License-Identifier: GPL-2.0-or-later
"""The console: a script is parsed as a whole, then run.

Enough of the language for clients that manage queues and firewall rules.
Everything that is not known is refused with line and column.
"""
import re
import time

from engine import (CAKE, COUNTERS, MENUS, RATES, RULE, SINGLES, Refused,
                    boolean, is_id, number, suffixed)

PATHS = set(MENUS) | set(SINGLES)
PREFIXES = {"/".join(p.split("/")[:n]) for p in PATHS
            for n in range(1, p.count("/") + 1)}
FLAGS = {"count-only", "detail", "stats", "as-value", "without-paging",
         "terse", "brief", "value-list"}
WORD = re.compile(r'[^\s;"\[\](){}$=~!<>&|]+')
BARE = re.compile(r'[^\s;"\[\](){}$]+')
OPERAND = re.compile(r'[^\s;"\[\](){}$/:=&|!~<>]+')
VARIABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9]*")
LEVELS = (("||", "or"), ("&&", "and"), ("!=", "<=", ">=", "=", "<", ">", "~"),
          ("+", "-"), (".", ","), ("->",))


class Id(str):
    """An internal id; prints like a string."""


class ScriptError(Exception):
    pass


class Parser:
    def __init__(self, text, without=None):
        self.s = text
        self.i = 0
        self.paths = PATHS - {without}

    def fail(self, what, at=None):
        at = self.i if at is None else at
        line = self.s.count("\n", 0, at) + 1
        column = at - (self.s.rfind("\n", 0, at) + 1) + 1
        raise ScriptError("%s (line %d column %d)" % (what, line, column))

    def peek(self, text):
        return self.s.startswith(text, self.i)

    def blank(self):
        while self.i < len(self.s) and self.s[self.i] in " \t":
            self.i += 1

    def at_end(self, close):
        return self.i >= len(self.s) or self.s[self.i] in ";\r\n" + close

    def block(self, close=""):
        """Statements up to close, which is left."""
        out = []
        while True:
            while self.i < len(self.s) and self.s[self.i] in " \t\r\n;":
                self.i += 1
            if self.i >= len(self.s):
                if close:
                    self.fail("syntax error")
                return out
            if close and self.s[self.i] == close:
                return out
            out.append(self.statement(close))
            self.blank()
            if not self.at_end(close):
                self.fail("expected end of command")

    def statement(self, close):
        if self.peek("#"):
            while self.i < len(self.s) and self.s[self.i] != "\n":
                self.i += 1
            return ("nothing",)
        if self.peek(":"):
            return self.builtin(close)
        return self.command(close)

    def word(self, pattern=WORD):
        m = pattern.match(self.s, self.i)
        if not m:
            self.fail("syntax error")
        self.i = m.end()
        return m.group()

    # --- values ---------------------------------------------------------

    def value(self, bare=BARE):
        if self.peek('"'):
            return self.string()
        if self.peek("$"):
            self.i += 1
            return ("var", self.word(VARIABLE))
        if self.peek("["):
            return self.inner()
        if self.peek("("):
            self.i += 1
            e = self.expression()
            self.blank()
            if not self.peek(")"):
                self.fail("syntax error")
            self.i += 1
            return e
        if self.peek("{"):
            self.fail("syntax error")
        return ("const", plain(self.word(bare)))

    def inner(self):
        self.i += 1
        self.blank()
        if self.peek("]"):
            self.fail("expected command name")
        body = self.block("]")
        self.i += 1
        return ("cmd", body)

    def string(self):
        start = self.i
        self.i += 1
        parts, text = [], ""
        while True:
            if self.i >= len(self.s) or self.s[self.i] == "\n":
                self.fail("syntax error", start)
            c = self.s[self.i]
            self.i += 1
            if c == '"':
                break
            if c == "\\":
                text += self.escape()
            elif c == "$":
                parts.append(("const", text))
                text = ""
                if self.peek("[") or self.peek("("):
                    parts.append(self.value())
                else:
                    m = VARIABLE.match(self.s, self.i)
                    if m:
                        self.i = m.end()
                        parts.append(("var", m.group()))
                    else:
                        self.fail("syntax error", self.i - 1)
            else:
                text += "    " if c == "\t" else c
        if not parts:
            return ("const", text)
        return ("join", parts + [("const", text)])

    def escape(self):
        m = re.compile(r'[0-9A-F]{2}|["\\nrt$?_abfv]').match(self.s, self.i)
        if not m:
            self.fail("syntax error", self.i - 1)
        self.i = m.end()
        c = m.group()
        if len(c) == 2:
            return chr(int(c, 16))
        return {"n": "\n", "r": "\r", "t": "\t", "_": " ", "a": "\a",
                "b": "\b", "f": "\f", "v": "\v"}.get(c, c)

    def expression(self, level=0):
        if level == len(LEVELS):
            return self.unary()
        left = self.expression(level + 1)
        while True:
            self.blank()
            for op in LEVELS[level]:
                if self.peek(op) and not (op in "-" and self.peek("->")):
                    break
            else:
                return left
            self.i += len(op)
            left = ("op", op, left, self.expression(level + 1))

    def unary(self):
        self.blank()
        if self.peek("!"):
            self.i += 1
            return ("not", self.unary())
        return self.value(OPERAND)

    # --- commands -------------------------------------------------------

    def braces(self):
        self.blank()
        if not self.peek("{"):
            self.fail("syntax error")
        self.i += 1
        body = self.block("}")
        self.i += 1
        return body

    def key(self, name):
        self.blank()
        if not self.peek(name + "="):
            return False
        self.i += len(name) + 1
        return True

    def builtin(self, close):
        start = self.i
        self.i += 1
        name = self.word(re.compile(r"[A-Za-z]*"))
        self.blank()
        if name in ("put", "error", "len", "typeof", "tostr", "tonum",
                    "delay", "return"):
            if self.at_end(close):
                self.fail("syntax error")
            return (name, self.value())
        if name in ("local", "global", "set"):
            var = self.word(VARIABLE)
            self.blank()
            if self.at_end(close):
                return ("let", var, ("const", None))
            return ("let", var, self.value())
        if name == "if":
            test = self.value()
            if not self.key("do"):
                self.fail("syntax error")
            then = self.braces()
            return ("if", test, then, self.braces() if self.key("else") else [])
        if name == "foreach":
            var = self.word(VARIABLE)
            if not self.key("in"):
                self.fail("syntax error")
            items = self.value()
            if not self.key("do"):
                self.fail("syntax error")
            return ("foreach", var, items, self.braces())
        if name == "do":
            body = self.braces()
            return ("try", body,
                    self.braces() if self.key("on-error") else None)
        return self.fail("bad command name " + name, start + 1)

    def command(self, close):
        """/path verb ARGUMENTS; relative ones are relative to the root or
        to the menu of the command around them."""
        outer = getattr(self, "menu", "")
        path = "" if self.peek("/") else outer
        parts = path.split("/") if path else []
        if self.peek("/"):
            self.i += 1
        while True:
            self.blank()
            at = self.i
            if self.at_end(close):
                self.fail("expected command name")
            m = re.compile(r"[A-Za-z0-9_*.-]+").match(self.s, self.i)
            if not m:
                self.fail("syntax error")
            name = m.group()
            path = "/".join(parts)
            if path in self.paths:
                self.i = m.end()
                return self.verb(path, name, at, close)
            if "/".join(parts + [name]) not in PREFIXES | self.paths:
                if path == outer and not path:
                    self.fail("bad command name " + name, at)
                self.fail("bad command name " + name, at)
            parts.append(name)
            self.i = m.end()
            if self.peek("/"):
                self.i += 1

    def verb(self, menu, name, at, close):
        verbs = MENUS[menu].verbs if menu in MENUS else ("get", "print")
        if name not in verbs:
            self.fail("bad command name " + name, at)
        saved, self.menu = getattr(self, "menu", ""), menu
        try:
            if name == "find":
                return ("do", menu, name, [], {}, set(), self.where(menu, close))
            return self.arguments(menu, name, close)
        finally:
            self.menu = saved

    def arguments(self, menu, name, close):
        items, values, flags, where = [], {}, set(), None
        while True:
            self.blank()
            if self.at_end(close):
                break
            at = self.i
            m = re.compile(r"([A-Za-z][A-Za-z0-9.-]*)=").match(self.s, at)
            flag = re.compile(r"[a-z-]+(?=[\s;\]}]|$)").match(self.s, at)
            if m:
                self.i = m.end()
                self.parameter(menu, name, m.group(1), at)
                values[m.group(1)] = ("const", "") if self.at_end(
                    close + " \t") else self.value()
            elif name == "print" and flag and flag.group() == "where":
                self.i = flag.end()
                where = self.where(menu, close)
            elif name == "print":
                if not flag or flag.group() not in FLAGS:
                    self.fail("expected end of command")
                self.i = flag.end()
                flags.add(flag.group())
            elif name == "add" or len(items) >= (2 if name == "get" else 1):
                self.fail("expected end of command")
            else:
                items.append(self.value())
                if self.i < len(self.s) and self.s[self.i] not in " \t;\r\n]}":
                    self.fail("expected end of command")
        if not items and "numbers" not in values and menu in MENUS and \
                name not in ("print", "add"):
            self.fail("expected item id")
        return ("do", menu, name, items, values, flags, where)

    def parameter(self, menu, name, key, at):
        if name in ("set", "add") and menu in MENUS and \
                (key in MENUS[menu].settable or
                 (key == "numbers" and name == "set")):
            return
        if name == "get" and key in ("number", "value-name"):
            return
        if name in ("enable", "disable", "remove", "reset-counters") and \
                key == "numbers":
            return
        self.fail("bad parameter " + key, at)

    def where(self, menu, close):
        """Conditions, side by side: all of them."""
        self.blank()
        m = re.compile(r"where(?=[\s;\]]|$)").match(self.s, self.i)
        if m:
            self.i = m.end()
        out = None
        while True:
            self.blank()
            if self.at_end(close):
                return out
            if self.peek("&&"):
                self.i += 2
                self.blank()
            one = self.either(menu, close)
            out = one if out is None else ("and", out, one)

    def either(self, menu, close):
        left = self.condition(menu, close)
        self.blank()
        while self.peek("||"):
            self.i += 2
            self.blank()
            left = ("or", left, self.condition(menu, close))
            self.blank()
        return left

    def condition(self, menu, close):
        if self.peek("!"):
            self.i += 1
            return ("!", self.condition(menu, close))
        if self.peek("("):
            self.i += 1
            inner = self.where(menu, ")")
            self.i += 1
            return inner
        at = self.i
        m = re.compile(r"[A-Za-z.][A-Za-z0-9.-]*").match(self.s, at)
        if not m:
            self.fail("syntax error")
        key = m.group()
        known = MENUS[menu].known(key)
        if not known:
            self.fail("bad parameter " + key, at)
        self.i = m.end()
        for op in ("!=", "=", "~"):
            if self.peek(op):
                self.i += len(op)
                if self.at_end(close) or self.peek(" "):
                    self.fail("syntax error")
                value = self.value(OPERAND)
                if not self.at_end(close + " \t)|&"):
                    self.fail("syntax error")
                return ("test", key, op, value)
        return ("test", key, "=", ("const", "true"))


def plain(word):
    return int(word) if re.fullmatch(r"0|[1-9]\d*", word) else word


def typed(key, text):
    """What get answers with."""
    if text in ("true", "false"):
        return text == "true"
    if key in RATES + COUNTERS and text.isdigit():
        return int(text)
    return text


def show(value):
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(show(v) for v in value)
    if isinstance(value, dict):
        return ";".join("%s=%s" % (k, show(v)) for k, v in value.items())
    return str(value)


def kind_of(value):
    if value is None:
        return "nil"
    for kind, name in ((bool, "bool"), (int, "num"), (Id, "id"),
                       (str, "str")):
        if isinstance(value, kind):
            return name
    return "array"


class Console:
    """Runs one script for one request."""

    def __init__(self, router, req):
        self.router = router
        self.req = req
        self.lines = []
        self.vars = {}

    def option(self, name):
        fault = self.req.has(name)
        if fault:
            return fault.spec.get("value", True)
        return self.router.options.get(name)

    def run(self, text):
        """The lines that it prints."""
        try:
            without = self.router.options.get("without")
            body = Parser(text, without).block()
            with self.router.lock:
                self.block(body)
        except ScriptError as e:
            self.lines += str(e).split("\n")
        except Refused as e:
            self.lines += e.console.split("\n")
        return self.lines

    def block(self, body):
        result = None
        for statement in body:
            result = getattr(self, "do_" + statement[0])(*statement[1:])
        return result

    # --- statements -----------------------------------------------------

    def do_nothing(self):
        pass

    def do_put(self, e):
        self.lines += show(self.eval(e)).split("\n")

    def do_error(self, e):
        text = show(self.eval(e))
        if self.option("error_suffix"):
            text += " (:error; line 1)"
        raise ScriptError(text)

    def do_len(self, e):
        v = self.eval(e)
        return len(v) if isinstance(v, (list, dict)) else len(show(v))

    def do_typeof(self, e):
        return kind_of(self.eval(e))

    def do_tostr(self, e):
        return show(self.eval(e))

    def do_tonum(self, e):
        return number(show(self.eval(e)))

    def do_return(self, e):
        return self.eval(e)

    def do_delay(self, e):
        text = show(self.eval(e))
        m = re.fullmatch(r"(\d+)(ms|s)?", text)
        if not m:
            raise ScriptError("invalid value for argument delay-time")
        time.sleep(min(60, int(m.group(1)) / (1e3 if m.group(2) == "ms" else 1)))

    def do_let(self, name, e):
        self.vars[name] = self.eval(e)

    def do_if(self, test, then, other):
        v = self.eval(test)
        if not isinstance(v, bool):
            raise ScriptError("conditional not boolean")
        return self.block(then if v else other)

    def do_foreach(self, name, items, body):
        v = self.eval(items)
        for one in v if isinstance(v, list) else [v]:
            self.vars[name] = one
            self.block(body)

    def do_try(self, body, rescue):
        try:
            return self.block(body)
        except (ScriptError, Refused):
            if rescue is None:
                raise
            return self.block(rescue)

    # --- expressions ----------------------------------------------------

    def eval(self, e):
        if e[0] == "const":
            return e[1]
        if e[0] == "var":
            return self.vars.get(e[1])
        if e[0] == "cmd":
            return self.block(e[1])
        if e[0] == "join":
            return "".join(show(self.eval(p)) for p in e[1])
        if e[0] == "not":
            return not self.eval(e[1])
        return self.operate(e[1], self.eval(e[2]), self.eval(e[3]))

    def operate(self, op, a, b):
        if op == "->":
            if isinstance(a, list) and isinstance(b, int):
                return a[b] if 0 <= b < len(a) else None
            return a.get(b) if isinstance(a, dict) else None
        if op == ".":
            return show(a) + show(b)
        if op == ",":
            return [x for v in (a, b) for x in (v if isinstance(v, list) else [v])]
        if op in ("&&", "and"):
            return bool(a) and bool(b)
        if op in ("||", "or"):
            return bool(a) or bool(b)
        if op == "=":
            return show(a) == show(b)
        if op == "!=":
            return show(a) != show(b)
        if op == "~":
            return bool(re.search(show(b), show(a)))
        x, y = number(show(a)), number(show(b))
        if x is None or y is None:
            raise ScriptError("cannot compute with values that are no numbers")
        return {"<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y,
                "+": x + y, "-": x - y}[op]

    # --- commands of menus ----------------------------------------------

    def allow(self, policy):
        if self.req.has("permission") or \
                not self.router.allowed(self.req.user, policy):
            raise Refused("not enough permissions (9)", "permission")

    def matches(self, row, where):
        if where is None:
            return True
        if where[0] == "and":
            return self.matches(row, where[1]) and self.matches(row, where[2])
        if where[0] == "or":
            return self.matches(row, where[1]) or self.matches(row, where[2])
        if where[0] == "!":
            return not self.matches(row, where[1])
        _, key, op, e = where
        have = row.get(key, "false" if key == "disabled" else "")
        want = show(self.eval(e))
        if op == "~":
            return bool(re.search(want, have))
        if key in RATES and number(want) is not None:
            want = str(number(want))
        if have in ("true", "false"):
            want = boolean(want) or want
        return (have == want) == (op == "=")

    def find(self, menu, where):
        return [r for r in self.router.rows(menu, self.req)
                if self.matches(r, where)]

    def items(self, menu, e, missing):
        """The rows that an item list names."""
        v = self.eval(e)
        out = []
        for one in v if isinstance(v, list) else [v]:
            row = None
            if not isinstance(one, int) and one is not None:
                for part in str(one).split(",") if is_id(
                        str(one).split(",")[0]) else [str(one)]:
                    row = self.router.lookup(menu, part)
                    if row is None:
                        raise Refused(missing, "item")
                    out.append(row)
            else:
                raise Refused(missing, "item")
        return out

    def do_do(self, menu, verb, items, values, flags, where):
        if verb in ("find", "get", "print"):
            self.allow("read")
            return getattr(self, "verb_" + verb)(menu, items, values, flags,
                                                 where)
        self.allow("write")
        r = self.router
        if verb == "add":
            return Id(r.add(self.req, menu, self.texts(menu, values))[".id"])
        e = items[0] if items else values.pop("numbers")
        rows = self.items(menu, e, "no such item (4)")
        texts = self.texts(menu, {k: v for k, v in values.items()
                                  if k != "numbers"})
        for row in rows:
            if verb == "set":
                self.set(menu, row, texts)
            elif verb in ("enable", "disable"):
                r.change(self.req, menu, row, {
                    "disabled": "false" if verb == "enable" else "true"})
            elif verb == "remove":
                r.remove(self.req, menu, row)
            elif verb == "reset-counters":
                r.reset_counters(self.req, row)
        return None

    def set(self, menu, row, texts):
        try:
            self.router.change(self.req, menu, row, texts)
        except Refused as e:
            m = re.match(r"invalid value for argument (.*)", e.text)
            if m:
                e.console = ("%s:\n    value of %s contains invalid trailing "
                             "characters" % (e.text, m.group(1)))
            raise

    def texts(self, menu, values):
        return {k: show(self.eval(v)) for k, v in values.items()}

    def verb_find(self, menu, items, values, flags, where):
        return [Id(r[".id"]) for r in self.find(menu, where)]

    def verb_get(self, menu, items, values, flags, where):
        items = list(items)
        if menu in SINGLES:
            row = self.router.single(menu)
        else:
            v = self.eval(items[0] if items else values["number"])
            if isinstance(v, list) and len(v) > 1:
                raise Refused("invalid internal item number")
            if v is None or v == []:
                raise Refused("no such item", "item")
            found = self.items(menu, ("const", v), "no such item")
            row = self.router.view(menu, found[0], self.req)
            row.setdefault("disabled", "false")
            del items[:1]
        e = items[0] if items else values.get("value-name")
        if e is None:
            return {k: typed(k, row[k]) for k in sorted(row)}
        key = show(self.eval(e))
        if menu in MENUS and not MENUS[menu].known(key) or \
                menu in SINGLES and key not in row or \
                key == "invalid" and self.req.has("no_flags"):
            raise Refused("input does not match any value of value-name")
        if key in RATES and self.req.has("suffix_rates"):
            return "/".join(suffixed(p) for p in row[key].split("/"))
        return typed(key, row.get(key, "")) if key in row else None

    def verb_print(self, menu, items, values, flags, where):
        if menu in SINGLES:
            row = self.router.single(menu)
            width = max(len(k) for k in row)
            self.lines += ["%*s: %s" % (width + 2, k, v) for k, v in row.items()]
            return None
        found = self.find(menu, where)
        if "count-only" in flags:
            self.counting = True
            return self.counted(len(found))
        if "as-value" in flags:
            return [dict([(".id", r[".id"])] + sorted(
                (k, v) for k, v in r.items() if k != ".id")) for r in found]
        style = self.option("style")
        if "stats" in flags and style == "v71" and "detail" not in flags:
            self.lines += self.table(found)
        else:
            self.lines += self.detail(menu, found, "stats" in flags, style)
        return None

    def counted(self, n):
        """Printed when nobody takes it."""
        return Count(n)

    def table(self, rows):
        def digits(text):
            if self.option("group_digits") and text.isdigit():
                return "{:,}".format(int(text)).replace(",", " ")
            return text
        keys = ("name", "parent", "rate", "packet-rate", "queued-bytes",
                "queued-packets", "bytes", "packets")
        cells = [["#"] + [k.upper() for k in keys]]
        for n, r in enumerate(rows):
            cells.append([str(n)] + [digits(r.get(k, "")) for k in keys])
        widths = [max(len(c[k]) for c in cells) for k in range(len(keys) + 1)]
        out = ["Flags: X, I - INVALID",
               "Columns: " + ", ".join(k.upper() for k in keys)]
        return out + ["  ".join(c.ljust(w) for c, w in zip(line, widths)).rstrip()
                      for line in cells]

    def detail(self, menu, rows, stats, style):
        if not rows:
            return []
        out = []
        if style == "v6":
            out.append("Flags: X - disabled, I - invalid ")
        elif style == "v71":
            out.append("Flags: X, I - INVALID")
        elif any(r.get("disabled") == "true" for r in rows):
            out.append("Flags: X - DISABLED")
        for n, row in enumerate(rows):
            if n:
                out.append(" ")
            out += record(menu, n, row, stats, style)
        return out + ([""] if style != "v6" else [])


class Count(int):
    """Of print count-only: it prints itself where nobody takes it."""


def record(menu, n, row, stats, style):
    off = row.get("disabled") == "true"
    if menu in ("queue/tree", "queue/simple"):
        keys = ["name", "target", "parent", "packet-mark"]
        keys += ["rate", "packet-rate", "queued-bytes", "queued-packets",
                 "bytes", "packets", "dropped"] if stats else [
            "limit-at", "queue", "priority", "max-limit", "burst-limit",
            "burst-threshold", "burst-time", "bucket-size"]
    elif menu == "queue/type":
        keys = ["name", "kind"] + CAKE
    else:
        keys = RULE + (["bytes", "packets"] if stats else [])
    tokens = []
    for k in keys:
        if k not in row:
            continue
        v = row[k]
        if k in RATES and v.isdigit():
            v = suffixed(v)
        elif v in ("true", "false"):
            v = "yes" if v == "true" else "no"
        if k == "name" or v == "" or " " in v:
            v = '"%s"' % v
        tokens.append("%s=%s" % (k, v))
    head = "%s%d %s " % (" " if style == "v6" else "", n, "X" if off else "")
    if style == "v6":
        return [head + " " + " ".join(tokens) + " "]
    lines = []
    line = head.ljust(3)
    if "comment" in row and not menu.startswith("queue/"):
        lines.append(line + ";;; " + row["comment"])
        line = "   "
    first = True
    for token in tokens:
        if not first and len(line) + 1 + len(token) > 79:
            lines.append(line)
            line, first = "   ", True
        line += token if first else " " + token
        first = False
    return lines + [line]


def block(self, body):
    result = None
    for n, statement in enumerate(body):
        result = getattr(self, "do_" + statement[0])(*statement[1:])
        if isinstance(result, Count) and not self.taken:
            self.lines.append(str(int(result)))
    return result


def evaluate(self, e):
    if e[0] == "cmd":
        was, self.taken = self.taken, True
        try:
            return self.block(e[1])
        finally:
            self.taken = was
    return plain_eval(self, e)


plain_eval = Console.eval
Console.taken = False
Console.block = block
Console.eval = evaluate
