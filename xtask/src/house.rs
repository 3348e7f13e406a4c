//! The plan of the house as data: who may depend on whom, what is pure, where the escape hatches are.
//!
//! A change here is a change of the design: say why in `docs/decisions/`.

/// The floor that every room may stand on, and the order of the rooms above it.
pub(crate) const ROOMS: &[Room] = &[
    Room { name: "lockgate-bytes", kind: Kind::NoStd, may_use: &[] },
    Room { name: "lockgate-reason", kind: Kind::NoStd, may_use: &["lockgate-bytes"] },
    Room { name: "lockgate-record", kind: Kind::NoStd, may_use: &["lockgate-bytes"] },
    Room { name: "lockgate-notation", kind: Kind::Pure, may_use: &["lockgate-bytes"] },
    Room {
        name: "lockgate-marking",
        kind: Kind::NoStd,
        may_use: &["lockgate-bytes", "lockgate-reason", "lockgate-us"],
    },
    Room { name: "lockgate-us", kind: Kind::NoStd, may_use: &["lockgate-bytes"] },
    Room { name: "lockgate-words", kind: Kind::NoStd, may_use: &["lockgate-bytes", "lockgate-reason"] },
    Room { name: "lockgate-attest", kind: Kind::NoStd, may_use: &["lockgate-bytes"] },
    Room {
        name: "lockgate-binding",
        kind: Kind::NoStd,
        may_use: &["lockgate-bytes", "lockgate-reason", "lockgate-marking", "lockgate-attest"],
    },
    Room {
        name: "lockgate-eval",
        kind: Kind::NoStd,
        may_use: &["lockgate-bytes", "lockgate-reason", "lockgate-record", "lockgate-marking"],
    },
    Room {
        name: "lockgate-core",
        kind: Kind::NoStd,
        may_use: &[
            "lockgate-bytes",
            "lockgate-reason",
            "lockgate-record",
            "lockgate-marking",
            "lockgate-words",
            "lockgate-eval",
            "lockgate-attest",
        ],
    },
    Room {
        name: "lockgate-rules",
        kind: Kind::Pure,
        may_use: &[
            "lockgate-bytes",
            "lockgate-reason",
            "lockgate-notation",
            "lockgate-record",
            "lockgate-marking",
            "lockgate-eval",
        ],
    },
    Room {
        name: "lockgate-schema",
        kind: Kind::Pure,
        may_use: &[
            "lockgate-bytes",
            "lockgate-reason",
            "lockgate-notation",
            "lockgate-record",
            "lockgate-core",
        ],
    },
    Room {
        name: "lockgate-bundle",
        kind: Kind::Pure,
        may_use: &[
            "lockgate-bytes",
            "lockgate-reason",
            "lockgate-record",
            "lockgate-notation",
            "lockgate-marking",
            "lockgate-us",
            "lockgate-binding",
            "lockgate-words",
            "lockgate-attest",
            "lockgate-eval",
            "lockgate-core",
            "lockgate-rules",
            "lockgate-schema",
        ],
    },
    Room {
        name: "lockgate-deployment",
        kind: Kind::Pure,
        may_use: &[
            "lockgate-bytes",
            "lockgate-notation",
            "lockgate-core",
            "lockgate-schema",
            "lockgate-bundle",
            "lockgate-diode",
            "lockgate-adapters",
        ],
    },
    Room {
        name: "lockgate-deep",
        kind: Kind::Shell,
        may_use: &["lockgate-bytes", "lockgate-reason", "lockgate-core", "lockgate-render"],
    },
    Room { name: "lockgate-render", kind: Kind::Shell, may_use: &[] },
    Room { name: "lockgate-diode", kind: Kind::NoStd, may_use: &["lockgate-bytes"] },
    Room {
        name: "lockgate-adapters",
        kind: Kind::NoStd,
        may_use: &["lockgate-bytes", "lockgate-diode", "lockgate-marking"],
    },
    Room { name: "lockgate-disk", kind: Kind::Shell, may_use: &[] },
    Room {
        name: "lockgate-audit",
        kind: Kind::Shell,
        may_use: &["lockgate-bytes", "lockgate-reason", "lockgate-attest", "lockgate-core", "lockgate-disk"],
    },
    Room { name: "lockgate-hold", kind: Kind::Shell, may_use: &["lockgate-bytes", "lockgate-disk"] },
    Room {
        name: "lockgate-receive",
        kind: Kind::Shell,
        may_use: &["lockgate-bytes", "lockgate-diode", "lockgate-disk"],
    },
    Room {
        name: "lockgate-intake",
        kind: Kind::Shell,
        may_use: &["lockgate-bytes", "lockgate-diode", "lockgate-disk", "lockgate-receive"],
    },
    Room {
        name: "lockgate-egress",
        kind: Kind::Shell,
        may_use: &["lockgate-bytes", "lockgate-reason", "lockgate-diode", "lockgate-disk"],
    },
    Room { name: "lockgate-watch", kind: Kind::Shell, may_use: &["lockgate-bytes", "lockgate-reason"] },
    Room { name: "lockgate", kind: Kind::Shell, may_use: ANY },
    Room { name: "lockgate-fuzz-targets", kind: Kind::Shell, may_use: ANY },
    Room { name: "lockgate-bench", kind: Kind::Shell, may_use: ANY },
    Room { name: "xtask", kind: Kind::Shell, may_use: &[] },
];

