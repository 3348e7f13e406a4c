#!/usr/bin/env python3
"""Records binary labels and clearances that an independent encoder wrote: the Python package asn1tools.

    python3 oracles/label-ber/record.py

makes labels and clearances at random (seeded: the same ones every time) and writes them to
crates/lockgate-marking/src/ess/encoded.tsv. `cargo test -p lockgate-marking` reads every line. A line is: label or
clearance, hexadecimal bytes (BER), the same in DER, policy, classes, privacy mark (JSON), categories as
set/kind/enumerated/codes.
"""

import json
import pathlib
import random

import asn1tools

OUT = pathlib.Path(__file__).resolve().parents[2] / "crates/lockgate-marking/src/ess/encoded.tsv"

# After RFC 2634 (label), RFC 5755 and X.841 (clearance), ACP 145 (A) and SDN.801 (categories), in our own words.
MODULE = """
Labels DEFINITIONS IMPLICIT TAGS ::= BEGIN
Printable ::= SET {
  policy OBJECT IDENTIFIER OPTIONAL,
  class INTEGER (0..MAX) OPTIONAL,
  mark PrintableString OPTIONAL,
  categories Categories OPTIONAL }
Utf ::= SET {
  policy OBJECT IDENTIFIER OPTIONAL,
  class INTEGER (0..MAX) OPTIONAL,
  mark UTF8String OPTIONAL,
  categories Categories OPTIONAL }
Categories ::= SET OF Category
Category ::= SEQUENCE { type [0] OBJECT IDENTIFIER, value [1] EXPLICIT ANY }
Plain ::= SEQUENCE { policy OBJECT IDENTIFIER, classes BIT STRING OPTIONAL, categories Categories OPTIONAL }
Tagged ::= SEQUENCE { policy [0] OBJECT IDENTIFIER, classes [1] BIT STRING OPTIONAL, categories [2] Categories OPTIONAL }
Bits ::= SEQUENCE { set OBJECT IDENTIFIER, flags BIT STRING }
Numbers ::= SEQUENCE { set OBJECT IDENTIFIER, list SET OF INTEGER }
Free ::= SEQUENCE { set OBJECT IDENTIFIER, field Field }
Field ::= CHOICE { bits BIT STRING, list SET OF INTEGER }
Missi ::= SET OF TagSet
TagSet ::= SEQUENCE { name OBJECT IDENTIFIER, tags SEQUENCE OF Tag }
Tag ::= CHOICE {
  restrictive [1] SEQUENCE { flags BIT STRING },
  enumerated [2] SEQUENCE { list SET OF INTEGER },
  permissive [6] SEQUENCE { flags BIT STRING },
  free [7] EXPLICIT Field }
END
"""
ACP145 = "2.16.840.1.101.2.1.8.3."
MISSI = "2.16.840.1.101.2.1.8.1"


def flags(chance):
    """A bit string and the numbers of its bits."""
    bits = sorted(chance.sample(range(chance.choice([1, 8, 9, 40, 300])), chance.randint(0, 1)) or {chance.randint(0, 20)})
    size = bits[-1] + 1 + chance.choice([0, 0, 1, 7])
    data = bytearray((size + 7) // 8)
    for bit in bits:
        data[bit // 8] |= 0x80 >> bit % 8
    return (bytes(data), size), bits


def numbers(chance):
    return sorted(chance.sample([0, 1, 127, 128, 255, 256, 65535, 1 << 31, (1 << 63) - 1, 1201, 1901], chance.randint(1, 4)))


def category(chance, codec, at):
    set_id = f"1.3.26.1.4.{at}"
    kind = chance.randint(0, 5)
    if kind in (0, 2):
        (value, bits) = flags(chance)
        raw = codec.encode("Bits", {"set": set_id, "flags": value})
        return {"type": ACP145 + str(kind), "value": raw}, [(set_id, "RESTRICTIVE" if kind == 0 else "PERMISSIVE", 0, bits)]
    if kind in (1, 4):
        codes = numbers(chance)
        raw = codec.encode("Numbers", {"set": set_id, "list": codes})
        return {"type": ACP145 + str(kind), "value": raw}, [(set_id, "PERMISSIVE" if kind == 1 else "RESTRICTIVE", 1, codes)]
    if kind == 3:
        field, codes = (("list", numbers(chance)), None) if chance.random() < 0.5 else (None, None)
        if field is None:
            value, codes = flags(chance)
            field = ("bits", value)
        else:
            codes = field[1]
        raw = codec.encode("Free", {"set": set_id, "field": field})
        return {"type": ACP145 + "3", "value": raw}, [(set_id, "INFORMATIVE", 0, codes)]
    first, bits = flags(chance)
    codes, second = numbers(chance), flags(chance)
    tags = [("restrictive", {"flags": first}), ("enumerated", {"list": codes}), ("free", ("bits", second[0]))]
    raw = codec.encode("Missi", [{"name": set_id, "tags": tags}])
    return {"type": MISSI, "value": raw}, [(set_id, "RESTRICTIVE", 0, bits), (set_id, "-", 1, codes), (set_id, "INFORMATIVE", 0, second[1])]


def shown(tags):
    return ";".join(f"{i}/{kind}/{enumerated}/{','.join(map(str, codes))}" for i, kind, enumerated, codes in tags)


def main():
    chance = random.Random(2634)
    ber, der = (asn1tools.compile_string(MODULE, codec) for codec in ("ber", "der"))
    lines = []
    for _ in range(300):
        policy = chance.choice(["1.3.26.1.3.1", "2.999.1", "0.9.2342", "1.3.6.1.4.1.4294967296.7"])
        state = chance.getstate()
        row = {}
        for name, codec in (("ber", ber), ("der", der)):
            chance.setstate(state)
            parts = [category(chance, codec, at) for at in range(1, 1 + chance.choice([0, 0, 1, 2, 5]))]
            categories = [part for part, _ in parts]
            tags = [tag for _, more in parts for tag in more]
            if chance.random() < 0.5:
                content = {"policy": policy, "class": chance.choice([0, 1, 4, 5, 127, 128, 253, 256])}
                mark = chance.choice([None, ("printable", "CLEAR"), ("utf", "naïve"), ("utf", "x" * 200)])
                if mark:
                    content["mark"] = mark[1]
                if categories:
                    content["categories"] = categories
                row[name] = codec.encode("Printable" if mark and mark[0] == "printable" else "Utf", content).hex()
                line = ["label", policy, str(content["class"]), json.dumps(mark[1] if mark else "", ensure_ascii=False)]
            else:
                value, classes = flags(chance)
                content = {"policy": policy}
                if chance.random() < 0.8:
                    content["classes"] = value
                else:
                    classes = [1]
                if categories:
                    content["categories"] = categories
                row[name] = codec.encode(chance.choice(["Plain", "Tagged"]), content).hex()
                line = ["clearance", policy, ",".join(map(str, classes)), '""']
        lines.append("\t".join([line[0], row["ber"], row["der"], *line[1:], shown(tags)]))
    OUT.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} labels and clearances")


if __name__ == "__main__":
    main()
