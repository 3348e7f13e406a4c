#!/usr/bin/env python3
"""Reads datagrams of the one-way protocol (docs/DIODE.md) with Python's standard library alone.

Usage: diode-decode.py VECTORS

VECTORS  lines `secret HEX`, `manifest-key HEX`, `link N`, `datagram HEX` (in order of arrival); other lines are left out.
Prints one line for each object that can be had, each that is lost for certain, and the datagrams of each epoch, sorted.
Exit code 0: all read; 1: a datagram, signature or hash that does not hold; 2: bad usage.
Written independently of Lockgate's own receiver: it shares no code with it.
"""
import hashlib
import struct
import sys

# --- BLAKE3, from its paper, sections 2.1 to 2.6 ---
IV = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19]
ORDER = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
CHUNK_START, CHUNK_END, PARENT, ROOT, KEYED, DERIVE_CONTEXT, DERIVE_MATERIAL = 1, 2, 4, 8, 16, 32, 64
M32 = 0xFFFFFFFF


def compress(cv, block, counter, length, flags):
    words = list(struct.unpack("<16I", block.ljust(64, b"\0")))
    s = list(cv) + IV[:4] + [counter & M32, counter >> 32, length, flags]

    def mix(a, b, c, d, x, y):
        for word, turn_d, turn_b in ((x, 16, 12), (y, 8, 7)):
            s[a] = (s[a] + s[b] + word) & M32
            v = s[d] ^ s[a]
            s[d] = (v >> turn_d | v << (32 - turn_d)) & M32
            s[c] = (s[c] + s[d]) & M32
            v = s[b] ^ s[c]
            s[b] = (v >> turn_b | v << (32 - turn_b)) & M32

    for _ in range(7):
        for i, (a, b, c, d) in enumerate(
            [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]
        ):
            mix(a, b, c, d, words[2 * i], words[2 * i + 1])
        words = [words[i] for i in ORDER]
    return [s[i] ^ s[i + 8] for i in range(8)]


def blake3(data, key=None, flags=0):
    key = IV if key is None else key

    def chunk(data, index, extra):
        cv, blocks = key, [data[i : i + 64] for i in range(0, len(data), 64)] or [b""]
        for i, block in enumerate(blocks):
            f = flags | (CHUNK_START if i == 0 else 0) | (CHUNK_END | extra if i == len(blocks) - 1 else 0)
            cv = compress(cv, block, index, len(block), f)
        return cv

    def tree(data, index, extra):
        if len(data) <= 1024:
            return chunk(data, index, extra)
        left = 1024
        while left * 2 < len(data):
            left *= 2
        pair = tree(data[:left], index, 0) + tree(data[left:], index + left // 1024, 0)
        return compress(key, struct.pack("<16I", *pair), 0, 64, flags | PARENT | extra)

    return struct.pack("<8I", *tree(data, 0, ROOT))


def tag_key(secret):
    context = blake3(b"lockgate diode 1 2026-11-22 datagram tag", None, DERIVE_CONTEXT)
    return struct.unpack("<8I", blake3(secret, list(struct.unpack("<8I", context)), DERIVE_MATERIAL))


# --- Ed25519 verification, RFC 8032 section 5.1 ---
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - x2) % P:
        raise ValueError("no point")
    return (P - x if x & 1 != sign else x, y)


def add(a, b):
    t = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + t, P - 2, P) % P
    return (x, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, P - 2, P) % P)


def times(n, a):
    total = (0, 1)
    while n:
        if n & 1:
            total = add(total, a)
        a, n = add(a, a), n >> 1
    return total


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = point(BASE_Y.to_bytes(32, "little"))


def signed(key, text, signature):
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % Q
    return s < Q and times(s, BASE) == add(point(signature[:32]), times(h, point(key)))


# --- fields: 8 bits modulo 0x11D for the window, 16 bits modulo 0x1002D for blocks ---
class Field:
    def __init__(self, bits, modulus, generator):
        self.size = 1 << bits
        self.exp, self.log, value = [], {}, 1
        for i in range(self.size - 1):
            self.exp.append(value)
            self.log[value] = i
            value = value << 1 if generator == 2 else value
            if value & self.size:
                value ^= modulus

    def mul(self, a, b):
        return self.exp[(self.log[a] + self.log[b]) % (self.size - 1)] if a and b else 0

    def inv(self, a):
        return self.exp[-self.log[a] % (self.size - 1)]


