//! Values of a specification as fields: numbers, quantities, tables, and values whose unit depends on another.

use super::super::{meanings, plain};
use super::{Line, Writer, field_name};
use lockgate_bytes::{Decimal, Ratio};

impl Writer {
    /// Writes a value: a field, or a choice of fields.
    pub(super) fn element(&mut self, element: &Line, name: &str, bits: &str, settings: &str, level: usize) {
        let Some(width) = bits.parse::<u32>().ok().filter(|bits| (1..=4096).contains(bits)) else {
            return self.refuse(element, "an element of this width");
        };
        let [rule] = element.children.as_slice() else {
            return self.refuse(element, "an element without one rule");
        };
        let head = format!("field {name}");
        match (rule.word(0), rule.word(1)) {
            (Some("table"), None) => self.table(rule, &head, width, settings, level),
            (Some("case"), Some(by)) => self.case(rule, name, width, by, level),
            _ => match self.kind(rule, width) {
                Some(kind) => self.line(level, &format!("{head} {kind}{settings}")),
                None => self.refuse(rule, "a value of this kind"),
            },
        }
    }

    /// The kind of a value with its settings.
    fn kind(&self, rule: &Line, width: u32) -> Option<String> {
        let path = self.path();
        let text = |coding: &str| Some(format!("text bits={width} coding={coding}"));
        match (rule.word(0)?, rule.word(1)) {
            // Addresses and registers: their digits are what people and decoders write.
            ("raw", _) if width >= 24 && width.is_multiple_of(8) => Some(format!("bytes bits={width}")),
            ("raw", _) if width <= 64 => Some(format!("uint bits={width}")),
            ("raw" | "bds", _) => Some(format!("bytes bits={width}")),
            // All zeros: the transponder does not know it.
            ("string", Some("icao")) if width <= 64 => text("icao unknown=0"),
            ("string", Some(coding @ ("ascii" | "icao" | "octal"))) => text(coding),
            (sign @ ("signed" | "unsigned"), Some("integer")) => {
                let kind = if sign == "signed" { "int" } else { "uint" };
                let number = Number { width, signed: sign == "signed", step: Ratio::new(1, 1)? };
                Some(format!("{kind} bits={width}{}", bounds(&rule.text, 2, number)?))
            }
            (sign @ ("signed" | "unsigned"), Some("quantity")) => {
                let lsb = rule.word(2)?;
                let unit = rule.quoted()?;
                let behind = rule.text.rsplit_once('"').map_or("", |(_, rest)| rest);
                let clock = sign == "unsigned" && lsb == "1/2^7" && unit == "s" && width == 24;
                let observed = meanings::settings(&path).contains("time.observed");
                if clock && observed {
                    return Some(format!("time-of-day bits={width} lsb=\"{lsb}\" unit=s max=86399.9921875"));
                }
                let kind = if sign == "signed" { "int" } else { "uint" };
                let unit = unit_name(unit);
                let number = Number { width, signed: sign == "signed", step: Ratio::parse(lsb)? };
                Some(format!("{kind} bits={width} lsb=\"{lsb}\"{unit}{}", bounds(behind, 0, number)?))
            }
            _ => None,
        }
    }

    fn table(&mut self, table: &Line, head: &str, width: u32, settings: &str, level: usize) {
        let mut names: Vec<String> = Vec::new();
        let mut lines = Vec::new();
        let path = self.path();
        for entry in &table.children {
            let Some((number, name)) = entry.text.split_once(':') else {
                return self.refuse(entry, "an entry of a table");
            };
            let Ok(wire) = number.trim().parse::<u64>() else {
                return self.refuse(entry, "an entry of a table");
            };
            let mut name = plain(name.trim());
            let low = name.to_lowercase();
            // What is reserved has no meaning yet, so nothing may say it.
            if ["reserved", "undefined", "spare", "not used"].iter().any(|word| low.starts_with(word)) {
                continue;
            }
            if name.is_empty() || names.contains(&name) {
                name = format!("{name} ({wire})").trim().to_owned();
            }
            lines.push(format!("value {wire} \"{name}\"{}", meanings::value(&path, wire)));
            names.push(name);
        }
        if lines.is_empty() {
            return self.refuse(table, "a table without an entry");
        }
        self.line(level, &format!("{head} enum bits={width}{settings} {{"));
        lines.iter().for_each(|line| self.line(level.saturating_add(1), line));
        self.line(level, "}");
    }

    /// A value whose unit depends on an earlier one: `case 150/IM`.
    fn case(&mut self, rule: &Line, name: &str, width: u32, by: &str, level: usize) {
        let Some((_, by)) = by.rsplit_once('/') else {
            return self.refuse(rule, "a case by this value");
        };
        let by = field_name(&by.to_lowercase());
        self.line(level, &format!("choice by={by} {{"));
        for case in &rule.children {
            let Some(number) = case.text.strip_suffix(':') else {
                self.refuse(case, "a case of this kind");
                continue;
            };
            if number == "default" {
                // The values that have a case are all that there are; anything else is refused.
                continue;
            }
            let kind = case.children.first().and_then(|kind| self.kind(kind, width));
            let unit = case.children.first().and_then(|kind| kind.quoted()).map(|unit| unit.to_lowercase());
            match (number.parse::<u64>(), kind, unit) {
                (Ok(number), Some(kind), Some(unit)) => {
                    let suffix: String = unit
                        .chars()
                        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' })
                        .collect();
                    let name = name.trim_end_matches('_');
                    self.line(level.saturating_add(1), &format!("case {number} {{"));
                    self.line(level.saturating_add(2), &format!("field {name}_{suffix} {kind}"));
                    self.line(level.saturating_add(1), "}");
                }
                _ => self.refuse(case, "a case of this kind"),
            }
        }
        self.line(level, "}");
    }
}

