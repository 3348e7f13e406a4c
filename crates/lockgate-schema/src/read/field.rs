//! Attributes and texts: a name, a kind, and what the value means.

use super::kind::Read;
use super::{TypeReader, codes, element};
use crate::model::Field;
use lockgate_bytes::Span;
use lockgate_notation::{At, Fields};
use lockgate_record::{Kind, NodeId, NodeOptions, Role, Slot};

/// Roles that speak for the whole object, so that one field at most may have each.
const ONCE: [Role; 13] = [
    Role::IdentitySource,
    Role::IdentityTrack,
    Role::IdentityKind,
    Role::TimeValidFrom,
    Role::TimeExpires,
    Role::TimeReferenceDate,
    Role::TimeReferenceYear,
    Role::TimeReferenceMonth,
    Role::TimeReferenceDay,
    Role::PositionLat,
    Role::PositionLon,
    Role::PositionAlt,
    Role::Priority,
];

impl TypeReader<'_> {
    /// Reads `attribute NAME KIND ...`.
    pub(super) fn attribute(&mut self, fields: &mut Fields<'_, '_>, parent: NodeId) -> Option<Field> {
        let named = fields.arg_field_name("the name of the attribute")?;
        let (name, span) = (named.value.to_string(), named.span);
        let Some(wire) = fields.prop_text_opt("as") else {
            // What declares a namespace is no attribute, whatever an author calls his.
            let wire = element::wire_name(fields, At { value: &name, span });
            return self.field(fields, parent, &name, wire.unwrap_or_else(|| name.clone()));
        };
        if let Some((prefix, local)) = wire.value.split_once(':') {
            let namespace = self.prefixed(fields, At { value: prefix, span: wire.span });
            let local = element::wire_name(fields, At { value: local, span: wire.span });
            let before = self.ism.len();
            let field = self.field(fields, parent, &name, local.unwrap_or_else(|| name.clone()))?;
            let field = Field { namespace: namespace?, opening: format!(" {}=\"", wire.value), ..field };
            let has_role = self.ism.len() > before;
            self.check_ism(fields, (&field, &name), has_role);
            return Some(field);
        }
        let wire = element::wire_name(fields, wire).unwrap_or_else(|| name.clone());
        self.field(fields, parent, &name, wire)
    }

    /// Reads the kind and the settings of a value, and adds it to the shape.
    pub(super) fn field(
        &mut self,
        fields: &mut Fields<'_, '_>,
        parent: NodeId,
        name: &str,
        wire: String,
    ) -> Option<Field> {
        if let Some(embed) = fields.prop_text_opt("embed") {
            return self.carried_field(fields, parent, (name, wire), embed);
        }
        let read = self.kind(fields);
        let options = self.options(fields, read.as_ref(), false);
        let Read { kind, form, stamp, unknown, wires, .. } = read?;
        let scanned = kind.is_open_text() && options.unscanned.is_none();
        let free = options.role == Some(Role::FreeText);
        let optional = options.optional;
        let node = self.build.value(parent, name, kind.clone(), options);
        let node = self.room(fields, node)?;
        let opening = if wire.is_empty() { String::new() } else { format!(" {wire}=\"") };
        Some(Field {
            wire,
            head: 0,
            node,
            slot: Slot(0),
            optional,
            kind,
            form,
            stamp,
            carried: None,
            unknown,
            wires,
            scanned,
            free,
            namespace: 0,
            opening,
        })
    }

    /// Reads `optional`, `role`, `unit`, `sensitive`, `drop-safe`, `scan` and `reason`. `read` is `None` for elements;
    /// `may_be_empty` is true for lists without a least number of rows.
    pub(super) fn options(
        &mut self,
        fields: &mut Fields<'_, '_>,
        read: Option<&Read>,
        may_be_empty: bool,
    ) -> NodeOptions {
        let optional = fields.prop_bool_or("optional", false);
        let role = self.role(fields, read);
        let sensitive = fields.prop_bool_or("sensitive", false);
        let drop_safe = fields.prop_bool_or("drop-safe", false);
        let mut options = NodeOptions { optional, role, sensitive, drop_safe, ..NodeOptions::default() };
        if let Some(read) = read {
            options.unknown = read.unknown;
            options.meanings.clone_from(&read.meanings);
            options.unit = unit(fields, &read.kind);
            options.unscanned = unscanned(fields, &read.kind);
        }
        if let Some(span) = fields.prop_opt("drop-safe").map(|prop| prop.name_span)
            && drop_safe
        {
            if options.never_left_out(read.map(|read| &read.kind)).is_some() {
                fields.error(
                    &codes::NEVER_DROP_SAFE,
                    span,
                    "without this field the object would say something else",
                );
            } else if !optional && !may_be_empty {
                fields.error(&codes::DROP_REQUIRED, span, "this part is required, so it is never drop-safe");
            }
        }
        options
    }

    fn role(&mut self, fields: &mut Fields<'_, '_>, read: Option<&Read>) -> Option<Role> {
        let words = Role::NAMES.map(|(_, word)| word);
        let word = fields.prop_word_opt("role", &words)?;
        let role = Role::named(word.value)?;
        let kind = read.map(|read| &read.kind);
        let clock = read.is_some_and(|read| read.clock)
            && role.name().starts_with("time.")
            && !role.is_reference_day();
        if !clock && !fits(role, kind) {
            let is = kind.map_or("an element", Kind::name);
            let message = format!("the role {} does not fit {is}", role.name());
            fields.error(&codes::ROLE, word.span, message);
        }
        if let Some(first) = self.taken(role, kind, word.span) {
            let message = format!("the role {} stands twice", role.name());
            fields.error(&codes::SAME_ROLE, word.span, message).label(first, "the first one");
        }
        if role == Role::MarkingIsm {
            self.ism.push(word.span);
        }
        if role == Role::TimeObserved || role.is_reference_day() {
            self.times.push((role, word.span));
        }
        Some(role)
    }

    /// Where a role that speaks for the whole object was given to a part before; otherwise it is now given to one of this
    /// kind, at `span`.
    pub(super) fn taken(&mut self, role: Role, kind: Option<&Kind>, span: Span) -> Option<Span> {
        // Several numbers may say together which sensor it was.
        let together = role == Role::IdentitySource && matches!(kind, Some(Kind::Integer { .. }));
        if !ONCE.contains(&role) || together {
            return None;
        }
        let first = self.roles.iter().find(|(known, _)| *known == role).map(|(_, first)| *first);
        if first.is_none() {
            self.roles.push((role, span));
        }
        first
    }
}

