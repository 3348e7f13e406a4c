//! The codes of deployment files: one table, from which the documentation is printed.

use lockgate_notation::DiagnosticCode;

/// Every code of this room, in order.
pub fn codes() -> &'static [DiagnosticCode] {
    TABLE
}

lockgate_notation::diagnostic_codes! {
    BAD_ADDRESS = "D001", "no usable address",
        "The text is not an IP address with a port that is not 0. Names are not looked up: a lane depends on no name server.",
        "write it like \"10.1.0.1:7001\" or \"[fd00::1]:7001\"";
    BAD_PATH = "D002", "no usable path",
        "The path does not begin with `/`, climbs with `..`, has an empty part, or is too long: a socket has 107 bytes, the one of `control` 90, as it is made beside its place.",
        "write the whole path, as `realpath` prints it; for a socket a shorter one";
    BAD_INTERFACE = "D003", "no usable interface name",
        "The name of a network interface has 1 to 15 visible characters without `/`.",
        "write it as `ip link` shows it";
    NO_INTAKE = "D004", "nothing to take in",
        "`intake` has no listener and no directory.",
        "add a `udp`, `tcp`, `tls`, `diode` or `directory`";
    ONE_SINK = "D005", "not exactly one way out",
        "A lane leads to one place: `egress` has one `udp`, one `diode`, one `lidi-2.1`, one `flute` or one `directory`.",
        "keep one of them; a second destination is a second lane";
    OUT_OF_RANGE = "D006", "a number out of range",
        "The number is below or above what the setting can be.",
        "write a number in the range that the message gives";
    NOT_LOOPBACK = "D007", "metrics or messages beyond this machine",
        "The address of `metrics` or `log` is not a loopback one. What a lane holds and refuses is nobody's business on its networks.",
        "write an address such as \"127.0.0.1:9464\"; a proxy or collector on this machine decides who else may see it";
    TWICE = "D008", "one place for two things",
        "Two parts of the deployment have the same address, path, key or certificate, one of its folders lies in another, or what it sends would come in again.",
        "give each its own";
    BAD_FINGERPRINT = "D009", "no usable fingerprint",
        "A client is named by the SHA-256 of its certificate: 64 lower-case hexadecimal digits without colons.",
        "openssl x509 -in CERT -noout -fingerprint -sha256 | cut -d= -f2 | tr -d : | tr A-F a-f";
    BAD_FRAMING = "D010", "no usable framing",
        "A delimiter has 1 to 32 bytes; a length has 16 or 32 bits, or is a varint or one of BER, and stands within the first 16 bytes; objects of one size have a byte at least.",
        "write `framing delimiter \"</event>\"`, `framing length bits=16`, `framing varint offset=1 min=2`, `framing ber offset=16` or `framing fixed \"64B\"`";
    BAD_OWNER = "D011", "no usable owner",
        "The owner of a directory is a user's name or number as the system knows it.",
        "write the name that `stat -c %U DIR` prints";
    NO_LANE = "D012", "a lane that the bundle does not have",
        "The bundle has no lane of this name.",
        "correct the name, or build the bundle with the lane";
    NO_SOURCE = "D013", "a source that the lane does not have",
        "The lane has no source of this name, so nothing from it could ever be decided.",
        "correct the name; sources are added in the lane's file, which is signed";
    NOT_OFFERED = "D014", "a source that is not offered",
        "The lane has a source that no listener and no directory of the deployment stands for.",
        "add a listener for it, or have it taken out of the lane";
    WEAKER = "D015", "less than the lane asks for",
        "The lane asks that the source proves itself in a stronger way than this listener can see.",
        "use the way that the lane names in `by=`";
    FASTER = "D016", "more than the lane allows",
        "The rate, or the number of objects a second, is above what the lane allows the source.",
        "write one up to the lane's, or leave it out";
    NO_FRAMING = "D017", "a stream without framing",
        "The types of the source do not say, or do not agree, how a stream is cut into objects, or say it by what no stream is cut by.",
        "say it here: `framing delimiter \"...\"` or `framing length bits=16`";
    MISSING = "D018", "a file or folder that cannot be used",
        "It is not there, is of another kind, or cannot be read, or written, by the user who checks.",
        "create it, or correct the path or its owner";
    BAD_KEY = "D019", "a key that cannot be used",
        "The file does not hold a key of the kind that is needed here.",
        "make the key again as docs/OPERATIONS.md says";
    KEY_OPEN = "D020", "a key that others can read or change",
        "The file of a secret key can be read or written by others than its owner, or they can write what says who counts: the trust file, the public half of a link's key, the roots of the clients' certificates.",
        "chmod 600 FILE, or go-w what is not secret; and make a new key if others may have read it";
    ENDS_SOON = "D021", "something that ends soon",
        "What the lane rests on ends within 30 days; from then on the lane releases nothing that needs it.",
        "renew it before that day";
    ENDED = "D022", "something that has ended",
        "What the lane rests on has ended, or has not begun.",
        "renew it; nothing that needs it is released until then";
    WRONG_OWNER = "D023", "a directory that proves nothing",
        "The user who owns the files of the source does not exist, or others can write into the watched folder itself.",
        "create the user; let the lane alone write into the folder, and the source into `in` below it";
    NO_INTERFACE = "D024", "an interface that is not there",
        "This machine has no network interface of this name.",
        "correct the name, or check on the machine that will run the lane";
    NO_SECOND_PLACE = "D025", "checkpoints in one place only",
        "`audit` names no second place for checkpoints. Whoever can change the log can then change what it is checked against.",
        "add `checkpoints=\"/a/folder/elsewhere\"`, on another machine or medium";
    SHARED_PROOF = "D026", "two sources with one proof",
        "Both sources are known by the same thing: the interface they arrive on, the certificate, the secret of the link or the owner of the folder. Either could send as the other.",
        "give each its own: an interface such as a VLAN, a certificate, a secret, a user";
    NO_PSEUDONYMS = "D027", "no key for the lane's pseudonyms",
        "The lane lets some identities cross under another name only, and the deployment names no key to make it with; all of them would be held (LG-H010).",
        "add `pseudonyms key=\"/path\"`; `openssl rand -hex 32` makes such a key";
    BAD_LINK = "D028", "a diode link that cannot be",
        "What the link is told does not go together: one of the bounds of the one-way protocol does not hold.",
        "change what the message names; docs/DIODE.md has the bounds";
    UNPROVEN = "D029", "a link that proves nothing",
        "The link speaks a protocol of others: no datagram says who sent it, and the far side cannot know what was sent and did not come.",
        "write `diode` at both ends, unless the other end is not ours";
    NO_READER = "D030", "nobody reads text in pictures",
        "The lane says `ocr required`, and no reader of text in pictures answers on this machine: no picture or document that comes can be released (LG-D021).",
        "install tesseract with its English data, or have the lane say `ocr where-present`";
    UNASKED_CLOCK = "D031", "nobody vouches for the clock",
        "`needs-synchronised=#false`: steps of the clock are found, but a clock that is wrong from the start, or goes wrong slowly, decides what is in time.",
        "leave it out, and name the file of the time daemon by `confirmed-by=` where it is not systemd's";
    SEEN_BY_SOURCE = "D032", "figures that the source could read",
        "The lane leads up and takes files of a user of this machine, and any user of the machine can read metrics on loopback: what was held and refused would be seen from below.",
        "leave `metrics` out, or let the files be brought by a user that nobody of the low side works as, on a machine for the guard alone";
    NO_ADDRESS = "D033", "an address that is not there",
        "This machine does not have the address now. A lane does not start without it.",
        "correct it, or bring the address up before the lane";
}

