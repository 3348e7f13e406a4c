//! Labels that are bound into an object: where their words stand in a type, and how they are read.

use crate::carriers::{Field, field, parent, words};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_marking::{Label, LabelBuilder, PolicySet, Succession, TagClaim, WholeLabel};
use lockgate_reason::{Finding, marking};
use lockgate_record::{Block, Cell, Form, NodeId, Record, Role, Shape, Slot, Value};

/// An embedded STANAG 4774 label (or any other that is described by the same roles).
#[derive(Debug)]
pub(crate) struct LabelCarrier {
    pub(crate) section: Field,
    /// Several of them may stand here.
    is_list: bool,
    pub(crate) policy: Option<Field>,
    pub(crate) policy_id: Option<Field>,
    pub(crate) level: Option<Field>,
    pub(crate) created: Option<Field>,
    pub(crate) review: Option<Field>,
    pub(crate) succession: Option<Field>,
    pub(crate) privacy: Option<Field>,
    pub(crate) categories: Option<CategoryList>,
    /// The label that is to succeed it.
    pub(crate) successor: Option<Box<LabelCarrier>>,
}

/// The list of a label's categories, and the list of values in each.
#[derive(Debug)]
pub(crate) struct CategoryList {
    pub(crate) list: Field,
    pub(crate) tag_name: Option<Field>,
    pub(crate) tag_type: Option<Field>,
    /// The words of `tag_type` where it is an enumeration.
    pub(crate) tag_types: Vec<String>,
    pub(crate) tag_id: Option<Field>,
    /// The list of values, and the value within its rows.
    pub(crate) values: Option<(Field, Field)>,
}

impl LabelCarrier {
    /// The one whose element has this role.
    pub(crate) fn with_role(shape: &Shape, role: Role) -> Option<Self> {
        shape.with_role(role).and_then(|section| Self::find(shape, section))
    }

    fn find(shape: &Shape, section: NodeId) -> Option<Self> {
        let inner = |role| field(shape, inside(shape, section, role)?);
        let successor = inside(shape, section, Role::MarkingSuccessor);
        Some(Self {
            section: field(shape, section)?,
            is_list: matches!(shape.node(section)?.form, Form::List { .. }),
            privacy: inner(Role::MarkingPrivacyMark),
            successor: successor.and_then(|successor| Self::find(shape, successor)).map(Box::new),
            policy: inner(Role::MarkingPolicy),
            policy_id: inner(Role::MarkingPolicyId),
            level: inner(Role::MarkingLevel),
            created: inner(Role::MarkingCreated),
            review: inner(Role::MarkingReview),
            succession: inner(Role::MarkingSuccession),
            categories: inside(shape, section, Role::MarkingCategory)
                .and_then(|list| CategoryList::find(shape, list)),
        })
    }
}

impl LabelCarrier {
    /// The blocks in which such labels stand, each with the cell that says where: the record's own, or the rows of the
    /// list.
    pub(crate) fn places<'r>(&'r self, record: &'r Record) -> impl Iterator<Item = (Block, Cell)> + use<'r> {
        let cell = self.section.cell(record, Block::ROOT);
        let is_there = cell.value != Value::Absent;
        let own = (is_there && !self.is_list).then_some((Block::ROOT, cell));
        let rows = record.rows(Block::ROOT, self.section.slot).filter(|_| self.is_list);
        own.into_iter().chain(rows.map(|row| (row, record.cell(row, Slot(0)))))
    }

    /// Reads a label element word by word, in the order policy, level, privacy mark, categories, dates; then the one that
    /// is to succeed it.
    pub(crate) fn read(
        &self,
        builder: &mut LabelBuilder,
        policies: &PolicySet,
        (record, block): (&Record, Block),
        source: &[u8],
    ) -> Result<WholeLabel, Finding> {
        self.tell(builder, policies, (record, block), source)?;
        let on = time(self.succession, record, block);
        if let Some(on) = on {
            builder.succession(on)?;
        }
        let label = builder.finish()?;
        let Some(successor) = &self.successor else { return Ok(WholeLabel { label, succession: None }) };
        let Some(on) = on else {
            // The types that ship ask for the date; another one may not.
            let is_there = !record.is_absent(block, successor.section.slot);
            let undated =
                Finding::new(marking::UNREADABLE_DATE).saying("a successor without the date it holds from");
            return if is_there { Err(undated) } else { Ok(WholeLabel { label, succession: None }) };
        };
        successor.tell(builder, policies, (record, block), source)?;
        let succession = Succession { on, label: builder.finish_successor()? };
        succession.check(&label, policies)?;
        Ok(WholeLabel { label, succession: Some(succession) })
    }

