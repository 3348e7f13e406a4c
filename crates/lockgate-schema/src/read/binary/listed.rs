//! Listed values of binary types: numbers, bits and beginnings with names.

use super::super::{codes, kind};
use super::number;
use lockgate_notation::Fields;
use lockgate_record::Role;
use std::collections::BTreeSet;

/// The patterns, the names and the meanings of an enumeration.
pub(super) type Listed = (Vec<u64>, Vec<String>, Vec<(u16, Role)>);

pub(super) fn listed(fields: &mut Fields<'_, '_>, bits: u8) -> Option<Listed> {
    let values = fields.each("value", |value| {
        let wire = value.arg_uint("the number in the bits");
        let name = value.arg_text("its name");
        let means = kind::means(value);
        Some((wire?, name?, means))
    });
    let (mut wires, mut names, mut meanings) = (Vec::new(), Vec::<String>::new(), Vec::new());
    let (mut known_wires, mut known_names) = (BTreeSet::new(), BTreeSet::new());
    for (wire, name, means) in values.into_iter().flatten() {
        let (new_wire, new_name) = (known_wires.insert(wire.value), known_names.insert(name.value));
        if !(new_wire && new_name) {
            fields.error(&codes::VALUES, wire.span, "this number or this name stands twice");
        }
        if wire.value & !crate::binary::low(bits) != 0 {
            fields.error(&codes::VALUES, wire.span, format!("{bits} bits do not hold this number"));
        }
        meanings.extend(means.and_then(|role| Some((u16::try_from(wires.len()).ok()?, role))));
        wires.push(wire.value);
        names.push(name.value.to_owned());
    }
    if wires.is_empty() || wires.len() > usize::from(u16::MAX) {
        let span = fields.noun_span();
        fields.error(&codes::VALUES, span, "an enumeration has 1 to 65535 values");
        return None;
    }
    Some((wires, names, meanings))
}

/// The names of the bits of a field of flags, the highest bit first: `bit 15 "REL NATO"`, 0 for the lowest.
pub(super) fn bit_names(fields: &mut Fields<'_, '_>, bits: u8) -> Option<Vec<Option<String>>> {
    let named = fields.each("bit", |bit| {
        let number = bit.arg_uint("the number of the bit, 0 for the lowest");
        let name = bit.arg_text("its name");
        Some((number?, name?))
    });
    let mut names: Vec<Option<String>> = vec![None; usize::from(bits)];
    for (number, name) in named.into_iter().flatten() {
        let index = usize::try_from(number.value)
            .ok()
            .and_then(|at| usize::from(bits).checked_sub(at.checked_add(1)?));
        let taken = names.iter().flatten().any(|known| known == name.value);
        if name.value.contains(',') {
            fields.error(
                &codes::VALUES,
                name.span,
                "the name of a bit has no comma: commas stand between names",
            );
        } else if taken {
            fields.error(&codes::VALUES, name.span, "two bits have this name");
        } else {
            match index.and_then(|index| names.get_mut(index)) {
                Some(place @ None) => *place = Some(name.value.to_owned()),
                Some(_) => {
                    fields.error(&codes::VALUES, number.span, "this bit has a name already");
                }
                None => {
                    let message =
                        format!("there is no such bit: the flags have bits 0 to {}", bits.saturating_sub(1));
                    fields.error(&codes::VALUES, number.span, message);
                }
            }
        }
    }
    if names.iter().all(Option::is_none) {
        let span = fields.noun_span();
        fields.error(&codes::VALUES, span, "flags without a named bit are spare bits");
        return None;
    }
    Some(names)
}

/// Reads `head "bf01bf" "mesh"`, several times: byte strings, and the name of each.
pub(super) fn heads(fields: &mut Fields<'_, '_>) -> Option<(Vec<Vec<u8>>, Vec<String>)> {
    let read = fields.each("head", |head| {
        let bytes = head.arg_text("the bytes, as hexadecimal digits in quotes");
        Some((bytes?, head.arg_text("its name")?))
    });
    let (mut heads, mut names) = (Vec::<Vec<u8>>::new(), Vec::<String>::new());
    for (digits, name) in read.into_iter().flatten() {
        // A shorter one before it would always stand there first.
        let bytes = number::hex(digits.value)
            .filter(|bytes| !bytes.is_empty() && !heads.iter().any(|known| bytes.starts_with(known)));
        match bytes {
            Some(bytes) if names.iter().all(|known| known != name.value) => {
                heads.push(bytes);
                names.push(name.value.to_owned());
            }
            _ => {
                let message =
                    "no bytes, bytes that begin with others before them, or a name that stands twice";
                fields.error(&codes::VALUES, digits.span, message);
            }
        }
    }
    if heads.is_empty() {
        let span = fields.noun_span();
        fields.error(&codes::VALUES, span, "a start without a head");
        return None;
    }
    Some((heads, names))
}
