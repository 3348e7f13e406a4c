#!/usr/bin/env python3
"""Records what two independent validators say of label files: libxml2 (through lxml) and the Python package xmlschema.

    LOCKGATE_CORPUS=... python3 oracles/label-schema/record.py

reads the published schema of STANAG 4774 labels from the corpus and our own labels from
crates/lockgate-marking/src/file/labels/, changes these in a few hundred ways each (seeded: the same changes every time),
and writes crates/lockgate-marking/src/file/verdicts.tsv. `cargo test -p lockgate-marking` holds our verdict against
every line. A line is: label, first byte, byte behind the last, what stands there instead (JSON), well-formed (libxml2
and expat), valid (libxml2), valid (xmlschema).
"""

import json
import os
import pathlib
import random
import re
import xml.dom.minidom
import xml.parsers.expat

import lxml.etree
import xmlschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
LABELS = ROOT / "crates/lockgate-marking/src/file/labels"
OUT = ROOT / "crates/lockgate-marking/src/file/verdicts.tsv"
SCHEMA = pathlib.Path(os.environ["LOCKGATE_CORPUS"]) / "markings/nmbs/nl-cl.xsd"

NAMES = [
    "originatorConfidentialityLabel", "alternativeConfidentialityLabel", "metadataConfidentialityLabel",
    "ConfidentialityLabel", "ConfidentialityInformation", "PolicyIdentifier", "Classification", "PrivacyMark",
    "Category", "CategoryValue", "GenericValue", "IntegerValue", "BitStringValue", "OriginatorID", "CreationDateTime",
    "SuccessionHandling", "SuccessionDateTime", "SuccessorConfidentialityLabel", "Unknown", "classification",
]
TEXTS = [
    "", " ", "\n", "SECRET", " TOP  SECRET ", "0", "12", "-1", " 12", "0101", "0121", "&lt;", "é", "a&#10;b",
    "2026-03-01T10:00:00Z", " 2026-03-01T10:00:00Z ", "2026-03-01T10:00:00", "2026-03-01T10:00:00.5+02:00",
    "2026-03-01T24:00:00Z", "2026-03-01T24:00:01Z", "2026-02-29T00:00:00Z", "2028-02-29T00:00:00Z", "2026-03-01",
    "2026-03-01T10:00:60Z", "-2026-03-01T10:00:00Z", "12026-03-01T10:00:00Z", "2026-03-01T10:00:00+14:00",
    "2026-03-01T10:00:00+14:30", "2026-03-01T10:00Z", "0000-01-01T00:00:00Z", "2026-13-01T00:00:00Z",
    "urn:oid:1.3", "http://example.org/a b", "PERMISSIVE", " PERMISSIVE ", "permissive", "RESTRICTIVE", "INFORMATIVE",
    "jID", " jID", "JID", "rfc822Name", "x400Address", "l1", "1l", "a:b", "a b", "-", "_",
]
ATTRIBUTES = [
    ' extra="1"', ' x2:extra="1" xmlns:x2="urn:example:2"', ' Id="q"', ' Id=""', ' ReviewDateTime="2026-01-01T00:00:00Z"',
    ' ReviewDateTime="soon"', ' URI="urn:oid:1.2"', ' Type="PERMISSIVE"', ' TagName=""', ' IDType="jID"', ' xml:lang="en"',
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"',
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="false"',
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:s="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0" i:type="s:ConfidentialityLabelType"',
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:s="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0" i:type="s:ConfidentialityLabelBaseType"',
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:s="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0" i:type="s:GenericValueType"',
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:s="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0" i:type="s:CategoryType"',
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:s="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0" i:type="s:ClassificationType"',
]
NS = 'xmlns="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"'
PARTS = [
    "words", "<!-- note -->", "<?pi data?>", "<![CDATA[ ]]>", "<![CDATA[x]]>", '<y:e xmlns:y="urn:example:y"/>',
    '<e xmlns=""/>', '<y:e xmlns:y="urn:example:y">t<y:f a="1"/></y:e>', f"<Classification {NS}>X</Classification>",
    f"<Classification {NS}/>", f"<GenericValue {NS}/>", f"<IntegerValue {NS}>1</IntegerValue>",
    f"<IntegerValue {NS}>x</IntegerValue>", f"<BitStringValue {NS}>2</BitStringValue>", f"<CategoryValue {NS}>x</CategoryValue>",
    f"<PrivacyMark {NS}/>", f'<Category {NS} Type="PERMISSIVE" TagName="x"/>', f'<Category {NS} Type="PERMISSIVE"/>',
    f"<CreationDateTime {NS}>2026-03-01T10:00:00Z</CreationDateTime>",
    f'<y:e xmlns:y="urn:example:y"><Category {NS}/></y:e>',
    f'<y:e xmlns:y="urn:example:y"><y:f><CreationDateTime {NS}>soon</CreationDateTime></y:f></y:e>',
    f'<y:e xmlns:y="urn:example:y"><Unknown {NS}/></y:e>',
    f'<OriginatorID {NS} IDType="jID">a</OriginatorID>', "<unclosed>", "&unknown;", "a < b", "<a:b/>",
]
TAG = re.compile(r"<[^<>]*>")
ATTRIBUTE = re.compile(r' [A-Za-z:]+="[^"]*"')


