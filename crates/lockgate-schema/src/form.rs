//! Exact forms of short texts: `[0-9]-[rfi]-[gdc]`. One set of characters a place, no repetition, no choice.

/// Longest form, in characters.
const MAX_PLACES: usize = 32;

/// A form: a text has exactly as many ASCII characters as the form has places, each of its place's set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextForm {
    places: Vec<u128>,
}

impl TextForm {
    /// Reads `[0-9]-[rfi]`: a character stands for itself, `[...]` for one of its characters or ranges. `None` where
    /// it is not that, is empty, has a character beyond printable ASCII, or has more than 32 places.
    pub fn parse(text: &str) -> Option<Self> {
        let mut places = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            let place = if byte == b'[' { set(&mut rest)? } else { bit(byte)? };
            places.push(place);
        }
        (!places.is_empty() && places.len() <= MAX_PLACES).then_some(Self { places })
    }

    /// True where `text` has this form.
    pub fn fits(&self, text: &[u8]) -> bool {
        text.len() == self.places.len()
            && text
                .iter()
                .zip(&self.places)
                .all(|(byte, place)| bit(*byte).is_some_and(|bit| place & bit != 0))
    }

    /// A text of this form: in each place the character that `pick` chooses of so many.
    pub fn example(&self, mut pick: impl FnMut(usize) -> usize) -> String {
        let mut text = String::new();
        for place in &self.places {
            let fits: Vec<u8> =
                (b' '..=b'~').filter(|byte| bit(*byte).is_some_and(|bit| place & bit != 0)).collect();
            let chosen = fits.get(pick(fits.len())).or(fits.first());
            text.extend(chosen.map(|byte| char::from(*byte)));
        }
        text
    }

    /// Number of characters.
    pub fn places(&self) -> usize {
        self.places.len()
    }
}

fn bit(byte: u8) -> Option<u128> {
    (b' '..=b'~').contains(&byte).then(|| 1_u128.wrapping_shl(u32::from(byte)))
}

fn set(rest: &mut core::str::Bytes<'_>) -> Option<u128> {
    let (mut place, mut last) = (0_u128, None);
    loop {
        match rest.next()? {
            b']' => return (place != 0).then_some(place),
            b'-' => {
                let (from, to) = (last?, rest.next().filter(|to| *to != b']')?);
                if from > to {
                    return None;
                }
                for byte in from..=to {
                    place |= bit(byte)?;
                }
                last = None;
            }
            byte => {
                place |= bit(byte)?;
                last = Some(byte);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TextForm;

    #[test]
    fn a_form_is_exact() {
        let form = TextForm::parse("[0-9]-[rfi]-[gdc]").unwrap();
        for text in ["1-r-c", "0-i-g", "9-f-d"] {
            assert!(form.fits(text.as_bytes()), "{text}");
        }
        for text in ["", "1-r-", "1-r-cc", "a-r-c", "1-R-c", "1_r-c", "é-r-c"] {
            assert!(!form.fits(text.as_bytes()), "{text}");
        }
        assert_eq!(
            (form.example(|_| 0), form.example(|many| many - 1)),
            ("0-f-c".to_owned(), "9-r-g".to_owned())
        );
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for text in ["", "[", "[]", "[a", "[9-0]", "[-a]", "[a-]", "é", "0123456789012345678901234567890123"]
        {
            assert_eq!(TextForm::parse(text), None, "{text}");
        }
    }
}