/// The codes of what is found on the machine, for the program that looks.
pub mod found {
    use lockgate_notation::DiagnosticCode;

    /// A file or folder that cannot be used.
    pub const MISSING: DiagnosticCode = super::MISSING;
    /// A key that cannot be used.
    pub const BAD_KEY: DiagnosticCode = super::BAD_KEY;
    /// A key that others can read.
    pub const KEY_OPEN: DiagnosticCode = super::KEY_OPEN;
    /// Something that ends soon.
    pub const ENDS_SOON: DiagnosticCode = super::ENDS_SOON;
    /// Something that has ended.
    pub const ENDED: DiagnosticCode = super::ENDED;
    /// A directory that proves nothing.
    pub const WRONG_OWNER: DiagnosticCode = super::WRONG_OWNER;
    /// An interface that is not there.
    pub const NO_INTERFACE: DiagnosticCode = super::NO_INTERFACE;
    /// Checkpoints in one place only.
    pub const NO_SECOND_PLACE: DiagnosticCode = super::NO_SECOND_PLACE;
    /// A link that proves nothing.
    pub const UNPROVEN: DiagnosticCode = super::UNPROVEN;
    /// Nobody reads text in pictures.
    pub const NO_READER: DiagnosticCode = super::NO_READER;
    /// Nobody vouches for the clock.
    pub const UNASKED_CLOCK: DiagnosticCode = super::UNASKED_CLOCK;
    /// The source could read the figures of a lane that leads up.
    pub const SEEN_BY_SOURCE: DiagnosticCode = super::SEEN_BY_SOURCE;
    /// This machine does not have an address.
    pub const NO_ADDRESS: DiagnosticCode = super::NO_ADDRESS;
}

#[cfg(test)]
mod tests {
    use super::codes;

    #[test]
    fn codes_are_in_order_and_say_enough() {
        for (number, code) in (1..).zip(codes()) {
            assert_eq!(code.id, format!("D{number:03}"));
            assert!(code.title.len() > 6 && code.cause.len() > 20 && code.remedy.len() > 8, "{}", code.id);
        }
    }
}
