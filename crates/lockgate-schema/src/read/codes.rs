//! The diagnostics of type files: one table, from which the documentation is printed.

use lockgate_notation::DiagnosticCode;

/// Every code of this room, in order.
pub fn codes() -> &'static [DiagnosticCode] {
    TABLE
}

lockgate_notation::diagnostic_codes! {
    TIER = "T001", "no such tier",
        "A tier is 1 (fast path), 2 (shadow) or 3 (always held).",
        "write tier=1, tier=2 or tier=3";
    SIZE = "T002", "size limit out of range",
        "`limits size` is 0 or above 16 MiB.",
        "write the size of the largest object that is worth carrying, such as \"64KiB\"";
    DEPTH = "T003", "depth limit out of range",
        "`limits depth` is 0 or above 32.",
        "write how many levels of elements an object has, the root included";
    ATTRIBUTES = "T004", "attribute limit out of range",
        "`limits attributes` is 0 or above 64.",
        "write how many attributes one element may have";
    FRAMING = "T005", "no such framing",
        "`framing` is `datagram`, `delimiter` with the bytes that end an object, `length` with its place and width, or `fixed` with a size.",
        "write `framing datagram`, `framing delimiter \"</event>\"`, `framing length at=1 bits=16 includes=header` or `framing fixed \"64B\"`";
    WIRE_NAME = "T006", "not a name on the wire",
        "A name in XML is an ASCII letter or _, then letters, digits, - _ and points, without a colon, and not xmlns; a name in JSON is printable ASCII without quote and backslash.",
        "write the name as it stands in the object, without its prefix";
    NAMESPACE = "T007", "namespace not possible",
        "A namespace is printable ASCII without spaces, none of those that XML reserves; a type has at most 64.",
        "write the namespace's identifier as the format's specification gives it";
    SAME_NAME = "T008", "two parts of one name",
        "Two parts of one element have the same field name.",
        "give one of them another field name, and its name on the wire as as=";
    SAME_WIRE = "T009", "two parts of one name on the wire",
        "Two attributes, or two elements of one namespace, have the same name on the wire.",
        "describe the part once; an element that repeats has repeat=";
    BOUNDS = "T010", "bounds not possible",
        "`min` is above `max`, `max` is 0, or a bound is out of what the kind can hold.",
        "write the smaller bound as min= and the larger as max=";
    DIGITS = "T011", "too many digits",
        "`digits` is above 18.",
        "write how many digits after the point senders really use";
    SEPARATOR = "T012", "no separator",
        "The separator of a code is one ASCII character that is neither letter, digit nor one of & < > \" '.",
        "write separator=\"-\"";
    NO_CODES = "T013", "a code that allows nothing",
        "A code without `allow` would refuse every object.",
        "write `allow` with the prefixes that may cross";
    BAD_CODE = "T014", "not a code",
        "A prefix in `allow` or `deny` has an empty segment, or a character that is neither letter, digit nor separator, or is denied and allowed at once.",
        "write the prefix segment by segment: \"a-f-G\"";
    VALUES = "T015", "values of an enumeration",
        "An enumeration has no value, or a value or a name stands twice.",
        "write `value \"wire\"` or `value \"wire\" \"name\"`, each once";
    NEVER_DROP_SAFE = "T016", "never drop-safe",
        "Fields that hold a flag, a marking or a time say what the object is; without them it would say something else.",
        "remove drop-safe=";
    DROP_REQUIRED = "T017", "drop-safe and required",
        "Without a part that is required the object is not of its type.",
        "write optional=#true if the format allows it, or remove drop-safe=";
    UNSCANNED = "T018", "left out of the word scan",
        "A text with scan=#false is not searched for listed words: whatever it says crosses.",
        "keep it short and its characters few, or let it be scanned";
    SCAN_REASON = "T019", "scan without need or reason",
        "`scan=#false` needs reason=, and stands at texts and codes only.",
        "write reason=\"why no word can hide in it\", or remove scan=";
    CONTENT = "T020", "content beside elements",
        "An element has text or elements, not both; a kind after its name means that it has text alone.",
        "describe attributes beside text by the part `content NAME KIND`";
    REPEATED_VALUE = "T021", "a list of bare values",
        "An element that repeats has rows, and a row has named fields.",
        "write `element x repeat=8 { content value text max=64 }`";
    REPEAT = "T022", "repetition not possible",
        "`repeat` is 0 or above 65535, `repeat-min` is above it or stands alone, or a list is optional.",
        "write repeat=8 for 0 to 8 rows, repeat-min=1 where one is required";
    TOO_MANY_PARTS = "T023", "too many parts",
        "An element has more than 64 attributes or more than 64 elements, or the type has more than 65535 parts.",
        "group the parts";
    EMBED = "T024", "no such type to embed",
        "The embedded type is not there, is the type itself, or has errors; or `part`, `shared` and `markup` name nothing in it that could stand there.",
        "write the name of a folder under rules/types/, and names as that type has them";
    DEEPER = "T025", "deeper than its own limit",
        "The description has more levels of elements than `limits depth` lets an object have.",
        "raise `limits depth`, or describe fewer levels";
    FORM = "T026", "form not possible",
        "A form has one character or one [set] a place, at most 32 places, and takes the place of min, max and charset.",
        "write form=\"[0-9]-[rfi]-[gdc]\" alone";
    ROLE = "T027", "role does not fit",
        "A role asks for a kind: time for time.*, decimal for position.*, text for free-text, a flag or a code with means= for flag.*.",
        "give the field the kind that its role needs, or another role";
    SAME_ROLE = "T028", "role stands twice",
        "A type has one track identity, one observation time, one expiry, one position and one priority, with what it embeds.",
        "leave the role to the field that speaks for the whole object";
    UNKNOWN_RANGE = "T029", "unknown without a number",
        "`unknown` is the number by which senders say that they do not know; only decimals have it.",
        "remove unknown=";
    UNIT = "T030", "unit without a number",
        "Only decimals and integers have a unit.",
        "remove unit=";
    ENCODING = "T031", "no such encoding",
        "The encoding of a type is `xml`, `binary`, `json` or `text`.",
        "write `encoding xml namespace=\"\"`, `encoding binary order=big bits=msb`, `encoding json` or `encoding text line=69`";
    MEANS = "T032", "meaning without a flag",
        "`means` is flag.exercise, flag.simulation, flag.cancel or flag.emergency.",
        "write one of the four, such as means=flag.exercise, or remove it";
    WIDTH = "T033", "width not possible",
        "A width in bits is 0 or more than the part can have, or no whole number of characters; a length has 8, 16, 24 or 32 bits.",
        "write bits= as the format's specification gives it";
    STEP = "T034", "no step",
        "`lsb` is no fraction above zero, or its denominator does not fit 32 bits.",
        "write lsb=\"1/128\", lsb=\"180/2^31\" or lsb=\"0.25\"";
    PREFIX = "T035", "no prefix",
        "A binary type is recognised by the bytes that its objects begin with, a JSON type by a member and what it says.",
        "write `identify prefix=0xB0A1`, or the hexadecimal digits in quotes (at= says where they stand), or `identify member=\"schema\" is=\"...\"`";
    MEASURE = "T036", "measures nothing",
        "A length, count or checksum names no part that it could be of.",
        "write measures= with the container it stands in, counts= with a later list, checksum=sum16|xor8|crc16|crc32";
    MASK = "T037", "a mask and its parts",
        "The parts of a presence mask take one bit each, in order, `spare bits=` the others; together they are as many as it has.",
        "add `spare bits=N` for the bits that stand for nothing";
    SELECTOR = "T038", "nothing to choose by",
        "`by` names no earlier field with selects=#true, or a value chooses two cases.",
        "write selects=#true on the field that tells which case follows";
    TAG = "T039", "tag not possible",
        "A tag stands twice, is 2^28 or more, or does not hold exactly one part.",
        "write `tag 5 { field heading uint bits=16 }`; several fields of one tag stand in a section";
    CONSTANT = "T040", "constant does not fit",
        "`is` is wider than its bits, or its hexadecimal digits are not as many as they ask for.",
        "write is= as a number or as hexadecimal digits in quotes";
    LAYOUT = "T051", "layout of lines or sentences not possible",
        "A setting of `encoding text`, or the `sentences` of a binary type, is out of its range or does not go with the others.",
        "write `encoding text line=69 line-join=#true indent=5`, `encoding text end=line none=\"\"`, or `encoding binary { sentences \"!AIVDM\" }`";
    WIRE_WORD = "T052", "not a word on the wire",
        "An identifier, descriptor, suffix, heading or constant is at most 64 printable ASCII characters, without what ends a field and without blanks at its ends; or `identify` names a set that is not described.",
        "write it as it stands in the message; identify set=\"MSGID\" field=1 is=\"...\" names a set of the record";
    LINE = "T053", "a line that nothing tells apart",
        "A line that may be absent is known by what it begins with.",
        "write as= with the characters that the line always begins with";
    AFTER_FREE = "T054", "nothing stands behind free text",
        "Free text and what repeats go on to the end of their set, so they are its last part; free text stands in a set only.",
        "make it the last field of its set";
    ALTERNATIVES = "T055", "alternatives that nothing tells apart",
        "Each alternative of a field but the last has a descriptor or a suffix of its own.",
        "write key=\"LATM\" on one and key=\"MGRS\" on the other";
    SEGMENT = "T056", "a segment that nothing begins",
        "The first part of a segment tells that another row begins.",
        "begin it with a set that is neither optional nor repeated";
    CLASS = "T057", "no class of characters",
        "`class` is made of A capital letters, L small letters, N digits, B the blank, S signs, X all but small letters.",
        "write class=\"AN\", or leave it out for X";
    NEAR = "T058", "a date-time group without a year",
        "What a group leaves out of its date is taken from an earlier instant, which `near` names by its path; it stands in no list.",
        "write near=\"report.period.from\", or a form with the year";
    WRITTEN = "T059", "no form of a time, an angle or a check digit",
        "The form of a time is made of YYYY, YY, MM, MON, DD, HH, SS, ss and signs, each once and none without the larger one; of an angle it is DDMM or DDMMSS, with up to six digits behind the point. A half in the next field is none of an alternative.",
        "write form=DDHHMMZMONYYYY, form=\"HHMMSS.ss\", form=\"DDMM.mmmm\", or check=mod10";
    QUALIFIED = "T065", "prefix not possible",
        "A prefix stands once, for one namespace, and does not begin with xml; attributes with one do not stand beside `each-attribute`; an embedded type needs its namespaces here too.",
        "write `encoding xml namespace=\"\" { prefix \"ism\" namespace=\"urn:us:gov:ic:ism\" }`, and `as=\"ism:classification\"` on the attribute";
    ISM = "T066", "a marking attribute that nothing would read",
        "Attributes of `urn:us:gov:ic:ism` have role=marking.ism, which is for them only, and their name on the wire as field name, in small letters; those of other namespaces of markings are not read.",
        "write `attribute owner_producer text as=\"ism:ownerProducer\" max=64 role=marking.ism`";
}

#[cfg(test)]
mod tests {
    use super::codes;

    #[test]
    fn codes_are_in_order_and_complete() {
        for pair in codes().windows(2) {
            assert!(pair[0].id < pair[1].id, "{} before {}", pair[0].id, pair[1].id);
        }
        for code in codes() {
            assert!(code.id.len() == 4 && code.id.starts_with('T'));
            assert!(!code.title.is_empty() && code.cause.ends_with('.') && !code.remedy.is_empty());
        }
    }
}
