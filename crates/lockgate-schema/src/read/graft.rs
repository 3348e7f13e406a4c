//! Embedded types: their records become part of this one. And the cells of everything, once all is known.

use super::{TypeReader, codes};
use crate::Type;
use crate::model::{Content, Element, Field, OpenSet, Rows, head_of};
use lockgate_bytes::Span;
use lockgate_notation::Fields;
use lockgate_record::{Form, Kind, NodeId, NodeOptions, Role, Shape};
use std::sync::Arc;

impl TypeReader<'_> {
    /// Copies the record of `other` under `node`; `level` is that of its root element here, `embed` what asks for it. `None`
    /// where the shape or the table of namespaces is full, which is told.
    pub(super) fn graft(
        &mut self,
        fields: &mut Fields<'_, '_>,
        (other, embed): (&Type, Span),
        node: NodeId,
        level: usize,
    ) -> Option<Element> {
        self.graft_part(fields, (other, embed), &other.model().root, node, level)
    }

    /// The same of `element`, one of the elements of `other`.
    pub(super) fn graft_part(
        &mut self,
        fields: &mut Fields<'_, '_>,
        (other, embed): (&Type, Span),
        element: &Element,
        node: NodeId,
        level: usize,
    ) -> Option<Element> {
        let model = other.model();
        let namespaces: Option<Vec<u8>> =
            model.namespaces.iter().map(|namespace| self.namespace_index(namespace)).collect();
        let (mut again, mut unprefixed) = (Vec::new(), false);
        let grafted = namespaces.and_then(|namespaces| {
            let shape = other.shape();
            let (again, unprefixed) = (&mut again, &mut unprefixed);
            Graft { reader: self, shape, namespaces, embed, again, unprefixed }.element(element, node, level)
        });
        if unprefixed {
            let message = "the embedded type has attributes of a namespace that has no prefix here";
            fields.error(&codes::QUALIFIED, embed, message);
        }
        for (role, path, first) in again {
            let message = format!("the role {} stands twice: `{path}` has it too", role.name());
            fields.error(&codes::SAME_ROLE, embed, message).label(first, "the first one");
        }
        if grafted.is_none() {
            let span = fields.noun_span();
            fields.error(&codes::TOO_MANY_PARTS, span, "the embedded type has no room here");
        }
        grafted
    }
}

struct Graft<'g, 'r> {
    reader: &'g mut TypeReader<'r>,
    shape: &'g Shape,
    /// The index here of each namespace there.
    namespaces: Vec<u8>,
    /// Where the type says that it embeds this.
    embed: Span,
    /// Roles of parts there that a part here, or a part there, has already; the path there, and where the first one is.
    again: &'g mut Vec<(Role, String, Span)>,
    /// Some attribute is of a namespace that has no prefix here.
    unprefixed: &'g mut bool,
}

impl Graft<'_, '_> {
    fn element(&mut self, old: &Element, node: NodeId, level: usize) -> Option<Element> {
        self.reader.deepest = self.reader.deepest.max(level);
        let mut new = old.clone();
        new.node = node;
        new.namespace = *self.namespaces.get(usize::from(old.namespace))?;
        new.attributes = old.attributes.iter().map(|field| self.field(field, node)).collect::<Option<_>>()?;
        new.open_attributes = self.open_set(old.open_attributes.as_ref(), node)?;
        new.content = match &old.content {
            Content::Elements => Content::Elements,
            Content::Text(field) => Content::Text(self.field(field, node)?),
            // Its cells are told by nodes of the whole type.
            Content::Value(field) if field.carried.is_some() => return None,
            Content::Value(field) => Content::Value(Field { node, ..field.clone() }),
        };
        new.children =
            old.children.iter().map(|child| self.child(child, node, level)).collect::<Option<_>>()?;
        new.open_elements = self.open_set(old.open_elements.as_ref(), node)?;
        Some(new)
    }

    fn child(&mut self, old: &Element, parent: NodeId, level: usize) -> Option<Element> {
        let kind = match &old.content {
            Content::Value(field) => Some(&field.kind),
            Content::Elements | Content::Text(_) => None,
        };
        let (name, options) = self.named(old.node, kind)?;
        let node = match (&old.content, old.rows) {
            (Content::Value(field), _) => {
                self.reader.build.value(parent, &name, field.kind.clone(), options)?
            }
            (_, Some(rows)) => self.reader.build.list(parent, &name, rows.min, rows.max, options)?,
            (_, None) => self.reader.build.section(parent, &name, options)?,
        };
        self.element(old, node, level.saturating_add(1))
    }

