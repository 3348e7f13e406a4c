//! Where in a type claims about the label stand, found once from the roles of its shape.

mod field;
mod flag;
mod ism;
mod times;
mod unread;

use self::field::outermost_list;
pub(crate) use self::field::{Digits, Field, MarkField, PortionField, field, parent, words};
use self::flag::Flag;
pub(crate) use self::ism::{IsmElement, IsmElements};
use self::times::Observed;
pub(crate) use self::times::{Sole, Stamp, Told};
pub use self::unread::unread_roles;
use crate::bound::LabelCarrier;
use alloc::vec::Vec;
use lockgate_bytes::Precedence;
use lockgate_marking::{CarrierIx, Profile};
use lockgate_record::{Block, Form, Kind, NodeId, Record, Role, Shape};

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
    /// The elements that have ISM attributes.
    pub(crate) ism: IsmElements,
    /// The format's own codes.
    pub(crate) natives: Vec<MarkField>,
    pub(crate) observed: Observed,
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
            MarkField::find(shape, id, carrier).filter(|_| is_value)
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
            ism: ism::elements(shape, read_by(Role::MarkingIsm)),
            natives: outside(Role::MarkingNative)
                .filter_map(|id| {
                    let carrier = read_by(Role::MarkingNative);
                    MarkField::find(shape, id, carrier)
                })
                .collect(),
            label: LabelCarrier::with_role(shape, Role::MarkingLabel),
            alternatives: LabelCarrier::with_role(shape, Role::MarkingAlternativeLabel),
            metadata: LabelCarrier::with_role(shape, Role::MarkingMetadataLabel),
            fields: fields.collect(),
            marked_lists: marked_lists(shape),
            observed: Observed::find(shape),
            expires: outer(Role::TimeExpires),
            valid_from: outer(Role::TimeValidFrom),
            priority: outer(Role::Priority),
            track: outer(Role::IdentityTrack),
            sources: numbers(shape, Role::IdentitySource),
            flags: shape
                .nodes()
                .filter(|(_, node)| node.group.0 == 0)
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

/// The numbers with `role` outside of lists.
fn numbers(shape: &Shape, role: Role) -> Vec<Field> {
    let with_role = shape.nodes().filter(|(_, node)| node.options.role == Some(role) && node.group.0 == 0);
    with_role
        .filter(|(_, node)| matches!(node.form, Form::Value(Kind::Integer { .. })))
        .filter_map(|(id, _)| field(shape, id))
        .collect()
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
        let read = read || node.options.role == Some(Role::MarkingIsm);
        if !marked || read || is_below_label(shape, id) {
            continue;
        }
        let list = outermost_list(shape, id).and_then(|list| field(shape, list));
        lists.extend(list.filter(|list| lists.iter().all(|known| known.node != list.node)));
    }
    lists
}

/// True for roles whose fields make a claim each, and not one claim together.
fn is_apart(role: Role) -> bool {
    matches!(role, Role::MarkingBanner | Role::MarkingPortion | Role::MarkingIsm | Role::MarkingNative)
}

/// True for a label and all that stands in it.
fn is_below_label(shape: &Shape, node: NodeId) -> bool {
    let mut upwards = core::iter::successors(Some(node), |id| parent(shape, *id));
    upwards.any(|id| shape.node(id).is_some_and(|node| node.options.role.is_some_and(Role::is_label)))
}
