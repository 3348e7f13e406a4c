//! Where in a type claims about the label stand, found once from the roles of its shape.

use crate::bound::LabelCarrier;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::Precedence;
use lockgate_marking::{CarrierIx, Profile};
use lockgate_record::{
    Block, Cell, CodeTree, Form, Kind, NodeId, Place, Record, Role, Shape, Slot, TextRef, Value,
};

/// The carriers of one type: an embedded label, the fields that a marking profile reads, and what says when, how
/// urgently, and whether in earnest.
#[derive(Debug, Default)]
pub(crate) struct Carriers {
    pub(crate) label: Option<LabelCarrier>,
    /// Labels beside that of the originator.
    pub(crate) alternatives: Option<LabelCarrier>,
    pub(crate) metadata: Option<LabelCarrier>,
    /// The marking fields outside of a label, and the carrier of the profile that reads each; a field that no carrier
    /// reads must not say anything.
    pub(crate) fields: Vec<MarkField>,
    /// The fields that hold a marking as people read it, of the whole.
    pub(crate) banners: Vec<(Field, Option<CarrierIx>)>,
    /// The fields of text that begin with the mark of a portion.
    pub(crate) portions: Vec<PortionField>,
    /// The format's own codes.
    pub(crate) natives: Vec<NativeField>,
    pub(crate) observed: Option<Field>,
    pub(crate) expires: Option<Field>,
    pub(crate) valid_from: Option<Field>,
    pub(crate) priority: Option<Field>,
    /// Which thing the object speaks of.
    pub(crate) track: Option<Field>,
    /// Numbers that say which sensor gave that identity.
    pub(crate) sources: Vec<Field>,
    /// Lists whose rows carry markings of their own.
    pub(crate) marked_lists: Vec<Field>,
    flags: Vec<(Field, Flag)>,
}

/// A marking field outside of a label, and the carrier of the profile that reads it.
#[derive(Debug)]
pub(crate) struct MarkField {
    pub(crate) field: Field,
    pub(crate) carrier: Option<CarrierIx>,
    /// Its words, where it is an enumeration.
    names: Vec<String>,
}

impl MarkField {
    /// What it says, where it says anything.
    pub(crate) fn text<'a>(&'a self, record: &'a Record, source: &'a [u8]) -> Option<&'a str> {
        core::str::from_utf8(self.bytes(record, source)?).ok()
    }

    /// The same as bytes.
    pub(crate) fn bytes<'a>(&'a self, record: &'a Record, source: &'a [u8]) -> Option<&'a [u8]> {
        match record.holding(Block::ROOT, self.field.slot)?.value {
            Value::Enum(index) => self.names.get(usize::from(index)).map(String::as_bytes),
            _ => self.field.bytes(record, Block::ROOT, source),
        }
    }
}

/// How a field says exercise or simulation.
#[derive(Debug)]
enum Flag {
    /// A flag with this role.
    Raised(Role),
    /// A code whose tree gives some prefixes a role.
    Code(CodeTree),
    /// An enumeration some of whose values mean a role.
    Listed(Vec<(u16, Role)>),
}

/// A value outside of any list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) node: NodeId,
    pub(crate) slot: Slot,
}

/// A field of text that begins with the mark of a portion.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PortionField {
    /// The list in whose rows it stands, if any.
    pub(crate) list: Option<Field>,
    pub(crate) text: Field,
    pub(crate) carrier: Option<CarrierIx>,
}

/// A field with a code of the format's own.
#[derive(Clone, Debug)]
pub(crate) struct NativeField {
    pub(crate) field: Field,
    pub(crate) carrier: Option<CarrierIx>,
    /// The words of an enumeration.
    words: Vec<String>,
}