def elements(text):
    """(start of the start tag, its end, start of the end tag, its end) of each element."""
    open_tags, found = [], []
    for tag in TAG.finditer(text):
        if tag.group().startswith("</"):
            start, inner = open_tags.pop()
            found.append((start, inner, tag.start(), tag.end()))
        elif tag.group().endswith("/>"):
            found.append((tag.start(), tag.end(), tag.end(), tag.end()))
        else:
            open_tags.append((tag.start(), tag.end()))
    return sorted(found)


def changes(text, chance):
    """All single changes, each as (start, end, instead)."""
    parts = elements(text)
    for start, inner, close, end in parts:
        yield start, end, ""
        yield end, end, text[start:end]
        yield inner, close, ""
        for at in {inner, close}:
            for part in PARTS:
                if chance.random() < 0.45:
                    yield at, at, part
        name = re.match(r"<((?:[a-z]+:)?)([A-Za-z]+)", text[start:inner])
        for other in NAMES:
            if chance.random() < 0.4 and close != end:
                body = text[start + 1 + name.end(1) - name.start(1) + len(name.group(2)):close]
                yield start, end, f"<{name.group(1)}{other}{body}</{name.group(1)}{other}>"
        for attribute in ATTRIBUTES:
            if chance.random() < 0.6:
                at = start + name.end()
                yield at, at, attribute
        if "<" not in text[inner:close]:
            for words in TEXTS:
                if chance.random() < 0.6:
                    yield inner, close, words
    for found in ATTRIBUTE.finditer(text):
        yield found.start(), found.end(), ""
        inside = found.start() + found.group().index('"') + 1
        if "xmlns" in found.group():
            yield inside, found.end() - 1, "urn:nato:stanag:4774:confidentialitymetadatalabel:2:0"
            yield inside, found.end() - 1, ""
            continue
        for words in TEXTS:
            if chance.random() < 0.6:
                yield inside, found.end() - 1, words.replace("\n", "&#10;")
    for (a, _, _, b), (c, _, _, d) in zip(parts, parts[1:]):
        if b <= c:
            yield a, d, text[c:d] + text[b:c] + text[a:b]


def verdicts(text, libxml, python):
    data = text.encode()
    try:
        parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
        parser.Parse(data, True)
        expat = True
    except xml.parsers.expat.ExpatError:
        expat = False
    try:
        tree = lxml.etree.fromstring(data, lxml.etree.XMLParser(resolve_entities=False, no_network=True))
    except lxml.etree.XMLSyntaxError:
        assert not expat, text
        return False, False, False
    assert expat, text
    try:
        second = python.is_valid(text)
    except (xmlschema.XMLSchemaException, KeyError, ValueError):
        second = False
    return True, libxml.validate(tree), second


def main():
    chance = random.Random(4774)
    libxml = lxml.etree.XMLSchema(lxml.etree.parse(str(SCHEMA)))
    python = xmlschema.XMLSchema10(str(SCHEMA))
    lines = []
    for path in sorted(LABELS.glob("*.xml")):
        text = path.read_text()
        rows = [(0, 0, "")] + sorted(set(changes(text, chance)))
        for start, end, instead in rows:
            changed = text[:start] + instead + text[end:]
            words = ["yes" if verdict else "no" for verdict in verdicts(changed, libxml, python)]
            lines.append("\t".join([path.stem, str(start), str(end), json.dumps(instead, ensure_ascii=False), *words]))
    OUT.write_text("\n".join(lines) + "\n")
    split = sum(1 for line in lines if line.split("\t")[5] != line.split("\t")[6])
    valid = sum(1 for line in lines if line.split("\t")[5] == "yes")
    print(f"{len(lines)} labels, {valid} valid by libxml2, {split} on which the two differ")


if __name__ == "__main__":
    main()
