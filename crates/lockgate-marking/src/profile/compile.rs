//! From a profile as authored to what reads its fields.

use super::{Carrier, CarrierIx, CarrierValue, Compiled, Meaning, ProfileText, Said, key, us};
use crate::native::NativeFormat;
use crate::{Fault, Nation, Policy, PolicySet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Compiles one carrier.
pub(super) fn carrier(
    carrier: &Carrier,
    (policies, policy): (&PolicySet, &Policy),
    faults: &mut Vec<Fault>,
) -> Compiled {
    if let Some(edition) = carrier.us {
        let us = Some(us::Words::compile(carrier, edition, policy, faults));
        return Compiled { role: carrier.role.clone(), us, ..Compiled::default() };
    }
    if carrier.role == super::ISM {
        let says = "carrier marking.ism: it reads markings of the United States, us= says of which edition";
        faults.push(Fault::new("P066", "", says));
    }
    if let Some(format) = carrier.format {
        faults.extend(levels(carrier, format, (policies, policy)));
    }
    let mut meanings: Vec<(String, Meaning)> = Vec::new();
    let mut fault = |code: &'static str, name: &str, says: &str| {
        faults.push(Fault::new(code, name, format!("carrier {}: {says} {name:?}", carrier.role)));
    };
    for value in &carrier.values {
        let mut said = Said::default();
        if let Some(level) = &value.level {
            said.level = policy.find_level(level);
            if said.level.is_none() {
                fault("P063", level, "the policy has no level");
            }
        }
        for (tag, name) in &value.categories {
            match policy.find_value_of(tag, name) {
                Some(found) => said.values.insert(found),
                None => fault("P064", name, "the tag has no value"),
            }
        }
        if said == Said::default() {
            fault("P066", value.texts.first().map_or("", String::as_str), "a value that says nothing");
        }
        meanings.extend(texts(carrier, value).map(|text| (text, Meaning::Says(said))));
    }
    meanings.extend(carrier.unlabelled.iter().map(|text| (text.clone(), Meaning::NoStatement)));
    if let Some(tag) = &carrier.nations_of {
        let nations = nations(policy, tag);
        if nations.is_empty() {
            fault("P064", tag, "no nation is a value of the tag");
        }
        let says = |value| Meaning::Says(Said { level: None, values: [value].into_iter().collect() });
        meanings.extend(nations.into_iter().map(|(nation, value)| (nation.code().into(), says(value))));
    }
    let displays = carrier.display.is_some();
    if meanings.is_empty() != displays || carrier.separator.as_ref().is_some_and(String::is_empty) {
        fault(
            "P066",
            "",
            "it can say nothing, has values beside a display marking, or its separator is empty",
        );
    }
    meanings.sort_by(|a, b| a.0.cmp(&b.0));
    for pair in meanings.windows(2) {
        if let [(a, _), (b, _)] = pair
            && a == b
        {
            fault("P065", a, "two meanings for the text");
        }
    }
    let keys = meanings.iter().map(|(text, _)| key(text)).collect();
    let (separator, display) = (carrier.separator.clone(), carrier.display.clone());
    Compiled {
        role: carrier.role.clone(),
        meanings,
        keys,
        separator,
        display,
        format: coded(carrier),
        us: None,
    }
}

/// The texts that a value is written with: as they are, or the codes of the format's levels. A field of words has the
/// words of its format.
fn texts(carrier: &Carrier, value: &CarrierValue) -> impl Iterator<Item = String> {
    value.texts.iter().filter_map(|text| match coded(carrier) {
        Some(format) => format.code_of(text),
        None => Some(text.clone()),
    })
}

/// The format whose codes the field holds, where it holds codes.
fn coded(carrier: &Carrier) -> Option<NativeFormat> {
    carrier.format.filter(|_| carrier.role == "marking.native")
}

/// What is wrong with the levels of a format and those of the policy that they are to be.
fn levels(carrier: &Carrier, format: NativeFormat, (policies, policy): (&PolicySet, &Policy)) -> Vec<Fault> {
    let known = |level: &&String| policy.find_level(level).is_some();
    let leveled =
        carrier.values.iter().filter_map(|value| Some((value, value.level.as_ref().filter(known)?)));
    let pairs: Vec<(&str, &str)> = leveled
        .flat_map(|(value, level)| value.texts.iter().map(move |text| (text.as_str(), level.as_str())))
        .collect();
    let mut faults = format.check(policies, policy.name(), &pairs);
    // A code with two meanings is found with those of every other carrier.
    faults.retain(|fault| fault.code != "P065");
    let silent = carrier.values.iter().filter(|value| value.level.is_none());
    faults.extend(silent.map(|value| {
        let word = value.texts.first().map_or("", String::as_str);
        Fault::new(
            "P066",
            word,
            format!("carrier {}: a code of a format says a level, and {word:?} does not", carrier.role),
        )
    }));
    faults
}

/// The texts that say a level and nothing else, in the order of their author. A code of a format is none: nothing writes
/// it anew.
pub(super) fn words(text: &ProfileText, policy: &Policy) -> Vec<(u16, CarrierIx, String)> {
    let carriers = (0_u8..)
        .map(CarrierIx)
        .zip(&text.carriers)
        .filter(|(_, carrier)| coded(carrier).is_none() && carrier.us.is_none());
    let values = carriers.flat_map(|(at, carrier)| carrier.values.iter().map(move |value| (at, value)));
    let alone = values.filter(|(_, value)| value.categories.is_empty());
    let word = |(at, value): (CarrierIx, &CarrierValue)| {
        Some((policy.find_level(value.level.as_ref()?)?, at, value.texts.first()?.clone()))
    };
    alone.filter_map(word).collect()
}

/// The values of a tag that stand for nations.
pub(super) fn nations(policy: &Policy, tag: &str) -> Vec<(Nation, u16)> {
    let values = policy.tags_named(tag).flat_map(|tag| tag.values.iter());
    values.filter_map(|value| Some((policy.value(value)?.nation?, value))).collect()
}