/// What the bits of a number can hold.
#[derive(Clone, Copy)]
struct Number {
    width: u32,
    signed: bool,
    step: Ratio,
}

/// ` min=.. max=..` from `>= -50 < 50`. A strict bound becomes the last number before it; `None` for bounds that cannot
/// be said, among them strict ones from below, which no specification has.
fn bounds(text: &str, skip: usize, number: Number) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().skip(skip).collect();
    let mut out = String::new();
    for pair in words.chunks(2) {
        match pair {
            [">=", bound] => out.push_str(&format!(" min={}", decimal(bound)?)),
            ["<=", bound] => out.push_str(&format!(" max={}", decimal(bound)?)),
            ["<", bound] => out.push_str(&below(&decimal(bound)?, number)?),
            _ => return None,
        }
    }
    Some(out)
}

/// ` max=..` for the largest number of these bits that is below `bound`; nothing where the bits end before it.
fn below(bound: &str, number: Number) -> Option<String> {
    let bound = Decimal::parse(bound.as_bytes()).ok()?;
    let ten = 10_i128.checked_pow(bound.scale().into())?;
    // The first number of steps that is not below it: steps * times / by >= mantissa / ten.
    let over = i128::from(bound.mantissa()).checked_mul(number.step.denominator().into())?;
    let under = i128::from(number.step.numerator()).checked_mul(ten)?;
    let beyond = over.checked_neg()?.checked_div_euclid(under)?.checked_neg()?;
    let bits = if number.signed { number.width.checked_sub(1)? } else { number.width };
    if beyond >= 1_i128.checked_shl(bits)? {
        return Some(String::new());
    }
    let last = i64::try_from(beyond.checked_sub(1)?.checked_mul(number.step.numerator().into())?).ok()?;
    let last = Ratio::new(last, number.step.denominator())?;
    let limit = Ratio::new(bound.mantissa(), u32::try_from(ten).ok()?)?;
    // As it is where that is short; else the shortest decimal between it and the bound.
    let above = |scale: u8| {
        let unit = 10_u32.checked_pow(scale.into())?;
        let steps = Ratio::new(last.numerator().checked_neg()?, last.denominator())?.in_steps(unit.into());
        Some((Ratio::new(i64::try_from(steps.checked_neg()?).ok()?, unit)?, scale))
    };
    let short = (0..=4).filter_map(above).find(|(found, _)| found.compare(last).is_eq());
    let (found, scale) =
        short.or_else(|| (0..=9).filter_map(above).find(|(found, _)| found.compare(limit).is_lt()))?;
    Some(format!(" max={}", Decimal::new(found.numerator(), scale)?))
}

/// A bound as a decimal; `1023/2` has one, and `10^3`.
fn decimal(bound: &str) -> Option<String> {
    let (negative, digits) = bound.strip_prefix('-').map_or((false, bound), |digits| (true, digits));
    let (over, under) = digits.split_once('/').unwrap_or((digits, "1"));
    let whole = |text: &str| match text.split_once('^') {
        Some((base, exponent)) => base.parse::<i64>().ok()?.checked_pow(exponent.parse().ok()?),
        None => text.parse().ok(),
    };
    let under = whole(under)?;
    let value = if over.contains('.') {
        (under == 1).then(|| over.to_owned())?
    } else {
        let over = whole(over)?;
        Ratio::new(over, u32::try_from(under).ok()?)?.to_string()
    };
    Some(if negative { format!("-{value}") } else { value })
}

/// ` unit=...` in the words of this house.
fn unit_name(unit: &str) -> String {
    match unit {
        "" => String::new(),
        "°" => " unit=deg".to_owned(),
        "°/s" => " unit=\"deg/s\"".to_owned(),
        unit if unit.bytes().all(|byte| byte.is_ascii_alphabetic()) => format!(" unit={unit}"),
        unit => format!(" unit=\"{}\"", plain(unit)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Number, bounds};
    use lockgate_bytes::Ratio;

    fn of(text: &str, width: u32, signed: bool, step: &str) -> Option<String> {
        bounds(text, 0, Number { width, signed, step: Ratio::parse(step).unwrap() })
    }

    #[test]
    fn a_strict_bound_is_the_last_number_before_it() {
        for (text, width, step, is) in [
            (">= -180 < 180", 32, "180/2^25", " min=-180 max=179.999995"),
            (">= -180 < 180", 32, "180/2^30", " min=-180 max=179.9999999"),
            (">= -15 < 1500", 16, "1/2^2", " min=-15 max=1499.75"),
            (">= -1500 < 150000", 16, "25/2^2", " min=-1500 max=149993.75"),
            ("< 100000", 13, "25", " max=99975"),
            ("< -5", 13, "1", " max=-6"),
            // What is at the end of the bits or behind it says nothing more.
            (">= -180 < 180", 24, "180/2^23", " min=-180"),
            ("< 400", 24, "180/2^23", ""),
        ] {
            assert_eq!(of(text, width, true, step).as_deref(), Some(is), "{text} {width} {step}");
        }
        assert_eq!(of("< 256", 16, false, "1/2^8").as_deref(), Some(""));
        assert_eq!(of("< 256", 17, false, "1/2^8").as_deref(), Some(" max=255.997"));
        assert_eq!(of("> 0", 16, false, "1"), None);
        assert_eq!(of("< many", 16, false, "1"), None);
    }
}