/// Every room of the house.
pub(crate) const ANY: &[&str] = &["*"];

/// One crate of the workspace.
pub(crate) struct Room {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The rooms that it may depend on, or [`ANY`].
    pub(crate) may_use: &'static [&'static str],
}

/// What a room may touch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Pure, and `#![no_std]` besides.
    NoStd,
    /// No files, network, clock, environment, thread, process or random order.
    Pure,
    /// May do input and output.
    Shell,
}

/// Edges that only tests use, beyond what `may_use` allows: from, to, why.
pub(crate) const TEST_EDGES: &[(&str, &str, &str)] =
    &[("lockgate-core", "lockgate-us", "a profile that reads ISM attributes names its edition")];

/// `std` modules that a pure room never names.
pub(crate) const IMPURE: &[&str] = &["fs", "net", "time", "env", "thread", "process"];

/// Maps whose order differs from run to run.
pub(crate) const RANDOM_ORDER: &[&str] = &["HashMap", "HashSet", "RandomState"];

/// Files of pure rooms that may name one of [`RANDOM_ORDER`]: path, why nothing of its order shows.
pub(crate) const RANDOM_ORDER_ALLOWED: &[(&str, &str)] = &[];

/// The room that mints the tokens.
pub(crate) const MINT: &str = "crates/lockgate-core/";

/// Tokens: to hold one proves where an object has been.
pub(crate) const TOKENS: &[&str] =
    &["Received", "Routed", "Inspected", "Released", "Held", "Refused", "Recorded"];

/// What no token has, derived or written.
pub(crate) const FORBIDDEN_ON_TOKENS: &[&str] =
    &["Clone", "Copy", "Default", "Deserialize", "DeserializeOwned", "From", "TryFrom", "FromStr"];

/// The only rooms with an `impl Inspector for`.
pub(crate) const INSPECTOR_ROOMS: &[&str] = &["crates/lockgate-schema/", "crates/lockgate-deep/"];

/// How a lane's `Policy` is built: the type, the constructor and the only room that calls it.
pub(crate) const POLICY_TYPE: &str = "Policy";
/// See [`POLICY_TYPE`].
pub(crate) const POLICY_CONSTRUCTOR: &str = "assemble";
/// See [`POLICY_TYPE`].
pub(crate) const POLICY_ROOM: &str = "crates/lockgate-bundle/";

/// Names that must stand out: every call site has a line in [`ESCAPE_SITES`].
pub(crate) const ESCAPE_HATCHES: &[&str] = &["bytes_for_inspection", "danger_"];

/// Where an escape hatch may be used: path (or folder with a `/` at its end), why.
pub(crate) const ESCAPE_SITES: &[(&str, &str)] = &[
    ("crates/lockgate-bytes/src/reader.rs", "defines it"),
    ("crates/lockgate-schema/src/", "parsers read the untrusted bytes; that is their work"),
    ("crates/lockgate-deep/src/jailed.rs", "the bytes go to a jailed worker, which reads them"),
];

