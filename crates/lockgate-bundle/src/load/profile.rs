//! `profiles/`, and labels as files write them.

use crate::report::{self, Text};
use lockgate_marking::native::NativeFormat;
use lockgate_marking::{
    Carrier, CarrierValue, Claim, Claimed, Display, Label, Place, PolicySet, Profile, ProfileText,
};
use lockgate_notation::{Diagnostics, Document, Fields};
use lockgate_us::{EDITIONS, Edition};

pub(crate) fn profile(fields: &mut Fields<'_, '_>) -> Option<ProfileText> {
    let name = fields.arg_name("the name of the profile");
    let policy = fields.prop_text("policy");
    let mut carriers = Vec::new();
    for node in fields.children_some("carrier") {
        carriers.push(fields.read(node, carrier));
    }
    Some(ProfileText {
        name: name?.value.to_string(),
        policy: policy?.value.to_owned(),
        carriers: carriers.into_iter().collect::<Option<_>>()?,
    })
}

fn carrier(fields: &mut Fields<'_, '_>) -> Option<Carrier> {
    let role = fields.arg_text("the role of the field")?;
    if !lockgate_record::Role::named(role.value).is_some_and(lockgate_record::Role::is_marking) {
        let known =
            lockgate_record::Role::NAMES.iter().filter(|(role, _)| role.is_marking()).map(|(_, name)| *name);
        report::unknown(fields.diagnostics(), &role, "marking role", known);
    }
    let separator = fields.prop_text_opt("separator").map(|separator| separator.value.to_owned());
    let codes = fields.prop_word_opt("codes", &["iso3166-alpha3"]);
    let nations_of = match codes {
        Some(_) => Some(fields.prop_text("tag")?.value.to_owned()),
        None => None,
    };
    let formats = NativeFormat::NAMES.map(|(_, name)| name);
    let format = match role.value {
        "marking.native" | "marking.level" => fields.prop_word_opt("format", &formats),
        _ => None,
    };
    let format = format.and_then(|word| NativeFormat::named(word.value));
    let us = us(fields, role.value);
    let display = if us.is_none() { display(fields, role.value) } else { None };
    let values = fields.each("value", |part| {
        let texts = part.args_text_some("a text").into_iter().map(|text| text.value.to_owned()).collect();
        let level = part.prop_text_opt("level").map(|level| level.value.to_owned());
        let categories = categories(part);
        CarrierValue { texts, level, categories: pairs(&categories) }
    });
    let mut unlabelled = Vec::new();
    for node in fields.children("unlabelled") {
        fields.read(node, |part| {
            while let Some(text) = part.arg_any_text_opt("a text") {
                unlabelled.push(text.value.to_owned());
            }
        });
    }
    Some(Carrier {
        role: role.value.to_owned(),
        values,
        unlabelled,
        separator,
        display,
        nations_of,
        format,
        us,
    })
}

/// The edition of the United States' markings that a banner or portion mark is written under: `us="capco-2016"`.
fn us(fields: &mut Fields<'_, '_>, role: &str) -> Option<&'static Edition> {
    if !matches!(role, "marking.banner" | "marking.portion" | "marking.ism") {
        return None;
    }
    let editions: Vec<&str> = EDITIONS.iter().map(|edition| edition.name).collect();
    let edition = fields.prop_word_opt("us", &editions)?;
    Edition::named(edition.value)
}

/// Banners and portion marks are read with the words of the policy: `place=` says which, `language=` in which language.
fn display(fields: &mut Fields<'_, '_>, role: &str) -> Option<Display> {
    let usual = match role {
        "marking.banner" => Place::PageTop,
        "marking.portion" => Place::Portion,
        _ => return None,
    };
    let places: Vec<&str> = Place::ALL.iter().map(|place| place.name()).collect();
    let place = fields.prop_word_opt("place", &places).and_then(|word| Place::named(word.value));
    let language = fields.prop_text_opt("language").map(|language| language.value.to_owned());
    Some(Display { place: place.unwrap_or(usual), language })
}

/// `category "Tag" "value" "value"`, any number of times.
pub(crate) fn categories(fields: &mut Fields<'_, '_>) -> Vec<(Text, Vec<Text>)> {
    let found = fields.each("category", |part| {
        let tag = part.arg_text("the tag");
        let values = part.args_text_some("a value of the tag");
        Some((report::own(tag?), values.into_iter().map(report::own).collect()))
    });
    found.into_iter().flatten().collect()
}

fn pairs(categories: &[(Text, Vec<Text>)]) -> Vec<(String, String)> {
    let all =
        categories.iter().flat_map(|(tag, values)| values.iter().map(|value| (&tag.value, &value.value)));
    all.map(|(tag, value)| (tag.clone(), value.clone())).collect()
}

/// The label with this level and these categories, in `policy`. What the policy does not know is reported in
/// `document`.
pub(crate) fn label_of(
    policies: &PolicySet,
    policy: &str,
    level: &str,
    categories: &[(Text, Vec<Text>)],
    document: &Document,
    diagnostics: &mut Diagnostics,
) -> Option<Label> {
    match label_from(policies, policy, level, pairs(categories)) {
        Ok(label) => label,
        Err(faults) => {
            report::faults(diagnostics, document, faults);
            None
        }
    }
}

/// A label is read as a profile with one text reads it: by the same code that reads the labels of objects.
pub(crate) fn label_from(
    policies: &PolicySet,
    policy: &str,
    level: &str,
    categories: Vec<(String, String)>,
) -> Result<Option<Label>, Vec<lockgate_marking::Fault>> {
    let role = "marking.level".to_owned();
    let value = CarrierValue { texts: vec!["label".to_owned()], level: Some(level.to_owned()), categories };
    let carrier = Carrier { role: role.clone(), values: vec![value], ..Carrier::default() };
    let text = ProfileText { name: "label".to_owned(), policy: policy.to_owned(), carriers: vec![carrier] };
    let profile = Profile::compile(&text, policies)?;
    let mut claim = Claim::default();
    let read = profile.carrier(&role).map(|carrier| claim.read(&profile, carrier, "label"));
    Ok(match (read, claim.finish(&profile)) {
        (Some(Ok(())), Ok(Claimed::Label(label))) => Some(label),
        _ => None,
    })
}