SMALL, WIDE = Field(8, 0x11D, 2), Field(16, 0x1002D, 2)
CANTOR = [0x0001, 0xACCA, 0x3C0E, 0x163E, 0xC582, 0xED2E, 0x914C, 0x4012, 0x6C98, 0x10D8, 0x6A72, 0xB900, 0xFDB8, 0xFB34, 0xFF38, 0x991E]
TO, FROM = [], {}
for label in range(65536):
    element = 0
    for bit in range(16):
        if label >> bit & 1:
            element ^= CANTOR[bit]
    TO.append(element)
    FROM[element] = label


def solve(field, rows):
    """Rows of ({unknown: factor}, [values]); returns {unknown: values} for all that follow."""
    done = {}
    for terms, values in rows:
        terms, values = dict(terms), list(values)
        for pivot, (others, theirs) in done.items():
            if pivot in terms:
                factor = terms.pop(pivot)
                for k, v in others.items():
                    terms[k] = terms.get(k, 0) ^ field.mul(factor, v)
                values = [a ^ field.mul(factor, b) for a, b in zip(values, theirs)]
        terms = {k: v for k, v in terms.items() if v}
        if not terms:
            continue
        pivot = min(terms)
        scale = field.inv(terms.pop(pivot))
        new = ({k: field.mul(scale, v) for k, v in terms.items()}, [field.mul(scale, v) for v in values])
        for k, (others, theirs) in list(done.items()):
            if pivot in others:
                factor = others.pop(pivot)
                for kk, v in new[0].items():
                    others[kk] = others.get(kk, 0) ^ field.mul(factor, v)
                done[k] = ({a: b for a, b in others.items() if b}, [a ^ field.mul(factor, b) for a, b in zip(theirs, new[1])])
        done[pivot] = new
    return {k: values for k, (others, values) in done.items() if not others}


def factor(k, m, source, repair):
    """What source symbol `source` counts for in repair symbol `repair` of a block."""
    up = lambda n: 1 << (n - 1).bit_length()
    high = up(k) > up(m) or (up(k) == up(m) and k <= m)
    size = up(m) if high else up(k)
    here, there = (source + size, repair) if high else (source, repair + size)
    start = here - here % size
    top, bottom = 1, 1
    for i in range(size):
        top = WIDE.mul(top, TO[there ^ start ^ i])
        bottom = WIDE.mul(bottom, TO[i]) if i else bottom
    return WIDE.mul(top, WIDE.inv(WIDE.mul(bottom, TO[there ^ here])))


def to_words(symbol):
    words = []
    for at in range(0, len(symbol), 64):
        part = symbol[at : at + 64]
        half = len(part) // 2
        words += [TO[part[i] | part[half + i] << 8] for i in range(half)]
    return words


def to_bytes(words):
    out = b""
    for at in range(0, len(words), 32):
        labels = [FROM[word] for word in words[at : at + 32]]
        out += bytes(label & 255 for label in labels) + bytes(label >> 8 for label in labels)
    return out


# --- datagrams ---
CLASSES = ["DEFERRED", "ROUTINE", "PRIORITY", "IMMEDIATE", "FLASH", "OVERRIDE"]


M64 = 2**64 - 1


def holds(true, says):
    if not true:
        raise ValueError(says)


def marks(body, at, with_open):
    """{class: (next number, the one below it that is still being sent)}, and where they end."""
    mask, out, at = body[at], {}, at + 1
    holds(mask < 64, "a mark of a class that there is not")
    for step in range(6):
        if mask >> step & 1:
            (end,) = struct.unpack_from(">Q", body, at)
            (still,) = struct.unpack_from(">Q", body, at + 8) if with_open else (M64,)
            holds(still == M64 or still < end, "an open number that is not below its mark")
            out[step] = end, still
            at += 16 if with_open else 8
    return out, at


class Epoch:
    def __init__(self):
        self.seen, self.total, self.last = set(), 0, None
        self.symbols, self.repairs, self.blocks, self.entries = {}, [], {}, {}
        # By number in the chain: digest, the digests before, marks. What heartbeats say of it.
        self.chain, self.heads = {}, []

    def marks(self):
        """How far each class came: as the next epoch says, or else as the last manifest of the chain does."""
        return self.last if self.last is not None else self.chain[max(self.chain)][2] if self.chain else {}

    def check(self):
        for number, (digest, before, _) in self.chain.items():
            for distance, said in enumerate(before, 1):
                known = self.chain[number - distance][0] if number - distance in self.chain else said
                holds(said == (known if number >= distance else bytes(32)), "a manifest that does not follow the one before it")
        for count, said in self.heads:
            known = self.chain[count - 1][0] if count - 1 in self.chain else said
            holds(said == (known if count else bytes(32)), "a heartbeat that names another manifest")