/// The rooms that look into objects of no known type: nothing outside of them decides how.
pub(crate) const JAILED: &[&str] = &["crates/lockgate-deep/", "crates/lockgate-render/"];

/// The rooms that send and never receive.
pub(crate) const SEND_ONLY: &[&str] = &["crates/lockgate-egress/src/"];
/// What receives, accepts or reads, by name. Methods of channels have other names (`try_recv`, `recv_timeout`); those
/// that share theirs with something harmless (`peek`, `accept`, `read`) are in the room's own `clippy.toml`, by path.
pub(crate) const RECEIVING: &[&str] = &[
    "recv",
    "recv_from",
    "recv_vectored",
    "recv_from_vectored",
    "recv_with_flags",
    "recv_from_with_flags",
    "recv_out_of_band",
    "recvfrom",
    "recvmsg",
    "recvmmsg",
    "peek_from",
    "peek_sender",
    "listen",
    "detach_filter",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
    "UnixStream",
    "UnixDatagram",
    "read_exact",
    "read_to_end",
    "readv",
];

/// The wall: these keys stand in the root manifest at this level or stricter.
pub(crate) const RUST_WALL: &[(&str, &str)] = &[
    ("unsafe_code", "forbid"),
    ("missing_docs", "deny"),
    ("unreachable_pub", "deny"),
    ("unused_must_use", "deny"),
    ("rust_2018_idioms", "deny"),
];
/// See [`RUST_WALL`].
pub(crate) const CLIPPY_WALL: &[&str] = &[
    "all",
    "allow_attributes_without_reason",
    "arithmetic_side_effects",
    "as_conversions",
    "dbg_macro",
    "exit",
    "expect_used",
    "float_arithmetic",
    "indexing_slicing",
    "mem_forget",
    "panic",
    "print_stderr",
    "print_stdout",
    "string_slice",
    "todo",
    "unimplemented",
    "unreachable",
    "unwrap_used",
];

/// Files in which a single item may expect a lint of the wall: path, why the whole crate should not.
pub(crate) const ITEM_RELAXATIONS: &[(&str, &str)] = &[
    ("crates/lockgate-words/src/fold.rs", "tables computed by the compiler, which checks every index"),
    ("crates/lockgate-words/src/quick.rs", "one masked index on the hot path; the mask is the proof"),
];

/// Paths of one machine: what is committed works on every machine. Each begins where no path goes on before it.
/// Written in halves, so that this file holds none of them.
pub(crate) const MACHINE_PATHS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/Us", "ers/"),
    concat!("/mn", "t/c/"),
    concat!("C:\\Us", "ers\\"),
];

/// Package registries: a manifest names packages, `Cargo.lock` alone names where they come from.
/// Written in halves, so that this file does not name them either.
pub(crate) const REGISTRY_HOSTS: &[&str] = &[
    concat!("crates", ".io"),
    concat!("registry.npm", "js.org"),
    concat!("py", "pi.org"),
    concat!("pythonhosted", ".org"),
    concat!("deb.debian", ".org"),
];

/// No file is bigger than this, in bytes.
pub(crate) const FILE_MAX_BYTES: usize = 1024 * 1024;
/// Lines of code that ship in one file: above the first a warning, above the second an error.
pub(crate) const FILE_LINES: (usize, usize) = (300, 700);
/// Lines of one function before it earns a warning.
pub(crate) const FUNCTION_LINES: usize = 70;
/// What checks an object for the last time and sends it over a one-way link: together less lines of code that ship than
/// [`LAST_LINES`], so that one person can read all of it in an hour.
pub(crate) const LAST: &[&str] = &[
    "crates/lockgate-egress/src/gate.rs",
    "crates/lockgate-egress/src/looks.rs",
    "crates/lockgate-egress/src/diode.rs",
    "crates/lockgate-egress/src/wires.rs",
    "crates/lockgate-egress/src/sockets.rs",
    "crates/lockgate-egress/src/cage.rs",
];
pub(crate) const LAST_LINES: usize = 600;
/// The first word of a fixture's folder.
pub(crate) const VERDICTS: &[&str] = &["release", "hold", "refuse"];
