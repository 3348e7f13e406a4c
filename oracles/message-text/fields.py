"""Where the fields of a formatted message stand, by nothing but the public grammar of sets: no type, no catalogue.

    python3 fields.py MESSAGE

prints one JSON array a line: [set, start, end, text]; the set of a line that is none is null. A field stands between two
separators; the text of one that goes on in the next line has neither the break nor the blanks behind it. A test of formatted text
(crates/lockgate-schema/tests/schema/grammar.rs) holds both readers of Lockgate against it.
"""

import json
import re
import sys

# Sets of one text that goes on to their end, line breaks and single separators included.
FREE = {"AMPN", "GENTEXT", "NARR", "RMKS"}


def table(name, text, at):
    """The cells of a table: its headings are behind the first line break, its last row ends with two separators."""
    at = text.index("\n", text.index("\n", at) + 1) + 1
    found = []
    while True:
        end = text.index("\n", at)
        row = text[at:end]
        last = row.endswith("//")
        start = at + 1
        for cell in (row[:-2] if last else row)[1:].split("/"):
            found.append([name, start, start + len(cell.rstrip(" ")), cell.rstrip(" ")])
            start += len(cell) + 1
        at = end + 1
        if last:
            return found, at


def fields(name, text, start, end):
    """The fields of a set between its identifier and its end."""
    if name in FREE:
        return [[name, start, end, text[start:end]]]
    found = []
    while True:
        stop = text.find("/", start, end)
        stop = end if stop < 0 else stop
        found.append([name, start, stop, re.sub(r"\n *", "", text[start:stop])])
        if stop == end:
            return found
        start = stop + 1


def message(text):
    at, found = 0, []
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        named = re.match(r"([A-Z0-9]+)/", line)
        if re.fullmatch(r"[0-9]+[A-Z]+", line) and text[end + 1 : end + 2] == "/":
            cells, at = table(line, text, at)
            found += cells
        elif named:
            stop = text.index("//", at)
            found += fields(named.group(1), text, at + named.end(), stop)
            at = text.index("\n", stop) + 1
        else:
            found.append([None, at, end, line])
            at = end + 1
    return found


if __name__ == "__main__":
    with open(sys.argv[1], encoding="ascii", newline="") as file:
        for field in message(file.read()):
            print(json.dumps(field))
