#!/usr/bin/env python3
"""Verifies a Lockgate audit log with the public formats alone and Python's standard library.

Usage: audit-verify.py FOLDER KEY [CHECKPOINT]

FOLDER      the log: checkpoint, tile/...
KEY         the log's public key (name+id+key), or a file that holds it
CHECKPOINT  a checkpoint that was kept elsewhere, to find rollback and rewriting

Formats: C2SP tlog-tiles, tlog-checkpoint and signed-note; RFC 6962 section 2.1 (tree); RFC 8032 (Ed25519).
Prints one JSON object. Exit code 0: sound; 1: not sound; 2: bad usage.
Written independently of Lockgate's own verifier: it shares no code with it.
"""
import base64
import bisect
import hashlib
import json
import os
import re
import sys

# --- Ed25519 verification, RFC 8032 section 5.1 and the code of its section 6 ---
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P)
    if x2 % P == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * ROOT % P
    if (x * x - x2) % P != 0:
        return None
    return P - x if (x & 1) != sign else x


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return (i * j % P, k * m % P, j * k % P, i * m % P)


def times(n, a):
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = add(total, a)
        a = add(a, a)
        n >>= 1
    return total


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def is_signed(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = point(public), point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    left, right = times(s, BASE), add(r, times(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- Signed notes and checkpoints ---
class Unsound(Exception):
    pass


NOTE_MAX, U64 = 65536, 2**64 - 1


def read_key(text):
    name, identity, key = text.strip().split("+", 2)
    key = base64.b64decode(key, validate=True)
    expected = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    if key[:1] != b"\x01" or len(key) != 33 or expected.hex() != identity:
        raise ValueError("not an Ed25519 note key, or its id is not that of its bytes")
    return name, expected, key[1:]


def open_checkpoint(note, key):
    """A wrong signature under the key's name and id makes the whole note a forgery; those of others are passed over."""
    name, identity, public = key
    if len(note) > NOTE_MAX:
        raise Unsound("the checkpoint is longer than 64 KiB")
    note = note.decode("utf-8")
    text, parted, signatures = note.rpartition("\n\n")
    text += "\n"
    if not parted or not signatures.endswith("\n") or re.search("[\0-\x09\x0b-\x1f]", note):
        raise Unsound("the checkpoint is no signed note")
    lines, is_ours = signatures[:-1].split("\n"), False
    for line in lines:
        dash, signer, blob = line.split(" ")
        blob = base64.b64decode(blob, validate=True)
        if dash != "\u2014" or not signer or len(blob) < 5 or len(lines) > 64:
            raise Unsound("the checkpoint is no signed note")
        if signer == name and blob[:4] == identity:
            if not is_signed(public, text.encode(), blob[4:]):
                raise Unsound("the checkpoint has a wrong signature under the name of the key")
            is_ours = True
    if not is_ours:
        raise Unsound("the checkpoint is not signed by the key")
    origin, size, root = text.split("\n")[:3]
    if origin != name:
        raise Unsound("the checkpoint is of another log")
    root = base64.b64decode(root, validate=True)
    if not re.fullmatch("0|[1-9][0-9]{0,19}", size) or int(size) > U64 or len(root) != 32:
        raise Unsound("the checkpoint has no size or no root")
    return int(size), root


# --- The tree of RFC 6962 ---
def leaf(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """Full subtrees at the right edge: (height, hash), the highest first."""

    def __init__(self):
        self.size, self.stack = 0, []

    def push(self, item):
        height, self.size = 0, self.size + 1
        while self.stack and self.stack[-1][0] == height:
            item, height = node(self.stack.pop()[1], item), height + 1
        self.stack.append((height, item))

    def root(self):
        if not self.stack:
            return hashlib.sha256(b"").digest()
        total = self.stack[-1][1]
        for _, left in reversed(self.stack[:-1]):
            total = node(left, total)
        return total


def tile_path(kind, index, width):
    path = "%03d" % (index % 1000)
    while index >= 1000:
        index //= 1000
        path = "x%03d/%s" % (index % 1000, path)
    return "tile/%s/%s" % (kind, path) + (".p/%d" % width if width < 256 else "")


def read_tile(folder, kind, index, width):
    """The tile, or a wider one, which begins with it: where the log is written meanwhile, the partial ones go with the full one."""
    for _ in range(2):
        for of in dict.fromkeys((width, 256)):
            try:
                with open(os.path.join(folder, tile_path(kind, index, of)), "rb") as file:
                    return file.read(256 * 65537 + 1)
            except (FileNotFoundError, NotADirectoryError):
                pass
    path = os.path.join(folder, tile_path(kind, index, 256) + ".p")
    names = os.listdir(path) if os.path.isdir(path) else []
    for of in sorted(int(name) for name in names if re.fullmatch("[1-9][0-9]{0,2}", name) and int(name) > width):
        with open(os.path.join(path, str(of)), "rb") as file:
            return file.read(256 * 65537 + 1)
    raise Unsound("%s is missing" % tile_path(kind, index, width))


def entries(folder, size):
    for index in range((size + 255) // 256):
        width = min(256, size - index * 256)
        data, at = read_tile(folder, "entries", index, width), 0
        hashes = read_tile(folder, "0", index, width)
        for number in range(width):
            length = int.from_bytes(data[at : at + 2], "big")
            entry = data[at + 2 : at + 2 + length]
            if len(entry) != length or length == 0:
                raise Unsound("bundle %d ends inside an entry" % index)
            at += 2 + length
            if leaf(entry) != hashes[number * 32 : number * 32 + 32]:
                raise Unsound("entry %d is not the one that was written" % (index * 256 + number))
            yield entry


def check_upper_tiles(folder, size):
    """Every hash of a tile above level 0 is the root over the full tile below it."""
    level = 1
    while size >> (8 * level):
        count = size >> (8 * level)
        for index in range((count + 255) // 256):
            width = min(256, count - index * 256)
            upper = read_tile(folder, str(level), index, width)
            for number in range(width):
                below, tree = read_tile(folder, str(level - 1), index * 256 + number, 256), Tree()
                for at in range(0, 8192, 32):
                    tree.push(below[at : at + 32])
                if tree.root() != upper[number * 32 : number * 32 + 32]:
                    raise Unsound("tile %d/%d is not that of the tiles below it" % (level, index))
        level += 1


# --- The accounting ---
STATES = "queued held refused rejected returned sent expired superseded replaced indeterminate".split()
MAY = {
    "sent": ("queued",),
    "superseded": ("queued",),
    "recalled": ("queued",),
    "spilled": ("queued", "recalled"),
    "refused": ("queued", "recalled"),
    "indeterminate": ("queued", "recalled"),
    "expired": ("queued", "recalled", "held"),
    "rejected": ("held",),
    "returned": ("held",),
}
# Of each kind its keys, and those that may be absent. There are no others.
KEYS = {
    "start": ("at epoch node engine bundle revision lane config clock key cut_bytes outstanding", ""),
    "decision": (
        "epoch arrival decided uptime_ns clock again first receipt rewritten steps not_after class account",
        "blake3",
    ),
    "refusals": ("at epoch lane source code count first last", "digest receipt listener why size_bytes"),
    "egress": ("at epoch lane outcomes", ""),
    "hold": ("at epoch lane outcomes", ""),
    "review": ("at epoch lane object step by nonce until complete refused sha256 statement", ""),
    "drops": ("at epoch lane listener dropped", "lost alarms indeterminate"),
    "bundle": ("at epoch lane from to revision refused", ""),
    "clock": ("at epoch clock step_ns by", ""),
    "snapshot": ("part parts at epoch lanes drops waiting bundle revision receipts clock_step_ns", "reviews"),
    "stop": ("at epoch why", ""),
}
NUMBERS = "epoch cut_bytes outstanding uptime_ns count dropped lost alarms indeterminate part parts size_bytes".split()
OR_NULL = "again first object revision".split()
# Statements about one object; lanes and listeners; receipts that are kept.
STATEMENTS_MAX, NAMES_MAX, RECEIPTS_MAX = 64, 1024, 65536


def is_number(value):
    return type(value) is int and 0 <= value <= U64


def check_keys(index, event):
    """Closed-world: every key that belongs to the kind and no other, and numbers that count something."""
    must, may = (set(keys.split()) for keys in KEYS[event["event"]])
    there = set(event) - {"event"}
    if not must <= there <= must | may:
        raise Unsound("entry %d has other keys than an event of its kind" % index)
    wrong = [key for key in NUMBERS if key in event and not is_number(event[key])]
    # The first of shared refusals is a time.
    null = [key for key in OR_NULL if key in event and (key, event["event"]) != ("first", "refusals")]
    wrong += [key for key in null if not (event[key] is None or is_number(event[key]))]
    if wrong or (event["event"] in ("start", "snapshot") and event["revision"] is None):
        raise Unsound("entry %d: %s is no number" % (index, ", ".join(wrong) or "revision"))


def fields(statement):
    """The fields of a signed statement: its head, then each field behind its length in four bytes."""
    head = b"LOCKGATE STATEMENT\n\0\0\0\1"
    if not statement.startswith(head):
        raise Unsound("a statement counts, and cannot be read")
    found, at = [], len(head)
    while at < len(statement):
        length = int.from_bytes(statement[at : at + 4], "big")
        found.append(statement[at + 4 : at + 4 + length])
        at += 4 + length
        if at > len(statement) or len(found[-1]) != length:
            raise Unsound("a statement counts, and cannot be read")
    return found


def nanoseconds(text):
    """An RFC 3339 time in UTC, as one that sorts: seconds as text, and nanoseconds."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return whole, int(fraction.ljust(9, "0") or "0")


class Records:
    """What releases rest on beside the accounting: the approvals of people, and the sidecars that objects came with."""

    def __init__(self):
        self.approvals, self.objects = {}, {}

    def take(self, index, event, waiting):
        if len(self.objects) > 2 * len(waiting) + 1000:
            self.objects = {index: self.objects[index] for index in waiting if index in self.objects}
        if event["event"] == "review" and event["refused"] is None:
            self.review(index, event)
        elif event["event"] == "decision":
            self.companions(index, event)
            self.crossing(index, event)
            self.decide(index, event)

    def review(self, index, event):
        """The record of a statement says what the statement says. Whether the key is the reviewer's, only the bundle knows."""
        signed = base64.b64decode(event["statement"] or "", validate=True)
        found = fields(signed[:-64])
        if len(signed) > 8192 or len(found) != 17 or found[0] != b"lockgate review":
            raise Unsound("entry %d: a statement counts, and cannot be read" % index)
        names = "purpose step lane destination entry input output findings bundle before after expires nonce by key grounds text"
        said = dict(zip(names.split(), found))
        same = (
            hashlib.sha256(signed).hexdigest() == event["sha256"]
            and int.from_bytes(said["entry"], "big") == event["object"]
            and said["step"].decode() == event["step"]
            and said["by"].decode() == event["by"]
            and said["nonce"].hex() == event["nonce"]
            and said["lane"].decode() == event["lane"]
        )
        if not same:
            raise Unsound("entry %d: the record of a statement says something else than the statement" % index)
        if event["step"] == "approve":
            said["statement"], said["complete"] = event["sha256"], event["complete"]
            said["at"], said["until"] = nanoseconds(event["at"]), nanoseconds(event["until"])
            self.approvals.setdefault(event["object"], []).append(said)

    def decide(self, index, event):
        """A release by people rests on approvals on record, of distinct people, about this object and what left."""
        known = self.approvals.pop(event["again"], []) if event["again"] is not None else []
        account = event["account"]
        if account["verdict"] != "release":
            return
        named = account.get("approvals") or []
        if not named:
            if account.get("answered") or not self.needs_nobody(account):
                raise Unsound("entry %d: it was released without people who answer for it" % index)
            return
        people = set()
        for one in named:
            said = next((said for said in known if said["statement"] == one["statement"]), None)
            if said is None:
                raise Unsound("entry %d: it rests on an approval that is not on record for this object" % index)
            if said["by"].decode() != one["by"] or one["by"] in people:
                raise Unsound("entry %d: its approvals are not of the distinct people that it names" % index)
            people.add(one["by"])
            fits = (
                said["input"].hex() == account["sha256"]
                and said["output"].hex() == account["released_sha256"]
                and "sha256:" + said["bundle"].hex() == account["bundle"]
                and said["lane"].decode() == account["lane"]
                and said["destination"].decode() == account["destination"]
                and nanoseconds(event["decided"]) < nanoseconds(said["expires"].decode())
            )
            if not fits:
                raise Unsound("entry %d: an approval is of something else than what left" % index)
        enough = next((at for at, said in enumerate(known) if said["complete"]), None)
        if enough is None:
            raise Unsound("entry %d: it was released before enough people had approved" % index)
        # What had ended when enough had approved was none of those that were enough.
        stood = [said for said in known[: enough + 1] if known[enough]["at"] < said["until"]]
        if any(said["by"].decode() not in people for said in stood):
            raise Unsound("entry %d: it names fewer people than had to approve it" % index)
        self.approvals[index] = known

    def needs_nobody(self, account):
        """Of a type of the lane; or of none, where the lane asks nobody: built anew, and nothing found in it but notes."""
        if account.get("route") != "slow":
            return "unasked" not in account
        if account.get("unasked") is not True or account.get("type") is not None:
            return False
        # What came may be what is built of it: a picture that a program like this one has written.
        notes = all(finding["class"] == "note" for finding in account["findings"])
        return notes and account["rebuilt_sha256"] == account["released_sha256"]

    def crossing(self, index, event):
        """The name by which a link carries an object: of what is released alone, 64 digits. Absent where no link does."""
        if "blake3" not in event:
            return
        name = event["blake3"]
        digits = isinstance(name, str) and len(name) == 64 and set(name) <= set("0123456789abcdef")
        if not digits or event["account"]["verdict"] != "release":
            raise Unsound("entry %d: a link cannot name this object so" % index)

    def companions(self, index, event):
        """Whatever is decided again is the object that waited, or what was released of it, with the sidecar that it came with."""
        account = event["account"]
        named = (account.get("sidecar_sha256"), account.get("sidecar_size_bytes"))
        if (named[0] is None) != (named[1] is None):
            raise Unsound("entry %d: it names a sidecar without its hash or its size" % index)
        forms = []
        if event["again"] is not None:
            sidecar, forms = self.objects.pop(event["again"], ((None, None), []))
            if sidecar != named:
                raise Unsound("entry %d: it was decided again without the sidecar that it came with" % index)
            if account.get("sha256") not in (forms or [None]):
                raise Unsound("entry %d: it is about another object than the one in whose place it was decided" % index)
        if account["verdict"] != "refuse":
            new = [account.get("sha256"), account.get("released_sha256")]
            self.objects[index] = (named, forms + [form for form in new if form is not None and form not in forms])


class Accounts:
    def __init__(self):
        self.lanes, self.waiting, self.epoch, self.running = {}, {}, 0, False
        self.bundle, self.revision = None, 0
        self.receipts, self.order, self.step = {}, [], None
        self.drops, self.reviews = {}, {}
        # The part of a snapshot that comes next; 0 where none is open.
        self.part = 0

    def lane(self, name):
        if name not in self.lanes and len(self.lanes) >= NAMES_MAX:
            raise Unsound("more lanes than a log has")
        return self.lanes.setdefault(name, dict.fromkeys(["received", "derived"] + STATES, 0))

    def leave(self, entry, lane):
        home, state = self.waiting.pop(entry, (None, None))
        if home != lane:
            raise Unsound("entry %d is no object of the lane that waits" % entry)
        self.lane(lane)["queued" if state == "recalled" else state] -= 1
        return state

    def take(self, index, event):
        kind = event["event"]
        if self.part and kind != "snapshot":
            raise Unsound("entry %d stands where a part of a snapshot should" % index)
        if kind == "start":
            if event["epoch"] != self.epoch + 1 or event["outstanding"] != len(self.waiting):
                raise Unsound("entry %d: epoch or outstanding objects do not fit" % index)
            self.epoch, self.running = event["epoch"], True
            self.drops = {listener: (before + now, 0) for listener, (before, now) in self.drops.items()}
            if event["bundle"] != "sha256:" + 64 * "0":
                self.runs(event)
        elif not self.running or event["epoch"] != self.epoch:
            raise Unsound("entry %d is of no process that runs" % index)
        elif kind == "stop":
            self.running = False
        elif kind == "decision":
            self.decide(index, event)
        elif kind == "refusals":
            of_intake = [key in event for key in ("listener", "why", "size_bytes")]
            if any(of_intake) != all(of_intake) or not (any(of_intake) or "digest" in event):
                raise Unsound("entry %d: refusals have a digest, or say where and why" % index)
            lane = self.lane(event["lane"])
            lane["received"] += event["count"]
            lane["refused"] += event["count"]
            if "receipt" in event:
                if event["count"] != 1 or "@" in str(event["receipt"]):
                    raise Unsound("entry %d: a file is turned away whole, and by itself" % index)
                self.receipt(event["receipt"])
        elif kind in ("egress", "hold"):
            for group in event["outcomes"]:
                for first, last in group["entries"]:
                    if not (is_number(first) and is_number(last) and first <= last):
                        raise Unsound("entry %d: a range runs backwards" % index)
                    for entry in range(first, last + 1):
                        self.settle(entry, event["lane"], group["outcome"])
        elif kind == "review":
            self.review(index, event)
        elif kind == "drops":
            before, now = self.drops.get(event["listener"], (0, 0))
            if event["dropped"] < now or (event["listener"] not in self.drops and len(self.drops) >= NAMES_MAX):
                raise Unsound("entry %d: kernel drops become fewer, or are of too many listeners" % index)
            self.drops[event["listener"]] = (before, event["dropped"])
        elif kind == "bundle" and event["refused"] is None and event["revision"] is not None and event["to"]:
            self.bundle, self.revision = event["to"], max(self.revision, event["revision"])
        elif kind == "clock" and (event["by"] is not None or event["step_ns"] != 0):
            self.step = None if event["by"] is not None else event["step_ns"]
        elif kind == "snapshot":
            self.compare(index, event)

    def runs(self, start):
        self.bundle, self.revision = start["bundle"], max(self.revision, start["revision"])

    def receipt(self, text):
        """A taken file: so many of its bytes are on record, or with 0 all of them."""
        found = re.fullmatch("(0|[1-9][0-9]*)-(0|[1-9][0-9]*)(?:@([1-9][0-9]*))?", str(text))
        if not found or any(int(number or "0") > U64 for number in found.groups()):
            raise Unsound("%r is no receipt" % text)
        run, number, done = found.groups()
        receipt = (int(run), int(number))
        if receipt not in self.receipts:
            bisect.insort(self.order, receipt)
        self.receipts[receipt] = int(done or "0")
        if len(self.receipts) > RECEIPTS_MAX:
            del self.receipts[self.order.pop(0)]

    def decide(self, index, event):
        if event["receipt"] is not None:
            self.receipt(event["receipt"])
        name, verdict = event["account"]["lane"], event["account"]["verdict"]
        lane, marks = self.lane(name), None
        if event["again"] is None:
            lane["received"] += 1
        else:
            self.leave(event["again"], name)
            marks = self.reviews.pop(event["again"], None)
        if event["rewritten"]:
            lane["derived"] += 1
            lane["replaced"] += 1
        state = {"release": "queued", "hold": "held", "refuse": "refused"}[verdict]
        lane[state] += 1
        if state != "refused":
            self.waiting[index] = (name, state)
        if state == "queued" and marks is not None:
            self.reviews[index] = marks

    def review(self, index, event):
        """What people said of what is held: each behind a claim of their own, no statement twice, nobody approves twice."""
        self.lane(event["lane"])
        entry, step = event["object"], event["step"]
        is_held = entry is not None and self.waiting.get(entry) == (event["lane"], "held")
        is_said = None not in (event["by"], event["nonce"], event["until"])
        mark = {"entry": index, "step": step if event["refused"] is None else None}
        mark.update({key: event[key] for key in ("by", "nonce", "until", "complete")})
        marks = self.reviews.get(entry, [])
        if event["refused"] is not None:
            if is_held and is_said and len(marks) < STATEMENTS_MAX:
                self.reviews.setdefault(entry, []).append(mark)
            return
        claims = [one["by"] for one in marks if one["step"] == "claim"]
        # Whose approval has ended may look again.
        at, approvals = nanoseconds(event["at"]), [one for one in marks if one["step"] == "approve"]
        stand = [one["by"] for one in approvals if at < nanoseconds(one["until"])]
        against = (
            (not is_held, "is no object that is held"),
            (not is_said or step not in ("claim", "approve", "reject", "return"), "has a statement of nobody"),
            (len(marks) >= STATEMENTS_MAX, "has more statements than an object may have"),
            (any(one["nonce"] == event["nonce"] for one in marks), "has a statement that stands twice"),
            (step == "approve" and event["by"] in stand, "is approved twice by one person"),
            (step != "claim" and claims[-1:] != [event["by"]], "is decided by somebody who has not claimed it"),
            (event["complete"] and step != "approve", "has its approvals completed by something else"),
        )
        for is_so, says in against:
            if is_so:
                raise Unsound("entry %d: the object of entry %s %s" % (index, entry, says))
        if step in ("reject", "return"):
            self.settle(entry, event["lane"], "rejected" if step == "reject" else "returned")
        else:
            self.reviews.setdefault(entry, []).append(mark)

    def settle(self, entry, name, outcome):
        if self.waiting.get(entry, (None, None))[1] not in MAY[outcome]:
            raise Unsound("entry %d cannot be %s" % (entry, outcome))
        self.leave(entry, name)
        state = {"spilled": "held", "recalled": "queued"}.get(outcome, outcome)
        self.lane(name)[state] += 1
        if outcome == "spilled":
            self.waiting[entry] = (name, "held")
        elif outcome == "recalled":
            self.waiting[entry] = (name, "recalled")
        else:
            self.reviews.pop(entry, None)

    def compare(self, index, event):
        """The first part holds every lane's counts; the parts together all objects that wait, and all receipts."""
        part, parts = event["part"], event["parts"]
        if part != (self.part or 1) or part > parts or (part > 1 and parts != self.parts):
            raise Unsound("entry %d is not the part of a snapshot that should come" % index)
        self.part, self.parts = (0 if part == parts else part + 1), parts
        if part == 1:
            said = {lane.pop("lane"): lane for lane in (dict(lane) for lane in event["lanes"])}
            if said != self.lanes or (event["bundle"], event["revision"]) != (self.bundle, self.revision):
                raise Unsound("entry %d: the snapshot says something else" % index)
            if event["clock_step_ns"] != self.step:
                raise Unsound("entry %d: the snapshot has another step of the clock" % index)
            drops = {one["listener"]: (one["before"], one["now"]) for one in event["drops"]}
            if drops != self.drops:
                raise Unsound("entry %d: the snapshot has other kernel drops" % index)
            self.names, self.said, self.stand, self.marks = [lane["lane"] for lane in event["lanes"]], {}, {}, {}
        for lane, state, entry, turns in event["waiting"]:
            if not is_number(lane) or not is_number(entry) or not all(is_number(length) and length for length in turns):
                raise Unsound("entry %d: the snapshot says what is no number" % index)
            for turn, length in enumerate(turns):
                if turn % 2 == 0:
                    if len(self.stand) + length > len(self.waiting):
                        raise Unsound("entry %d: more objects wait by the snapshot than there are" % index)
                    self.stand.update({waits: (self.names[lane], state) for waits in range(entry, entry + length)})
                entry += length
        for run, first, last, done in event["receipts"]:
            if not all(map(is_number, (run, first, last, done))) or not 0 <= last - first < RECEIPTS_MAX - len(self.said):
                raise Unsound("entry %d: the snapshot has too many receipts" % index)
            self.said.update({(run, number): done for number in range(first, last + 1)})
        for mark in event.get("reviews", []):
            mark = dict(mark)
            marks = self.marks.setdefault(mark.pop("object"), [])
            marks.append(mark)
            if len(marks) > STATEMENTS_MAX or len(self.marks) > len(self.reviews):
                raise Unsound("entry %d: the snapshot has too many statements" % index)
        if part == parts:
            if self.stand != self.waiting:
                raise Unsound("entry %d: other objects wait than the snapshot says" % index)
            if self.said != self.receipts:
                raise Unsound("entry %d: the snapshot has other receipts" % index)
            if self.marks != {entry: marks for entry, marks in self.reviews.items() if marks}:
                raise Unsound("entry %d: the snapshot has other statements" % index)

    def check(self):
        if self.part:
            raise Unsound("the last snapshot is not whole")
        for name, lane in self.lanes.items():
            if lane["received"] + lane["derived"] != sum(lane[state] for state in STATES):
                raise Unsound("lane %s does not add up" % name)


def verify(folder, key, against):
    with open(os.path.join(folder, "checkpoint"), "rb") as file:
        size, root = open_checkpoint(file.read(NOTE_MAX + 1), key)
    other = open_checkpoint(against, key) if against else None
    if other and other[0] > size:
        raise Unsound("the log was rolled back: it had %d entries, and has %d" % (other[0], size))
    tree, accounts, records = Tree(), Accounts(), Records()
    for index, entry in enumerate(entries(folder, size)):
        if other and other[0] == index and tree.root() != other[1]:
            raise Unsound("the log was rewritten: its first %d entries are others" % index)
        tree.push(leaf(entry))
        event = json.loads(entry)
        if not isinstance(event, dict) or event.get("event") not in KEYS:
            raise Unsound("entry %d is of an unknown kind" % index)
        check_keys(index, event)
        records.take(index, event, accounts.waiting)
        accounts.take(index, event)
    if tree.root() != root:
        raise Unsound("the entries are not those that were signed")
    if other and other[0] == size and other[1] != root:
        raise Unsound("the log is a fork: another history of the same length was signed")
    check_upper_tiles(folder, size)
    accounts.check()
    return size, accounts


def main(arguments):
    if len(arguments) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    folder, key = arguments[0], arguments[1]
    try:
        if os.path.isfile(key):
            with open(key, encoding="utf-8") as file:
                key = file.read()
        key, against = read_key(key), None
        if len(arguments) == 3:
            with open(arguments[2], "rb") as file:
                against = file.read(NOTE_MAX + 1)
    except (OSError, ValueError) as fault:
        print("audit-verify: %s" % fault, file=sys.stderr)
        return 2
    try:
        size, accounts = verify(folder, key, against)
    except (Unsound, OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as fault:
        print(json.dumps({"sound": False, "says": str(fault)}))
        return 1
    print(json.dumps({"sound": True, "entries": size, "lanes": accounts.lanes}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