impl Carriers {
    /// Finds the carriers in `shape`; `profile` says which marking fields are read.
    pub(crate) fn find(shape: &Shape, profile: Option<&Profile>) -> Self {
        let outer = |role| field(shape, outside_label(shape, role)?);
        let fields = shape.nodes().filter_map(|(id, node)| {
            let role = node.options.role.filter(|role| role.is_marking())?;
            let is_value = matches!(node.form, Form::Value(_)) && !is_below_label(shape, id);
            let is_value = is_value && node.group.0 == 0 && !is_apart(role);
            let carrier = profile.and_then(|profile| profile.carrier(role.name()));
            // Only the first field of a role, outside of lists, can be read as a carrier.
            let carrier = carrier.filter(|_| outside_label(shape, role) == Some(id));
            is_value.then_some(MarkField { field: field(shape, id)?, carrier, names: words(shape, id) })
        });
        let read_by = |role: Role| profile.and_then(|profile| profile.carrier(role.name()));
        let apart = |role| {
            let found = shape.nodes().filter(move |(_, node)| node.options.role == Some(role));
            found.map(|(id, _)| id).filter(|id| !is_below_label(shape, *id))
        };
        let outside = |role| apart(role).filter(|id| shape.node(*id).is_some_and(|node| node.group.0 == 0));
        Self {
            banners: outside(Role::MarkingBanner)
                .filter_map(|id| Some((field(shape, id)?, read_by(Role::MarkingBanner))))
                .collect(),
            portions: apart(Role::MarkingPortion)
                .filter_map(|id| PortionField::find(shape, id, read_by(Role::MarkingPortion)))
                .collect(),
            natives: outside(Role::MarkingNative)
                .filter_map(|id| {
                    let carrier = read_by(Role::MarkingNative);
                    Some(NativeField { field: field(shape, id)?, carrier, words: words(shape, id) })
                })
                .collect(),
            label: LabelCarrier::with_role(shape, Role::MarkingLabel),
            alternatives: LabelCarrier::with_role(shape, Role::MarkingAlternativeLabel),
            metadata: LabelCarrier::with_role(shape, Role::MarkingMetadataLabel),
            fields: fields.collect(),
            marked_lists: marked_lists(shape),
            observed: outer(Role::TimeObserved),
            expires: outer(Role::TimeExpires),
            valid_from: outer(Role::TimeValidFrom),
            priority: outer(Role::Priority),
            track: outer(Role::IdentityTrack),
            sources: numbers(shape, Role::IdentitySource),
            flags: shape
                .nodes()
                .filter_map(|(id, node)| Some((field(shape, id)?, Flag::of(node)?)))
                .collect(),
        }
    }

    /// The first field that says exercise, and the first that says simulation.
    pub(crate) fn flags(&self, record: &Record, source: &[u8]) -> (Option<Field>, Option<Field>) {
        let (mut exercise, mut simulation) = (None, None);
        for (field, flag) in &self.flags {
            match flag.read(record.value(Block::ROOT, field.slot), record, source) {
                Some(Role::FlagExercise) => exercise = exercise.or(Some(*field)),
                Some(Role::FlagSimulation) => simulation = simulation.or(Some(*field)),
                _ => {}
            }
        }
        (exercise, simulation)
    }

    /// True for a cancel or an emergency: nothing supersedes it.
    pub(crate) fn is_lasting(&self, record: &Record, source: &[u8]) -> bool {
        self.flags.iter().any(|(field, flag)| {
            let role = flag.read(record.value(Block::ROOT, field.slot), record, source);
            matches!(role, Some(Role::FlagCancel | Role::FlagEmergency))
        })
    }
}

impl PortionField {
    /// A field outside of lists, or in the rows of one list; deeper ones are not read.
    fn find(shape: &Shape, id: NodeId, carrier: Option<CarrierIx>) -> Option<Self> {
        let text = field(shape, id)?;
        if shape.node(id)?.group.0 == 0 {
            return Some(Self { list: None, text, carrier });
        }
        let list = outermost_list(shape, id)?;
        let Form::List { rows, .. } = shape.node(list)?.form else { return None };
        let direct = rows == shape.node(id)?.group;
        direct.then_some(Self { list: Some(field(shape, list)?), text, carrier })
    }
}

impl NativeField {
    /// The code as a text: as it stands, the word of an enumeration, or the digits of a number. Digits are written into
    /// `digits`.
    pub(crate) fn text<'a>(
        &'a self,
        record: &'a Record,
        source: &'a [u8],
        digits: &'a mut String,
    ) -> Option<&'a str> {
        match record.value(Block::ROOT, self.field.slot) {
            Value::Enum(index) => self.words.get(usize::from(index)).map(String::as_str),
            Value::Integer(number) => {
                digits.clear();
                let _ = core::fmt::Write::write_fmt(digits, format_args!("{number}"));
                Some(digits)
            }
            _ => self.field.text(record, Block::ROOT, source),
        }
    }
}

impl Flag {
    fn of(node: &lockgate_record::Node) -> Option<Self> {
        if node.group.0 != 0 {
            return None;
        }
        match (&node.form, node.options.role) {
            (
                Form::Value(Kind::Flag),
                Some(
                    role @ (Role::FlagExercise
                    | Role::FlagSimulation
                    | Role::FlagCancel
                    | Role::FlagEmergency),
                ),
            ) => Some(Self::Raised(role)),
            (Form::Value(Kind::Code(tree)), _) if !tree.meanings().is_empty() => {
                Some(Self::Code(tree.clone()))
            }
            (Form::Value(Kind::Enum(_)), _) if !node.options.meanings.is_empty() => {
                Some(Self::Listed(node.options.meanings.clone()))
            }
            _ => None,
        }
    }

    fn read(&self, value: Value, record: &Record, source: &[u8]) -> Option<Role> {
        match (self, value) {
            (Self::Raised(role), Value::Flag(true)) => Some(*role),
            (Self::Code(tree), Value::Code(code)) => tree.means(record.text(code, source)),
            (Self::Listed(meanings), Value::Enum(value)) => {
                meanings.iter().find(|(known, _)| *known == value).map(|(_, role)| *role)
            }
            _ => None,
        }
    }
}