def source(epoch, step, body):
    (esi,) = struct.unpack_from(">I", body)
    number, length, index, count = *struct.unpack_from(">Q", body, 4), *struct.unpack_from(">HBB", body, 58)
    holds(number < M64 and 1 <= count <= 8 and index < count, "a part that there is not")
    size = max(-(-length // count), 1)
    holds(index * size < length or (length, count) == (0, 1), "a part that is empty")
    end = 62 + min(size, length - index * size)
    holds(len(body) >= end, "a part that is cut off")
    epoch.symbols[step, esi] = body[4:end]
    return end


def repair(epoch, step, body):
    first, count, row, length = struct.unpack_from(">IBBH", body)
    holds(1 <= count <= 64 and row < 128 and 60 <= length <= len(body) - 8, "a repair that there is not")
    epoch.repairs.append((step, first, count, row, body[8 : 8 + length]))
    return 8 + length


def block(epoch, step, body):
    title, number = body[:54], struct.unpack_from(">Q", body)[0]
    length, size, m, which, index = struct.unpack_from(">IHHHH", body, 54)
    holds(number < M64 and length and size and size % 2 == 0 and m <= 1024, "a block that there is not")
    total = -(-length // size)
    blocks = -(-total // 1024)
    holds(which < blocks and index < total // blocks + (which < total % blocks) + m, "a symbol that there is not")
    holds(len(body) >= 66 + size, "a symbol that is cut off")
    epoch.blocks.setdefault((step, title, length, size, m), {})[which, index] = body[66 : 66 + size]
    return 66 + size


def manifest(epoch, body, head, epochs, public):
    (number,) = struct.unpack_from(">Q", body)
    covered, at = marks(body, 88, True)
    told, at = body[at], at + 1
    holds(told < 2, "a manifest that says neither yes nor no")
    if told:
        former, total = struct.unpack_from(">QQ", body, at)
        last, at = marks(body, at + 16, False)
    (runs,) = struct.unpack_from(">H", body, at)
    at += 2
    entries = {}
    for _ in range(runs):
        entry_class, first, count = struct.unpack_from(">BQB", body, at)
        holds(entry_class < 6 and first + count <= M64, "an entry that there is not")
        at += 10
        for i in range(count):
            entries[entry_class, first + i] = body[at : at + 36]
            at += 36
    holds(len(body) >= at + 64, "a manifest that is cut off")
    text = b"lockgate diode manifest 1\n" + b"\xd1" + head + body[:at]
    holds(signed(public, text, body[at : at + 64]), "a manifest that is not signed")
    for key, entry in entries.items():
        holds(epoch.entries.setdefault(key, entry) == entry, "two manifests that name one object differently")
    digest = blake3(text)
    before = body[8:40], body[40:72]
    holds(epoch.chain.setdefault(number, (digest, before, covered))[0] == digest, "two manifests of one number")
    if told:
        epochs.setdefault(former, Epoch()).total = total
        epochs[former].last = last
    return at + 64


def heartbeat(epoch, body):
    count, digest, interval = struct.unpack_from(">Q32sH", body, 16)
    holds(interval >= 10, "a heartbeat that promises the next one at once")
    epoch.heads.append((count, digest))
    return marks(body, 60, False)[1]


def read(datagram, epochs, key, public, link):
    holds(36 <= len(datagram) <= 9000, "a datagram of no possible length")
    text, tag = datagram[:-16], datagram[-16:]
    if datagram[0] != 0xD1 or struct.unpack_from(">H", datagram, 2)[0] != link or blake3(text, key, KEYED)[:16] != tag:
        raise ValueError("a datagram whose version, link or tag does not hold")
    kind, step = datagram[1] >> 4, datagram[1] & 15
    number, sequence = struct.unpack_from(">QQ", datagram, 4)
    epoch, body = epochs.setdefault(number, Epoch()), text[20:]
    epoch.seen.add(sequence)
    epoch.total = max(epoch.total, sequence + 1)
    holds(step == 15 if kind in (0, 4, 5) else kind < 6 and step < 6, "a datagram of a kind or class that there is not")
    end = {
        0: lambda: 0,
        1: lambda: source(epoch, step, body),
        2: lambda: repair(epoch, step, body),
        3: lambda: block(epoch, step, body),
        4: lambda: manifest(epoch, body, datagram[2:12], epochs, public),
        5: lambda: heartbeat(epoch, body),
    }[kind]()
    holds(not any(body[end:]), "a datagram with something behind its body")


def small_objects(epoch):
    rows, by_class = [], {}
    for (step, esi), symbol in epoch.symbols.items():
        by_class.setdefault(step, {})[esi] = struct.pack(">H", len(symbol)) + symbol
    for step, known in by_class.items():
        rows = []
        width = max([len(s) for s in known.values()] + [len(r[4]) for r in epoch.repairs if r[0] == step])
        for owner, first, count, row, symbol in epoch.repairs:
            if owner != step:
                continue
            values, terms = list(symbol.ljust(width, b"\0")), {}
            for esi in (symbol & M32 for symbol in range(first, first + count)):
                c = SMALL.inv((128 | row) ^ (esi & 127))
                if esi in known:
                    values = [a ^ SMALL.mul(c, b) for a, b in zip(values, known[esi].ljust(width, b"\0"))]
                else:
                    terms[esi] = c
            rows.append((terms, values))
        known.update({esi: bytes(values) for esi, values in solve(SMALL, rows).items()})
        parts = {}
        for symbol in known.values():
            end = 2 + struct.unpack(">H", symbol[:2])[0]
            part = symbol[2:end]
            holds(end <= len(symbol) and not any(symbol[end:]), "a symbol with something behind it")
            length, index, count = struct.unpack_from(">HBB", part, 54)
            parts.setdefault((step, part[:54], length, count), {})[index] = part[58:]
        for (step, title, length, count), have in parts.items():
            if len(have) == count:
                yield step, title, length, b"".join(have[i] for i in range(count))


def large_objects(epoch):
    for (step, title, length, size, m), have in epoch.blocks.items():
        total = -(-length // size)
        blocks, out = -(-total // 1024), b""
        for block in range(blocks):
            k = total // blocks + (block < total % blocks)
            rows, known = [], {i: to_words(s) for (b, i), s in have.items() if b == block and i < k}
            for (b, i), symbol in have.items():
                if b != block or i < k:
                    continue
                values, terms = to_words(symbol), {}
                for source in range(k):
                    c = factor(k, m, source, i - k)
                    if source in known:
                        values = [a ^ WIDE.mul(c, v) for a, v in zip(values, known[source])]
                    else:
                        terms[source] = c
                rows.append((terms, values))
            known.update(solve(WIDE, rows))
            if len(known) < k:
                break
            out += b"".join(to_bytes(known[i]) for i in range(k))
        if len(out) >= length:
            yield step, title, length, out[:length]


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    lines = [line.split() for line in open(sys.argv[1]) if not line.startswith("#")]
    once = {line[0]: line[1] for line in lines}
    key, public, link = tag_key(bytes.fromhex(once["secret"])), bytes.fromhex(once["manifest-key"]), int(once["link"])
    epochs, out = {}, []
    for line in lines:
        if line[0] == "datagram":
            read(bytes.fromhex(line[1]), epochs, key, public, link)
    for name, epoch in epochs.items():
        epoch.check()
        ended = set()
        for step, title, length, data in [*small_objects(epoch), *large_objects(epoch)]:
            number, digest = struct.unpack_from(">Q32s", title)
            order, sent = struct.unpack_from(">Q", title, 40)[0], int.from_bytes(title[48:54], "big")
            entry = epoch.entries.get((step, number))
            if len(data) != length or blake3(data) != digest or entry not in (None, struct.pack(">I", length) + digest):
                raise ValueError("an object that is not what it is said to be")
            ended.add((step, number))
            out.append(f"object {name:016x} {CLASSES[step]} {number} {length} {digest.hex()} {order:016x} {sent}")
        for step, (end, still) in epoch.marks().items():
            out += [f"lost {name:016x} {CLASSES[step]} {n}" for n in range(end) if n != still and (step, n) not in ended]
        out.append(f"datagrams {name:016x} {len(epoch.seen)} {epoch.total - len(epoch.seen)}")
    print("\n".join(sorted(out)))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, KeyError, IndexError, struct.error) as fault:
        print(f"diode-decode.py: {fault}", file=sys.stderr)
        sys.exit(1)
