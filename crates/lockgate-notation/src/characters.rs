//! Characters that make a text look like something else than it is.

/// True for a character that no authored file may hold: controls other than tab and line end, zero-width and
/// direction-changing characters, byte order marks, invisible fillers, tags, and the Unicode line separators.
pub(crate) fn forbidden(letter: char) -> bool {
    match letter {
        '\t' | '\n' => false,
        _ if letter.is_control() => true,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => true,
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' => true,
        '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' => true,
        '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::forbidden;

    #[test]
    fn what_a_reader_cannot_see_is_forbidden() {
        for hidden in
            ['\0', '\r', '\u{7f}', '\u{85}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{e0041}']
        {
            assert!(forbidden(hidden), "{:x}", u32::from(hidden));
        }
        for plain in ['\t', '\n', 'a', 'č', '°', '漢', '\u{a0}'] {
            assert!(!forbidden(plain), "{plain}");
        }
    }
}
