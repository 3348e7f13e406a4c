//! The codes of this room's diagnostics: one table, from which the documentation is printed.

use lockgate_notation::DiagnosticCode;

/// Every code of this room, in order.
pub fn codes() -> &'static [DiagnosticCode] {
    TABLE
}

lockgate_notation::diagnostic_codes! {
    STRAY_FILE = "B001", "a file that does not belong here",
        "The path is none of those that a bundle has, or no authored file names the file.",
        "move it out of the rules, or to the folder of its kind";
    MISSING_FILE = "B002", "a missing file",
        "The bundle has no bundle.kdl, a type has no type.kdl, or a file names another that is not there.",
        "add the file, or correct the name";
    WRONG_NAME = "B003", "a name that is not that of the file",
        "What a file defines is not named like the file or its folder.",
        "give both the same name";
    UNKNOWN_NAME = "B004", "an unknown name",
        "A file names a policy, level, domain, agreement, community, type, version, list, lane or category that nothing in the bundle defines.",
        "correct the name, or define what it stands for";
    REPEATED = "B005", "a name that stands twice",
        "Two sources, types or carriers of one place, or two files, have the same name.",
        "keep one of them";
    TOO_MANY = "B006", "more than a bundle may have",
        "The bundle has more files or bytes than its reader takes, or more words than can be looked for together.",
        "split the bundle";
    NOT_A_NATION = "B007", "no nation",
        "The code is not an ISO 3166-1 alpha-3 code in capitals.",
        "write a code such as SVN; organisations are written `organisation=`";
    DISABLED = "B008", "a disabled part in a bundle",
        "A part is disabled by `/-`. This is for editing; a bundle says what it means.",
        "remove the part, or enable it";
    WRONG_DIRECTION = "B009", "the direction is not that of the ceilings",
        "The ceilings of the two domains, in the lane's policy, do not lead the way that the lane says.",
        "correct `direction`, or a domain's ceiling";
    UNMAPPABLE = "B010", "a ceiling without an equivalent",
        "The ceiling of a domain, or of a source, cannot be expressed in the lane's policy.",
        "add an equivalence into the lane's policy";
    NEEDS_AGREEMENT = "B011", "no agreement where one is needed",
        "`agreement none` is for lanes that lead up; any other lane releases under an agreement only.",
        "name the agreements that the lane may use";
    TOO_FEW_PEOPLE = "B012", "too few people",
        "A lane that leads down is reviewed by at least two people; without any (`release rebuilt-unasked`) only a lane that leads up lets go of something, and only where text in pictures is read.",
        "write `people=2` or more, or `release rebuilt` in place of `rebuilt-unasked`";
    WEAK_DEFAULT = "B013", "a default label that is too weak",
        "The label that the lane assigns to unlabelled objects does not dominate every label that the lane could release from the source.",
        "raise the label, lower the ceiling of the source, or let the default begin (`from=`) when all that it names have joined";
    NOT_REDACTABLE = "B014", "a field that cannot be left out",
        "The type needs the field, or the field says what the guard decides by, so that leaving it out would change what the object says.",
        "redact another field, or have the type's author declare it drop-safe";
    TIER_NOT_EARNED = "B015", "a tier that the evidence does not support",
        "The type claims a better tier than its recorded evidence gives; evidence for other bytes than the present ones counts as absent.",
        "run `lockgate check --record-evidence`, or claim tier 2 or 3";
    EMPTY_WINDOW = "B016", "a validity that ends before it begins",
        "`until` is not after `from`.",
        "correct the dates";
    BAD_TERM = "B017", "a term that cannot be matched",
        "A term of a word list is too short or too long once letters alone are counted, holds a character that cannot be seen, or is cut off by a `#`.",
        "correct the term; an exact list takes signs as well";
    CIRCULAR = "B018", "types that embed each other",
        "A type embeds itself, directly or by way of others.",
        "take one of the `embed` out";
    NEVER_MARKED = "B019", "a marking that the type does not carry",
        "The profile reads a role that no field of the type has, so it never speaks.",
        "name a profile made for this format, or give the field its role";
    UNREAD_MARKING = "B020", "a marking that nobody reads",
        "The type has a marking field that the lane's profile does not read; an object in which it says anything is refused (LG-M002).",
        "name a profile with a carrier for the role";
    NOT_TEXT = "B021", "no readable list",
        "A word list in a file of its own is not UTF-8, or is larger than 4 MiB.",
        "save it as UTF-8, one term a line";
    BAD_DIGEST = "B022", "not a SHA-256",
        "The value is not 64 lower-case hexadecimal digits.",
        "let `lockgate check --record-evidence` write the file";
    BAD_KEY = "B023", "no usable key",
        "A reviewer has no key, or more than one kind of key in one line; or the key of a signer is none that is verified.",
        "write `key ed25519=\"...\"` or `passkey id=\"...\" public=\"...\"`; for a signer `key spki=\"...\"` with RSA of 2048 bits or more, P-256 or P-384";
    EMPTY_LIST = "B024", "an empty word list",
        "The list has no term, so it never finds anything.",
        "add a term, or remove the list";
    NOTHING_CARRIED = "B025", "a lane that carries nothing",
        "No source of the lane may offer this type, or a source offers none.",
        "name the type in a source, or remove it";
    NOT_SIGNED = "B026", "a delegation without a signature that counts",
        "A level is lowered only by a delegation that its authority has signed, as it is written here.",
        "have the authority run `lockgate bundle delegate` on the file, and put the line that it prints into it";
    REGRADE_AND_DEFAULT = "B027", "a default label beside a delegation",
        "The lane lowers the level of some objects of this type; a default label for unlabelled ones could then be below what was taken off.",
        "write `unlabelled hold` for the type, or take the delegation out of the lane";
    REGRADES_NOTHING = "B028", "a delegation that lowers nothing here",
        "The lane names a delegation for none of its types, or two for the same objects at the same time.",
        "name a delegation for a type of the lane, one for each time";
    NOT_ALTERABLE = "B029", "a field that cannot be altered so",
        "The lane rounds or renames a field that has no values to be rounded to, has no room for a pseudonym, is named twice, or says what the guard decides by.",
        "correct the step or the field, or leave the field out with `redact`";
    UNREAD_ROLE = "B030", "a role where nothing reads it",
        "A type has a flag or a label in the rows of a list, a time of the object in more than one field, in a list or in a label, a second label of its kind, or a part of a label twice in it, too deep, or where it does not belong. What an object says there would not be judged.",
        "have `split` make objects of the rows, or take the role away and hold such objects by a rule";
    STAYS = "B031", "says how nothing crosses",
        "The lane's `slow` names a category or a default label without `release rebuilt`, so no object has them.",
        "write `release rebuilt`, or take the part out";
    SENSITIVE = "B032", "a sensitive field that crosses unsaid",
        "A lane that leads down neither leaves out nor alters a field that its type calls sensitive, and does not say that it may pass; or it says so of a field that is not sensitive, or does not cross as it is.",
        "name it in `redact`, `coarsen` or `pseudonym`, or in `pass` with the reason";
    AREA = "B033", "an area that nothing lies in",
        "The lane's `area` is no part of the earth, or the lane does not accept the one form that says where its pictures lie.",
        "write `south`, `west`, `north` and `east` in degrees, from the south-western corner to the north-eastern one; accept `nitf`";
    SLOW_SIZE = "B034", "a size of the slow path that cannot be",
        "`size` in `slow` is the largest object of no known type that the lane looks into. Above 64MiB one object would take most of the memory that everything on its way shares; below 1KiB no file is worth a worker.",
        "write a size from \"1KiB\" to \"64MiB\", or leave it out: it is 32MiB then";
}

#[cfg(test)]
mod tests {
    use super::codes;

    #[test]
    fn codes_are_in_order_and_say_enough() {
        for (number, code) in (1..).zip(codes()) {
            assert_eq!(code.id, format!("B{number:03}"));
            assert!(code.title.len() > 6 && code.cause.len() > 20 && code.remedy.len() > 8, "{}", code.id);
        }
    }
}
