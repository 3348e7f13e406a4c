//! The members of every object, sorted as the canonical encoding has them, with a table of their names.

use crate::model::{Content, Element, Field, Model, Rows};
use crate::program::{Key, Lookup};
use lockgate_record::{NodeId, Slot};

/// The objects of a type. Object 0 is the record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Objects {
    pub(super) all: Box<[Object]>,
}

/// An object, or the rows of an array.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) node: NodeId,
    pub(super) slot: Slot,
    pub(super) optional: bool,
    pub(super) rows: Option<Rows>,
    /// An array whose places are the members, in their order.
    pub(super) places: bool,
    /// What each row is, where the rows are no objects.
    pub(super) item: Option<Field>,
    pub(super) members: Box<[Member]>,
    names: Lookup,
    pub(super) lane: bool,
}

/// A member, with its name as it is written: `"id":`.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) opening: String,
    pub(super) is: Is,
}

/// What a member is.
#[derive(Clone, Debug)]
pub(super) enum Is {
    Value(Box<Field>),
    /// An object or array, by its number.
    Object(u16),
}

impl Objects {
    /// The objects of a model.
    pub(crate) fn new(model: &Model) -> Self {
        let mut all = Vec::new();
        add(&model.root, &mut all);
        Self { all: all.into_iter().flatten().collect() }
    }

    pub(super) fn object(&self, number: u16) -> Option<&Object> {
        self.all.get(usize::from(number))
    }
}

impl Object {
    /// The number of the member of this name.
    pub(super) fn find(&self, name: &[u8]) -> Option<u16> {
        self.names.find(Key::at(name, 0, name.len()), || name, |_| true)
    }
}

/// Appends `element` with all that stands in it; gives its number. The depth of the recursion is that of the type.
fn add(element: &Element, all: &mut Vec<Option<Object>>) -> u16 {
    let number = all.len();
    all.push(None);
    let mut members: Vec<(&str, Is)> = Vec::new();
    for field in &element.attributes {
        members.push((&field.wire, Is::Value(Box::new(field.clone()))));
    }
    for child in &element.children {
        members.push((&child.wire, Is::Object(add(child, all))));
    }
    // Names are ASCII, so bytes sort as units of UTF-16 do (RFC 8785, section 3.2.3).
    if !element.places {
        members.sort_by_key(|(name, _)| *name);
    }
    let names = Lookup::new(members.iter().map(|(name, _)| *name).zip(0..));
    let members = members.into_iter().map(|(name, is)| Member { opening: format!("\"{name}\":"), is });
    let object = Object {
        node: element.node,
        slot: element.slot,
        optional: element.optional,
        rows: element.rows,
        places: element.places,
        item: match &element.content {
            Content::Text(field) | Content::Value(field) => Some(field.clone()),
            Content::Elements => None,
        },
        members: members.collect(),
        names,
        lane: element.lane,
    };
    if let Some(place) = all.get_mut(number) {
        *place = Some(object);
    }
    u16::try_from(number).unwrap_or(u16::MAX)
}
