//! `agreements/` and `equivalences/`: what is dated and rests on somebody's authority.

use super::{nation, parties, valid};
use crate::report::{Text, own};
use lockgate_marking::{Agreement, Equivalence, Forbidden, LevelTerm};
use lockgate_notation::Fields;

/// An agreement as authored.
#[derive(Clone, Debug)]
pub struct AgreementFile {
    /// The agreement.
    pub agreement: Agreement,
    pub(crate) covers: Vec<Text>,
    pub(crate) ceiling: (Text, Text),
}

pub(crate) fn agreement(fields: &mut Fields<'_, '_>) -> Option<AgreementFile> {
    let name = fields.arg_name("the name of the agreement");
    let demonstration = fields.prop_bool_or("demonstration", false);
    let giver = fields.child_opt("giver").map(|node| fields.read(node, |giver| nation(giver, "a nation")));
    let parties = fields.within("parties", parties);
    let covers = fields.within("covers", |part| part.args_text_some("a data category"));
    let ceiling = fields.within("ceiling", |part| (part.prop_text("policy"), part.prop_text("level")));
    let forbids = fields.each("forbids", values_of_tag);
    let allows = fields.each("allows", values_of_tag);
    let valid = valid(fields);
    let authority = fields.child_text("authority");
    let (policy, level) = ceiling?;
    let (policy, level) = (own(policy?), own(level?));
    let covers: Vec<Text> = covers?.into_iter().map(own).collect();
    let (from, until) = valid?;
    let giver = match giver {
        Some(giver) => Some(giver?),
        None => None,
    };
    let agreement = Agreement {
        name: name?.value.to_string(),
        demonstration,
        giver,
        parties: parties?,
        covers: covers.iter().map(|category| category.value.clone()).collect(),
        ceiling_policy: policy.value.clone(),
        ceiling_level: level.value.clone(),
        forbids: forbids.into_iter().collect::<Option<_>>()?,
        allows: allows.into_iter().collect::<Option<_>>()?,
        from,
        until,
        authority: authority?.value.to_owned(),
    };
    Some(AgreementFile { agreement, covers, ceiling: (policy, level) })
}

/// `forbids tag="Special Handling" "NATIONAL EYES"`.
fn values_of_tag(part: &mut Fields<'_, '_>) -> Option<Forbidden> {
    let tag = part.prop_text("tag");
    let values = part.args_text("a value of the tag");
    let values = values.into_iter().map(|value| value.value.to_owned()).collect();
    Some(Forbidden { tag: tag?.value.to_owned(), values })
}

/// `level "INTERNO" is="RESTRICTED" language="sl"`; `category "AUT" tag="Releasable To" is="AUT" is-tag="Rel To"`.
pub(crate) fn equivalence(fields: &mut Fields<'_, '_>) -> Option<Equivalence> {
    let name = fields.arg_name("the name of the equivalence");
    let (from, to) = (fields.prop_text("from"), fields.prop_text("to"));
    let levels = fields.each("level", |part| {
        let (level, is) = (part.arg_text("a level"), part.prop_text("is"));
        let language = part.prop_text_opt("language").map(|language| language.value.to_owned());
        Some(LevelTerm { term: level?.value.to_owned(), language, is: is?.value.to_owned() })
    });
    let categories = fields.each("category", |part| {
        let (value, tag) = (part.arg_text("a value"), part.prop_text("tag"));
        let (is, is_tag) = (part.prop_text("is"), part.prop_text("is-tag"));
        let pair = |tag: &str, value: &str| (tag.to_owned(), value.to_owned());
        Some((pair(tag?.value, value?.value), pair(is_tag?.value, is?.value)))
    });
    let valid = valid(fields);
    let authority = fields.child_text("authority");
    let (valid_from, valid_until) = valid?;
    Some(Equivalence {
        name: name?.value.to_string(),
        from: from?.value.to_owned(),
        to: to?.value.to_owned(),
        levels: levels.into_iter().collect::<Option<_>>()?,
        categories: categories.into_iter().collect::<Option<_>>()?,
        valid_from,
        valid_until,
        authority: authority?.value.to_owned(),
    })
}