/// What a priority field claims: the name of a precedence, or a first digit as in the `qos` of a Cursor-on-Target
/// event (MITRE CoT Event 2.0: 9 is the highest), from 0 and 1 = deferred to 9 = flash.
pub(crate) fn claimed_precedence(text: &str) -> Option<Precedence> {
    Precedence::named(text).or_else(|| match text.as_bytes().first()? {
        b'0' | b'1' => Some(Precedence::Deferred),
        b'2'..=b'4' => Some(Precedence::Routine),
        b'5' | b'6' => Some(Precedence::Priority),
        b'7' | b'8' => Some(Precedence::Immediate),
        b'9' => Some(Precedence::Flash),
        _ => None,
    })
}

impl Field {
    /// The cell in `block`.
    pub(crate) fn cell(self, record: &Record, block: Block) -> Cell {
        record.cell(block, self.slot)
    }

    /// The text in `block`, where there is one.
    pub(crate) fn text<'a>(self, record: &'a Record, block: Block, source: &'a [u8]) -> Option<&'a str> {
        core::str::from_utf8(self.bytes(record, block, source)?).ok()
    }

    /// The same as bytes.
    #[inline]
    pub(crate) fn bytes<'a>(self, record: &'a Record, block: Block, source: &'a [u8]) -> Option<&'a [u8]> {
        let reference: TextRef = match record.holding(block, self.slot)?.value {
            Value::Text(text) | Value::Code(text) => text,
            _ => return None,
        };
        Some(record.text(reference, source))
    }

    /// The place outside of any list.
    pub(crate) fn place(self) -> Place {
        Place::of(self.node)
    }
}

/// The numbers with `role` outside of lists.
fn numbers(shape: &Shape, role: Role) -> Vec<Field> {
    let with_role = shape.nodes().filter(|(_, node)| node.options.role == Some(role) && node.group.0 == 0);
    with_role
        .filter(|(_, node)| matches!(node.form, Form::Value(Kind::Integer { .. })))
        .filter_map(|(id, _)| field(shape, id))
        .collect()
}

/// The words of an enumeration.
pub(crate) fn words(shape: &Shape, node: NodeId) -> Vec<String> {
    match shape.node(node).map(|node| &node.form) {
        Some(Form::Value(Kind::Enum(names))) => names.clone(),
        _ => Vec::new(),
    }
}

pub(crate) fn field(shape: &Shape, node: NodeId) -> Option<Field> {
    shape.node(node).map(|found| Field { node, slot: found.slot })
}

pub(crate) fn parent(shape: &Shape, id: NodeId) -> Option<NodeId> {
    shape.node(id)?.parent
}

/// The first value with `role` that stands in no label and in no list.
fn outside_label(shape: &Shape, role: Role) -> Option<NodeId> {
    shape
        .nodes()
        .filter(|(_, node)| node.options.role == Some(role) && node.group.0 == 0)
        .filter(|(_, node)| matches!(node.form, Form::Value(_)))
        .map(|(id, _)| id)
        .find(|id| !is_below_label(shape, *id))
}

/// The outermost lists that hold a marking field which is no part of a label, and no mark of a portion that is read.
fn marked_lists(shape: &Shape) -> Vec<Field> {
    let mut lists: Vec<Field> = Vec::new();
    for (id, node) in shape.nodes() {
        let marked = node.options.role.is_some_and(Role::is_marking) && node.group.0 != 0;
        let read =
            node.options.role == Some(Role::MarkingPortion) && PortionField::find(shape, id, None).is_some();
        if !marked || read || is_below_label(shape, id) {
            continue;
        }
        let list = outermost_list(shape, id).and_then(|list| field(shape, list));
        lists.extend(list.filter(|list| lists.iter().all(|known| known.node != list.node)));
    }
    lists
}

/// The list outside of any other in whose rows the node stands.
fn outermost_list(shape: &Shape, id: NodeId) -> Option<NodeId> {
    let mut at = Some(id);
    while let Some(found) = at {
        let node = shape.node(found)?;
        if node.group.0 == 0 {
            return Some(found);
        }
        at = node.parent;
    }
    None
}

/// True for roles whose fields make a claim each, and not one claim together.
fn is_apart(role: Role) -> bool {
    matches!(role, Role::MarkingBanner | Role::MarkingPortion | Role::MarkingNative)
}

/// True for a label and all that stands in it.
fn is_below_label(shape: &Shape, node: NodeId) -> bool {
    let mut upwards = core::iter::successors(Some(node), |id| parent(shape, *id));
    upwards.any(|id| shape.node(id).is_some_and(|node| node.options.role.is_some_and(Role::is_label)))
}