/// True for year, month and day of the day from which times count.
fn is_number_of_day(role: Role) -> bool {
    role.is_reference_day() && role != Role::TimeReferenceDate
}

/// True where a field of this kind, or an element, may have the role.
fn fits(role: Role, kind: Option<&Kind>) -> bool {
    let name = role.name();
    match kind {
        None => is_marking_element(role),
        Some(Kind::Time) => {
            (name.starts_with("time.") && !is_number_of_day(role))
                || matches!(role, Role::MarkingCreated | Role::MarkingReview | Role::MarkingSuccession)
        }
        Some(Kind::Decimal { .. }) => name.starts_with("position."),
        Some(Kind::Integer { .. }) => matches!(
            role,
            Role::Priority
                | Role::IdentityTrack
                | Role::IdentitySource
                | Role::MarkingNative
                | Role::TimeReferenceYear
                | Role::TimeReferenceMonth
                | Role::TimeReferenceDay
        ),
        Some(Kind::Flag) => name.starts_with("flag."),
        Some(Kind::Code(_) | Kind::Enum(_)) if is_marking_text(role) => false,
        Some(Kind::Code(tree)) => {
            if name.starts_with("flag.") {
                return !tree.meanings().is_empty();
            }
            matches!(role, Role::IdentityKind | Role::Priority) || is_marking_value(role)
        }
        Some(Kind::Enum(_)) => matches!(role, Role::IdentityKind | Role::Priority) || is_marking_value(role),
        Some(Kind::Text { .. }) => {
            name.starts_with("identity.")
                || matches!(role, Role::FreeText | Role::Priority)
                || is_marking_value(role)
        }
    }
}

/// True for markings as people read them.
fn is_marking_text(role: Role) -> bool {
    matches!(role, Role::MarkingBanner | Role::MarkingPortion | Role::MarkingIsm)
}

fn is_marking_element(role: Role) -> bool {
    role.is_label() || matches!(role, Role::MarkingCategory | Role::MarkingSuccessor)
}

fn is_marking_value(role: Role) -> bool {
    let is_time = matches!(role, Role::MarkingCreated | Role::MarkingReview | Role::MarkingSuccession);
    role.is_marking() && !is_marking_element(role) && !is_time
}

fn unit(fields: &mut Fields<'_, '_>, kind: &Kind) -> Option<String> {
    let unit = fields.prop_text_opt("unit")?;
    if !matches!(kind, Kind::Decimal { .. } | Kind::Integer { .. }) {
        fields.error(&codes::UNIT, unit.span, format!("{} has no unit", kind.name()));
    }
    Some(unit.value.to_owned())
}

/// The author's reason for `scan=#false`.
fn unscanned(fields: &mut Fields<'_, '_>, kind: &Kind) -> Option<String> {
    let scan = fields.prop_bool_opt("scan");
    let reason = fields.prop_text_opt("reason");
    match (scan.filter(|scan| !scan.value), reason) {
        (Some(scan), _) if !kind.is_open_text() => {
            fields.error(&codes::SCAN_REASON, scan.span, format!("{} is never scanned", kind.name()));
            None
        }
        (Some(scan), None) => {
            fields.error(&codes::SCAN_REASON, scan.span, "scan=#false needs reason=");
            None
        }
        (Some(scan), Some(reason)) => {
            let message = format!("this text is not searched for listed words: {}", reason.value);
            fields.diagnostics().warning(&codes::UNSCANNED, scan.span, message);
            Some(reason.value.to_owned())
        }
        (None, Some(reason)) => {
            fields.error(&codes::SCAN_REASON, reason.span, "a reason stands without scan=#false");
            None
        }
        (None, None) => None,
    }
}
