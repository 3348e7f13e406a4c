#!/usr/bin/env python3
"""Runs the decoders of others again: over the samples whose decoding is recorded, and over what the fixtures release.

    python3 again.py DECODER SAMPLES

DECODER is one of those below, SAMPLES the folder that LOCKGATE_CORPUS names. The recorded output is what the tests hold the
types against; here it has to be what the decoder says today. Then what the lanes of the demonstration release of each
fixture is decoded: whole, with no value that the object had not as it came, and without what the lane leaves out. Exit 1 where
something is otherwise. Each decoder wants an interpreter of its own (two of them are called `asterix`):

    asterix_decoder   pip install asterix-decoder==0.7.11
    libasterix        pip install libasterix==0.36.3
    ast-tool-py       pip install ast-tool-py==0.27.25
    klvdata           pip install klvdata==0.0.3
    takproto          pip install takproto==3.0.1
    tshark            tshark 4.0.17 in the path
"""

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"


def flat(value, path=""):
    """The leaves of a value by their paths."""
    if isinstance(value, dict):
        return {leaf: found for key in value for leaf, found in flat(value[key], f"{path}/{key}").items()}
    if isinstance(value, (list, tuple)):
        return {leaf: found for at, one in enumerate(value) for leaf, found in flat(one, f"{path}/{at}").items()}
    return {path: value}


def same(name, recorded, today):
    """How many leaves are equal; stops at one that is not."""
    recorded, today = flat(recorded), flat(today)
    for path in sorted(recorded.keys() | today.keys()):
        if recorded.get(path) != today.get(path):
            sys.exit(f"{name}{path}: recorded {recorded.get(path)!r}, today {today.get(path)!r}")
    return len(today)


def plain(value):
    return json.loads(json.dumps(value, sort_keys=True))


def recorded(samples, name):
    return json.loads((samples / name).read_bytes())


# What asterix_decoder says of a record beside its items.
OWN = {"category", "len", "crc", "ts", "hexdata"}


def asterix_decoder(data):
    import asterix

    found = asterix.parse(data, verbose=False)
    return [{key: value for key, value in record.items() if key not in OWN} for record in found]


def beside(samples, page, decode):
    """Each thing that is recorded of a file of ASTERIX, and what is decoded of it today."""
    for name, records in recorded(samples, f"asterix/expected/{page}").items():
        for record, other in zip(records, decode((samples / "asterix" / name).read_bytes()), strict=True):
            yield name, record, other


def again_asterix_decoder(samples):
    compared = 0
    for name, record, other in beside(samples, "asterix_decoder-0.7.11.json", asterix_decoder):
        compared += same(name, {key: value for key, value in record.items() if key not in OWN}, plain(other))
    return compared


def libasterix(data):
    from asterix import base, generated

    blocks = []
    for raw in base.RawDatablock.parse(base.Bits.from_bytes(data)):
        category = raw.get_category()
        names = [name for name in dir(generated) if name.startswith(f"Cat_{category:03}_")]
        edition = max(names, key=lambda name: [int(part) for part in name.split("_")[2:]], default=None)
        block = {"cat": category, "bytes": len(raw.unparse().to_bytes()), "edition": edition}
        if edition:
            uap = getattr(generated, edition).cv_uap
            parsed = uap.parse(raw.get_raw_records())
            if isinstance(parsed, Exception):
                sys.exit(f"libasterix: {parsed}")
            block["records"] = [
                {name: item.unparse().to_bytes().hex() for name, item in record.items_regular.items() if item}
                for record in parsed
            ]
        blocks.append(block)
    return blocks


def again_libasterix(samples):
    compared = 0
    for name, block, other in beside(samples, "libasterix-0.36.3-items-hex.json", libasterix):
        # Recorded are the items of the four categories that types describe, without RE and SP.
        if block.get("records") and block["cat"] in (21, 34, 48, 62):
            compared += same(name, block["records"], other["records"])
    return compared


def again_ast_tool_py(samples):
    editions = ["--cat", "62", "1.20", "--cat", "48", "1.31", "--cat", "34", "1.29", "--cat", "21", "2.6"]
    tool = pathlib.Path(sys.executable).parent / "ast-tool-py"
    with open(samples / "asterix/random/random-seed1-500.txt", "rb") as data:
        ran = subprocess.run([tool, *editions, "decode"], stdin=data, capture_output=True, check=True)
    page = gzip.decompress((samples / "asterix/expected/ast-tool-py-0.27.25-random.txt.gz").read_bytes())
    if ran.stdout != page:
        sys.exit("ast-tool-py: another text than the recorded one")
    return ran.stdout.count(b"value:")


def klvdata(data):
    from klvdata import StreamParser

    found = []
    for packet in StreamParser(data):
        try:
            found.append({str(tag): list(item) for tag, item in packet.MetadataList().items()})
        except AttributeError:
            found.append(None)
    return found


