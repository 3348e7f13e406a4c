//! `lanes/`: what one lane does.

mod slow;
mod source;

use super::profile::categories;
use crate::codes;
use crate::report::{Text, own};
use lockgate_bytes::{Duration, Precedence, Span, Time};
use lockgate_core::{Traffic, UndeclaredPart, Validity};
use lockgate_notation::{At, Fields};
use lockgate_reason::Outcome;
pub use slow::SlowPath;
use slow::slow;
pub use source::{SourceBy, SourceTerms};
use source::{SourcePart, source};

/// A lane as authored.
#[derive(Debug)]
pub(crate) struct LaneFile {
    pub(crate) name: String,
    pub(crate) from: Text,
    pub(crate) to: Text,
    pub(crate) direction: At<&'static str>,
    pub(crate) policy: Text,
    pub(crate) agreements: Agreements,
    pub(crate) delegations: Vec<Text>,
    pub(crate) traffic: Traffic,
    pub(crate) unlabelled: Unlabelled,
    pub(crate) words: Vec<(Text, Outcome)>,
    pub(crate) sources: Vec<SourcePart>,
    pub(crate) types: Vec<TypePart>,
    pub(crate) slow: Option<SlowPath>,
    pub(crate) bindings: Option<BindingsPart>,
    /// `sidecars "required"`: files are taken from a folder with what lies beside them, and none without.
    pub(crate) sidecars: bool,
}

/// `bindings "signer" ... signature=required`.
#[derive(Debug)]
pub(crate) struct BindingsPart {
    pub(crate) signers: Vec<Text>,
    pub(crate) signature_required: bool,
}

/// Which way a lane leads, by the ceilings of its two domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From above to below.
    Down,
    /// From below to above.
    Up,
    /// Between equals.
    Level,
}

impl Direction {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "down" => Self::Down,
            "up" => Self::Up,
            _ => Self::Level,
        }
    }
}

/// `agreement "a" "b"`, or `agreement none authority="..."`.
#[derive(Debug)]
pub(crate) enum Agreements {
    Named(Vec<Text>),
    None { authority: String, span: Span },
}

/// `unlabelled hold`, or `unlabelled assign ... { label ... }`.
#[derive(Clone, Debug)]
pub(crate) enum Unlabelled {
    Hold,
    Assign(Assign),
}

/// The default label of a lane or of one of its types.
#[derive(Clone, Debug)]
pub(crate) struct Assign {
    pub(crate) authority: String,
    /// First instant; `None` where the lane's agreements say from when on anything is released.
    pub(crate) from: Option<Time>,
    pub(crate) until: Time,
    pub(crate) level: Text,
    pub(crate) categories: Vec<(Text, Vec<Text>)>,
}

/// A type as the lane carries it.
#[derive(Debug)]
pub(crate) struct TypePart {
    pub(crate) name: Text,
    pub(crate) version: Text,
    pub(crate) marking: Option<Text>,
    pub(crate) undeclared: UndeclaredPart,
    pub(crate) redact: Vec<Text>,
    pub(crate) coarsen: Vec<CoarsenPart>,
    pub(crate) pseudonyms: Vec<Text>,
    pub(crate) passes: Vec<Text>,
    pub(crate) validity: Validity,
    pub(crate) precedence: Precedence,
    /// Several records in one object become objects of their own.
    pub(crate) split: bool,
    /// Says it more narrowly than the lane.
    pub(crate) unlabelled: Option<Unlabelled>,
}

/// `coarsen "field" ... to="0.01"`.
#[derive(Debug)]
pub(crate) struct CoarsenPart {
    pub(crate) fields: Vec<Text>,
    pub(crate) to: Text,
}

pub(crate) fn lane(fields: &mut Fields<'_, '_>) -> Option<LaneFile> {
    let name = fields.arg_name("the name of the lane");
    let from = fields.within("from", |part| part.prop_text("domain")).flatten();
    let to = fields.within("to", |part| part.prop_text("domain")).flatten();
    let direction = fields.child_word("direction", &["down", "up", "level"]);
    let policy = fields.child_text("policy");
    let agreements = fields.within("agreement", agreements).flatten();
    let delegations = fields.within_opt("delegation", |part| part.args_text_some("the name of a delegation"));
    let traffic = fields.child_word("traffic", &["operation", "exercise", "simulation"]);
    let lane_default = fields.within_opt("unlabelled", unlabelled);
    let words = fields.each("words", |part| {
        let list = part.arg_text("the name of a word list");
        let hit = part.prop_word("hit", &["hold", "refuse"]);
        Some((own(list?), if hit?.value == "hold" { Outcome::Hold } else { Outcome::Refuse }))
    });
    let sources: Vec<_> =
        fields.children_some("source").into_iter().map(|node| fields.read(node, source)).collect();
    let types: Vec<_> =
        fields.children_some("type").into_iter().map(|node| fields.read(node, lane_type)).collect();
    // The rules are compiled later, against the types of the lane.
    let (_, whole) = lockgate_rules::rules(fields);
    let slow = fields.within_opt("slow", slow);
    let bindings = fields.within_opt("bindings", bindings);
    let sidecars = fields.child_word_opt("sidecars", &["required"]).is_some();
    Some(LaneFile {
        name: name?.value.to_string(),
        from: own(from?),
        to: own(to?),
        direction: direction?,
        policy: own(policy?),
        agreements: agreements?,
        delegations: delegations.unwrap_or_default().into_iter().map(own).collect(),
        traffic: match traffic?.value {
            "exercise" => Traffic::Exercise,
            "simulation" => Traffic::Simulation,
            _ => Traffic::Operation,
        },
        unlabelled: match lane_default {
            Some(default) => default?,
            None => Unlabelled::Hold,
        },
        words: words.into_iter().collect::<Option<_>>()?,
        sources: sources.into_iter().collect::<Option<_>>()?,
        types: types.into_iter().collect::<Option<_>>()?,
        slow: match slow {
            Some(slow) => Some(slow?),
            None => None,
        },
        bindings: match bindings {
            Some(bindings) => Some(bindings?),
            None => None,
        },
        sidecars,
    })
    .filter(|_| whole)
}

