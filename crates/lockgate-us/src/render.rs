//! A marking as text: one text for each marking, form and edition.

use crate::attributes::usa_first;
use crate::country::Code;
use crate::edition::Edition;
use crate::grammar::Form;
use crate::marking::{Marking, Owner};
use crate::vocabulary::{Aea, Dissem, Level, NonUs};
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The banner line, or the portion mark in its parentheses.
///
/// `None` where the form cannot say it: a REL without its list stands in a portion mark only, and the owner `USA` of a
/// foreign marking or NATO at an unknown level nowhere.
pub fn render(marking: &Marking, form: Form, edition: &Edition) -> Option<String> {
    let banner = form == Form::Banner;
    let mut segments = Vec::new();
    segments.push(level(marking, banner)?);
    let us = marking.owner.is_us() || matches!(marking.owner, Owner::Joint(_));
    if !us {
        segments.push(joined(marking.non_us.iter().map(|one| one.text(banner).into()), "/"));
    }
    segments.push(sci(marking, us));
    segments.push(sar(marking));
    segments.push(aea(marking, banner, us, edition));
    segments.push(match (marking.fgi_concealed, marking.fgi.is_empty()) {
        (true, _) => "FGI".into(),
        (false, true) => String::new(),
        (false, false) => ["FGI ", &joined(marking.fgi.iter().map(|code| code.text().into()), " ")].concat(),
    });
    segments.push(dissem(marking, banner)?);
    let accm = marking.accm.iter().map(|name| ["ACCM-", &name.replace('_', " ")].concat());
    segments.push(joined(marking.non_ic.iter().map(|one| one.text(banner).into()).chain(accm), "/"));
    segments.retain(|segment| !segment.is_empty());
    let text = segments.join("//");
    Some(if banner { text } else { ["(", &text, ")"].concat() })
}

fn joined(parts: impl Iterator<Item = String>, separator: &str) -> String {
    parts.collect::<Vec<String>>().join(separator)
}

/// The first segment, with the slashes of what is not the United States' alone.
fn level(marking: &Marking, banner: bool) -> Option<String> {
    let word = if banner { marking.level.word() } else { marking.level.mark() };
    Some(match &marking.owner {
        Owner::Us => word.into(),
        Owner::Concealed => ["//FGI ", word].concat(),
        Owner::Joint(owners) => {
            ["//JOINT ", word, " ", &joined(owners.iter().map(|code| code.text().into()), " ")].concat()
        }
        Owner::Foreign(code) => match code.text().strip_prefix("NATO") {
            None if code.is_usa() => return None,
            None => ["//", code.text(), " ", word].concat(),
            Some("") => match (banner, marking.level) {
                (true, Level::TS) => "//COSMIC TOP SECRET".into(),
                (true, _) => ["//NATO ", word].concat(),
                (false, Level::TS) => "//CTS".into(),
                (false, _) => ["//N", word].concat(),
            },
            Some(_) if marking.level == Level::TS => return None,
            Some(activity) => {
                let activity = activity.strip_prefix(':').unwrap_or(activity);
                match banner {
                    true => ["//NATO ", activity, " ", word].concat(),
                    false => ["//N", activity, word].concat(),
                }
            }
        },
    })
}

/// Systems, their compartments after hyphens, sub-compartments after spaces. The set has every part before what is
/// below it, so the text is one walk.
fn tree<'a>(controls: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for control in controls {
        let mut parts = control.split('-').rev();
        let last = parts.next().unwrap_or(control);
        text.push_str(match (parts.count(), text.is_empty()) {
            (0, true) => "",
            (0, false) => "/",
            (1, _) => "-",
            _ => " ",
        });
        text.push_str(last);
    }
    text
}

fn sci(marking: &Marking, us: bool) -> String {
    let own = tree(marking.sci.iter().map(String::as_str));
    let nato = marking
        .non_us
        .iter()
        .filter(|one| us && **one != NonUs::Atomal)
        .map(|one| one.text(true).to_string());
    joined([own].into_iter().filter(|own| !own.is_empty()).chain(nato), "/")
}

fn sar(marking: &Marking) -> String {
    // The authority and level before a colon are said by attributes only.
    let own: BTreeSet<&str> =
        marking.sar.iter().map(|token| token.rsplit(':').next().unwrap_or(token)).collect();
    let mut closed: BTreeSet<String> = BTreeSet::new();
    for program in own {
        for (at, _) in program.match_indices('-') {
            closed.extend(program.get(..at).map(String::from));
        }
        closed.insert(program.into());
    }
    match closed.is_empty() {
        true => String::new(),
        false => ["SAR-", &tree(closed.iter().map(String::as_str)).replace('_', " ")].concat(),
    }
}

fn aea(marking: &Marking, banner: bool, us: bool, edition: &Edition) -> String {
    let mut text = String::new();
    let mut in_sigma = false;
    for one in &marking.aea {
        let (separator, word) = match one {
            Aea::Rd => ("/", "RD".to_string()),
            Aea::Frd => ("/", "FRD".to_string()),
            Aea::Dcni if banner => ("/", "DOD UCNI".to_string()),
            Aea::Ucni if banner => ("/", "DOE UCNI".to_string()),
            Aea::Dcni => ("/", "DCNI".to_string()),
            Aea::Ucni => ("/", "UCNI".to_string()),
            Aea::Tfni => ("/", "TFNI".to_string()),
            Aea::RdCnwdi => ("-", if edition.cnwdi_n { "N" } else { "CNWDI" }.to_string()),
            Aea::RdSigma(number) | Aea::FrdSigma(number) if in_sigma => (" ", number.to_string()),
            Aea::RdSigma(number) | Aea::FrdSigma(number) => {
                ("-", [if banner { "SIGMA " } else { "SG " }, &number.to_string()].concat())
            }
        };
        in_sigma = matches!(one, Aea::RdSigma(_) | Aea::FrdSigma(_));
        if !text.is_empty() {
            text.push_str(separator);
        }
        text.push_str(&word);
    }
    let atomal = (us && marking.non_us.contains(&NonUs::Atomal)).then(|| "ATOMAL".to_string());
    joined([text].into_iter().filter(|text| !text.is_empty()).chain(atomal), "/")
}

fn dissem(marking: &Marking, banner: bool) -> Option<String> {
    let mut entries = Vec::new();
    let list = |codes: &BTreeSet<Code>, separator: &str| {
        usa_first(codes).map(Code::text).collect::<Vec<&str>>().join(separator)
    };
    for control in &marking.dissem {
        entries.push(match control {
            Dissem::Rel if marking.rel.is_empty() && !banner => "REL".into(),
            Dissem::Eyes if marking.rel.is_empty() && !banner => "EYES".into(),
            Dissem::Rel | Dissem::Eyes if marking.rel.is_empty() => return None,
            Dissem::DisplayOnly if marking.display.is_empty() => return None,
            Dissem::Rel => ["REL TO ", &list(&marking.rel, ", ")].concat(),
            Dissem::Eyes => [&list(&marking.rel, "/"), " EYES ONLY"].concat(),
            Dissem::DisplayOnly => {
                ["DISPLAY ONLY ", &joined(marking.display.iter().map(|code| code.text().into()), ", ")]
                    .concat()
            }
            other => other.text(banner).into(),
        });
    }
    Some(entries.join("/"))
}