    fn field(&mut self, old: &Field, parent: NodeId) -> Option<Field> {
        if old.carried.is_some() {
            return None;
        }
        let (name, options) = self.named(old.node, Some(&old.kind))?;
        let node = self.reader.build.value(parent, &name, old.kind.clone(), options)?;
        if old.namespace == 0 {
            return Some(Field { node, ..old.clone() });
        }
        let namespace = *self.namespaces.get(usize::from(old.namespace))?;
        let opening = self.reader.opening_here(&old.wire, namespace);
        *self.unprefixed |= opening.is_none();
        Some(Field { node, namespace, opening: opening.unwrap_or_default(), ..old.clone() })
    }

    /// `Some(None)` where there is none to copy.
    #[expect(clippy::option_option, reason = "the outer one is the error, the inner one is the value")]
    fn open_set(&mut self, old: Option<&OpenSet>, parent: NodeId) -> Option<Option<OpenSet>> {
        let Some(old) = old else { return Some(None) };
        let (name, options) = self.named(old.node, None)?;
        let node = self.reader.build.list(parent, &name, old.rows.min, old.rows.max, options)?;
        let (name, value) = (self.field(&old.name, node)?, self.field(&old.value, node)?);
        Some(Some(OpenSet { node, name, value, ..old.clone() }))
    }

    /// What the part is called there, and its settings; its role is taken here.
    fn named(&mut self, node: NodeId, kind: Option<&Kind>) -> Option<(String, NodeOptions)> {
        let node = self.shape.node(node)?;
        if let Some(role) = node.options.role
            && let Some(first) = self.reader.taken(role, kind, self.embed)
        {
            self.again.push((role, node.path.clone(), first));
        }
        Some((node.name.clone(), node.options.clone()))
    }
}

/// Fills in, for `element` and everything inside it, the cells from the finished shape, the heads of names and the canonical tags. It
/// stands in an element of the namespace `around`.
pub(super) fn place(element: &mut Element, shape: &Shape, namespaces: &[String], around: u8) {
    let wire = &element.wire;
    let namespace = namespaces.get(usize::from(element.namespace)).map_or("", String::as_str);
    element.opening = if element.namespace == around {
        format!("<{wire}")
    } else {
        format!("<{wire} xmlns=\"{namespace}\"")
    };
    element.head = head_of(wire.as_bytes());
    element.closing = format!("</{wire}>");
    if let Some(node) = shape.node(element.node) {
        element.slot = node.slot;
    }
    place_rows(&mut element.rows, element.node, shape);
    element.required = 0;
    for (field, place) in element.attributes.iter_mut().zip(0_u32..64) {
        place_field(field, shape);
        element.required |= u64::from(!field.optional).wrapping_shl(place);
    }
    if let Content::Text(field) | Content::Value(field) = &mut element.content {
        place_field(field, shape);
    }
    for set in [&mut element.open_attributes, &mut element.open_elements].into_iter().flatten() {
        if let Some(node) = shape.node(set.node) {
            set.slot = node.slot;
        }
        set.rows = width(set.rows, set.node, shape);
        place_field(&mut set.name, shape);
        place_field(&mut set.value, shape);
    }
    (element.required_children, element.many_children) = (0, false);
    for (child, at) in element.children.iter_mut().zip(0_u32..) {
        place(child, shape, namespaces, element.namespace);
        let least = child.rows.map_or(u16::from(!child.optional), |rows| rows.min);
        element.required_children |= u64::from(least > 0).checked_shl(at).unwrap_or(0);
        element.many_children |= least > 1 || at > 63;
    }
}

fn place_rows(rows: &mut Option<Rows>, node: NodeId, shape: &Shape) {
    *rows = rows.map(|rows| width(rows, node, shape));
}

fn width(rows: Rows, node: NodeId, shape: &Shape) -> Rows {
    let group = shape.node(node).and_then(|node| match node.form {
        Form::List { rows, .. } => shape.group(rows),
        Form::Section | Form::Value(_) => None,
    });
    Rows { width: group.map_or(rows.width, |group| group.width), ..rows }
}

fn place_field(field: &mut Field, shape: &Shape) {
    field.head = head_of(field.wire.as_bytes());
    field.carried = field.carried.as_ref().map(|carried| Arc::new(carried.placed(shape)));
    if let Some(node) = shape.node(field.node) {
        field.slot = node.slot;
    }
}