    /// Tells the builder what stands here, but for the dates of a succession.
    fn tell(
        &self,
        builder: &mut LabelBuilder,
        policies: &PolicySet,
        (record, block): (&Record, Block),
        source: &[u8],
    ) -> Result<(), Finding> {
        let text = |field: Option<Field>| field.and_then(|field| field.text(record, block, source));
        let created = time(self.created, record, block);
        builder.begin_made(policies, text(self.policy).unwrap_or(""), text(self.policy_id), created)?;
        builder.level(policies, text(self.level).unwrap_or(""))?;
        if let Some(mark) = text(self.privacy) {
            builder.privacy_mark(policies, mark)?;
        }
        if let Some(list) = &self.categories {
            list.read(builder, policies, (record, block), source)?;
        }
        if let Some(at) = created {
            builder.created(at)?;
        }
        if let Some(at) = time(self.review, record, block) {
            builder.review(at)?;
        }
        Ok(())
    }
}

fn time(field: Option<Field>, record: &Record, block: Block) -> Option<Time> {
    match record.value(block, field?.slot) {
        Value::Time(at) => Some(at),
        _ => None,
    }
}

/// Reads the label of an object that is a label and nothing else.
#[derive(Debug)]
pub struct LabelReader {
    carrier: LabelCarrier,
}

impl LabelReader {
    /// The reader for labels of this shape, whose record is the label element itself.
    pub fn of(shape: &Shape) -> Option<Self> {
        LabelCarrier::find(shape, shape.root()).map(|carrier| Self { carrier })
    }

    /// The label in `record`, which was read from `source`. It is not yet known to be valid under its policy.
    ///
    /// # Errors
    /// Those of [`LabelBuilder`]: the first word that is not one of the policy's.
    pub fn read(&self, policies: &PolicySet, record: &Record, source: &[u8]) -> Result<Label, Finding> {
        let whole = self.carrier.read(&mut LabelBuilder::new(), policies, (record, Block::ROOT), source);
        whole.map(|whole| whole.label)
    }
}

impl CategoryList {
    fn find(shape: &Shape, list: NodeId) -> Option<Self> {
        let inner = |role| field(shape, inside(shape, list, role)?);
        let values = inside(shape, list, Role::MarkingValue).and_then(|value| {
            let rows = shape.node(value)?.parent?;
            Some((field(shape, rows)?, field(shape, value)?))
        });
        Some(Self {
            list: field(shape, list)?,
            tag_name: inner(Role::MarkingTagName),
            tag_type: inner(Role::MarkingTagType),
            tag_types: inside(shape, list, Role::MarkingTagType).map_or_else(Vec::new, |id| words(shape, id)),
            tag_id: inner(Role::MarkingTagId),
            values,
        })
    }
}

impl CategoryList {
    fn read(
        &self,
        builder: &mut LabelBuilder,
        policies: &PolicySet,
        (record, block): (&Record, Block),
        source: &[u8],
    ) -> Result<(), Finding> {
        let text = |field: Option<Field>, block| field.and_then(|field| field.text(record, block, source));
        for row in record.rows(block, self.list.slot) {
            let kind = match self.tag_type.map(|field| record.value(row, field.slot)) {
                Some(Value::Enum(index)) => self.tag_types.get(usize::from(index)).map(String::as_str),
                _ => text(self.tag_type, row),
            };
            let name = text(self.tag_name, row).unwrap_or("");
            builder.tag(policies, TagClaim { name, kind: kind.unwrap_or(""), id: text(self.tag_id, row) })?;
            let Some((values, value)) = self.values else { continue };
            for row in record.rows(row, values.slot) {
                builder.value(policies, value.text(record, row, source).unwrap_or(""))?;
            }
        }
        Ok(())
    }
}

/// The first node with `role` below `ancestor`; what stands in a successor is the successor's.
fn inside(shape: &Shape, ancestor: NodeId, role: Role) -> Option<NodeId> {
    let of_successor = |id: NodeId| {
        let above = core::iter::successors(parent(shape, id), |id| parent(shape, *id));
        let mut between = above.take_while(|id| *id != ancestor);
        between.any(|id| shape.node(id).is_some_and(|node| node.options.role == Some(Role::MarkingSuccessor)))
    };
    shape
        .nodes()
        .filter(|(_, node)| node.options.role == Some(role))
        .map(|(id, _)| id)
        .find(|id| is_below(shape, *id, ancestor) && !of_successor(*id))
}

fn is_below(shape: &Shape, node: NodeId, ancestor: NodeId) -> bool {
    let mut above = shape.node(node).and_then(|node| node.parent);
    while let Some(parent) = above {
        if parent == ancestor {
            return true;
        }
        above = shape.node(parent).and_then(|node| node.parent);
    }
    false
}