fn agreements(fields: &mut Fields<'_, '_>) -> Option<Agreements> {
    let names = fields.args_text_some("the name of an agreement");
    let none = names.iter().find(|name| name.value == "none").map(|name| name.span);
    match (none, names.len()) {
        (Some(span), 1) => {
            let authority = fields.prop_text("authority")?.value.to_owned();
            Some(Agreements::None { authority, span })
        }
        _ => Some(Agreements::Named(names.into_iter().map(own).collect())),
    }
}

fn unlabelled(fields: &mut Fields<'_, '_>) -> Option<Unlabelled> {
    if fields.arg_word("what becomes of them", &["hold", "assign"])?.value == "hold" {
        return Some(Unlabelled::Hold);
    }
    let (authority, until) = (fields.prop_text("authority"), fields.prop_time_until("until"));
    let from = fields.prop_time_from_opt("from").map(|from| from.value);
    if let (Some(from), Some(until)) = (from, &until)
        && from >= until.value
    {
        fields.error(&codes::EMPTY_WINDOW, until.span, "this ends before it begins");
    }
    let label = fields.within("label", |part| (part.prop_text("level"), categories(part)));
    let (level, categories) = label?;
    Some(Unlabelled::Assign(Assign {
        authority: authority?.value.to_owned(),
        from,
        until: until?.value,
        level: own(level?),
        categories,
    }))
}

fn precedence(word: Option<At<&'static str>>) -> Precedence {
    word.and_then(|word| Precedence::named(word.value)).unwrap_or(Precedence::Routine)
}

fn lane_type(fields: &mut Fields<'_, '_>) -> Option<TypePart> {
    let name = fields.arg_name("the name of the type");
    let version = fields.prop_text("version");
    let marking = fields.child_text_opt("marking").map(own);
    let undeclared = fields.child_word_opt("undeclared", &["refuse", "slow", "drop"]);
    let split = fields.child_word_opt("split", &["objects"]).is_some();
    let redact = fields.within_opt("redact", |part| part.args_text_some("a field"));
    let coarsen = fields.each("coarsen", |part| {
        let (fields, to) = (part.args_text_some("a field"), part.prop_text("to"));
        Some(CoarsenPart { fields: fields.into_iter().map(own).collect(), to: own(to?) })
    });
    let pseudonyms = fields.within_opt("pseudonym", |part| part.args_text_some("a field"));
    // The reason is for who reads the file.
    let passes = fields.each("pass", |part| {
        let fields = part.args_text_some("a field");
        part.prop_text("reason").map(|_| fields)
    });
    let validity = fields.within_opt("validity", |part| Validity {
        max: part.prop_duration_opt("max").map(|max| max.value),
        skew: part.prop_duration_opt("skew").map_or(Duration::ZERO, |skew| skew.value),
        newest_wins: part.prop_bool_or("newest-wins", false),
    });
    let precedence = precedence(fields.child_word_opt("precedence", &Precedence::NAMES));
    let unlabelled = fields.within_opt("unlabelled", unlabelled);
    Some(TypePart {
        name: name?.map(|name| name.to_string()),
        version: own(version?),
        marking,
        undeclared: match undeclared.map(|word| word.value) {
            Some("slow") => UndeclaredPart::Slow,
            Some("drop") => UndeclaredPart::Drop,
            _ => UndeclaredPart::Refuse,
        },
        redact: redact.unwrap_or_default().into_iter().map(own).collect(),
        coarsen: coarsen.into_iter().collect::<Option<_>>()?,
        pseudonyms: pseudonyms.unwrap_or_default().into_iter().map(own).collect(),
        passes: passes.into_iter().flatten().flatten().map(own).collect(),
        validity: validity.unwrap_or(Validity { max: None, skew: Duration::ZERO, newest_wins: false }),
        precedence,
        split,
        unlabelled: match unlabelled {
            Some(unlabelled) => Some(unlabelled?),
            None => None,
        },
    })
}

fn bindings(fields: &mut Fields<'_, '_>) -> Option<BindingsPart> {
    let signers = fields.args_text("the name of a signer").into_iter().map(own).collect();
    let signature = fields.prop_word("signature", &["required", "optional"])?;
    Some(BindingsPart { signers, signature_required: signature.value == "required" })
}