def again_klvdata(samples):
    compared = 0
    for page, folder in (("klvdata-0.0.3.json", ""), ("klvdata-0.0.3-synthetic.json", "synthetic/")):
        for name, file in recorded(samples, f"klv/expected/{page}").items():
            today = klvdata((samples / "klv" / folder / name).read_bytes())
            for packet, other in zip(file["packets"], today, strict=True):
                if "err" not in packet and "raw" not in packet:
                    compared += same(name, packet, plain(other))
    return compared


def summed(data):
    """The packets without their sum, which klvdata shows and does not check."""
    for packet in (found := klvdata(data)):
        total = sum(byte << 8 if at % 2 == 0 else byte for at, byte in enumerate(data[:-2])) & 0xFFFF
        if len(found) == 1 and total != int.from_bytes(data[-2:], "big"):
            sys.exit("klvdata: the sum of what left is wrong")
        del packet["1"]
    return found


def takproto(data):
    import takproto as decoder
    from google.protobuf.json_format import MessageToDict

    return MessageToDict(decoder.parse_proto(bytearray(data)))


def again_takproto(samples):
    compared = 0
    for event in recorded(samples, "cot/expected/lxml-xsd+takproto-3.0.1.json").values():
        if "takproto_mesh_file" in event:
            name = event["takproto_mesh_file"]
            compared += same(name, event["decoded"], plain(takproto((samples / "cot" / name).read_bytes())))
    return compared


def tshark(data):
    with tempfile.NamedTemporaryFile(suffix=".4607") as file:
        file.write(data)
        file.flush()
        ran = subprocess.run(["tshark", "-r", file.name, "-T", "json"], capture_output=True, check=True)
    return [packet["_source"]["layers"]["s4607"] for packet in json.loads(ran.stdout)]


def again_tshark(samples):
    pages = recorded(samples, "gmti/expected/tshark-4.0.17.json")
    return same("", pages, {name: tshark((samples / "gmti/synthetic" / name).read_bytes()) for name in pages})


# Who decodes it, and the types whose fixtures it decodes.
DECODERS = {
    "asterix_decoder": (again_asterix_decoder, asterix_decoder, "asterix-cat*"),
    "libasterix": (again_libasterix, libasterix, "asterix-cat*"),
    "ast-tool-py": (again_ast_tool_py, None, ""),
    "klvdata": (again_klvdata, summed, "misb-0601"),
    "takproto": (again_takproto, takproto, "tak-v1"),
    "tshark": (again_tshark, tshark, "gmti-4607"),
}


def released(decode, types):
    """What left of each fixture that is released: a part of what came, without what the lane leaves out."""
    whole = less = 0
    for fixture in sorted(FIXTURES.glob(f"{types}/release-*")):
        came = next(fixture.glob("input.*")).read_bytes()
        left = next(fixture.glob("output.*"), None)
        before = decode(came)
        if not before:
            sys.exit(f"{fixture.name}: nothing is decoded of what came")
        if left is None:
            whole += 1
            continue
        less += 1
        after = decode(left.read_bytes())
        if not all(after):
            sys.exit(f"{fixture.name}: what left is not read whole")
        if not all(before):
            # A reserved expansion field that this decoder has no description of: it loses its place.
            print(f"  {fixture.parent.name}/{fixture.name}: what came is not read whole, what left is")
            continue
        words = (set(named(before)), set(named(after)))
        # What stood in a text as XML may stand in fields.
        markup = " ".join(str(value) for path, value in flat(before).items() if "xmlDetail" in path)
        more = [word for word in words[1] - words[0] if f'"{word[1]}"' not in markup]
        if not words[1] or more:
            sys.exit(f"{fixture.name}: {more} is in what left and not in what came")
        gone = sorted({name for name, _ in words[0] - words[1]})
        print(f"  {fixture.parent.name}/{fixture.name}: {len(words[1])} values left, without {', '.join(gone) or 'any'}")
    return whole, less


# What follows from the rest of an object: lengths, sums, and the masks that say what is there.
COMPUTED = ("s4607.size", "s4607.seg.size", "s4607.dwell.mask", "/bytes", "xmlDetail")


def named(decoded):
    """Names and values of what was decoded, without what follows from the rest."""
    for path, value in flat(plain(decoded)).items():
        if not any(word in f"{path}/" for word in COMPUTED):
            yield path, str(value)


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in DECODERS:
        sys.exit(__doc__)
    again, decode, types = DECODERS[sys.argv[1]]
    values = again(pathlib.Path(sys.argv[2]))
    if not values:
        sys.exit("nothing was compared")
    print(f"{sys.argv[1]}: {values} values as recorded")
    if decode:
        whole, less = released(decode, types)
        if not whole + less:
            sys.exit(f"no fixture of {types} is released")
        print(f"{sys.argv[1]}: {whole} fixtures that are released as they came, {less} that are not")


if __name__ == "__main__":
    main()
