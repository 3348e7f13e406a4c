//! Characters that people would not see, and those that they would take for others.

/// True for characters that leave no mark of their own on paper or change how others read: controls, line and
/// paragraph separators, bidirectional and zero-width marks, fillers, variation selectors, tags, private use and
/// noncharacters (Unicode 16, general categories Cc, Cf, Zl, Zp, Co and Cn where fixed for ever, and the characters
/// with the property `Default_Ignorable_Code_Point`).
pub fn is_hidden(character: char) -> bool {
    if matches!(u32::from(character) & 0xFFFF, 0xFFFE | 0xFFFF) {
        return true;
    }
    matches!(
        character,
        '\0'..='\u{1F}'
            | '\u{7F}'..='\u{9F}'
            | '\u{AD}'
            | '\u{34F}'
            | '\u{600}'..='\u{605}'
            | '\u{61C}'
            | '\u{6DD}'
            | '\u{70F}'
            | '\u{890}'..='\u{891}'
            | '\u{8E2}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{E000}'..='\u{F8FF}'
            | '\u{FDD0}'..='\u{FDEF}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFC}'
            | '\u{110BD}'
            | '\u{110CD}'
            | '\u{13430}'..='\u{1345F}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{10FFFF}'
    )
}

/// The Latin letter or digit that a Cyrillic, Greek or full-width one resembles (a subset of Unicode Technical
/// Standard 39, enough for the letters A to Z).
pub fn look_alike(c: char) -> char {
    let full_width = |base: char, offset: u32| {
        u32::from(c).checked_sub(offset).and_then(|at| char::from_u32(u32::from(base).wrapping_add(at)))
    };
    match c {
        '\u{FF21}'..='\u{FF3A}' => full_width('A', 0xFF21).unwrap_or(c),
        '\u{FF41}'..='\u{FF5A}' => full_width('a', 0xFF41).unwrap_or(c),
        '\u{FF10}'..='\u{FF19}' => full_width('0', 0xFF10).unwrap_or(c),
        'А' | 'а' | 'Α' | 'α' => 'A',
        'В' | 'в' | 'Β' | 'β' => 'B',
        'С' | 'с' | 'Ϲ' => 'C',
        'Е' | 'е' | 'Ё' | 'ё' | 'Ε' | 'ε' => 'E',
        'Ԍ' => 'G',
        'Н' | 'н' | 'Η' => 'H',
        'І' | 'і' | 'Ι' | 'ι' | 'Ӏ' | 'Ї' | 'ї' => 'I',
        'Ј' | 'ј' => 'J',
        'К' | 'к' | 'Κ' | 'κ' => 'K',
        'М' | 'м' | 'Μ' => 'M',
        'Ν' | 'ν' => 'N',
        'О' | 'о' | 'Ο' | 'ο' | 'Օ' => 'O',
        'Р' | 'р' | 'Ρ' | 'ρ' => 'P',
        'Ԛ' => 'Q',
        'Ѕ' | 'ѕ' => 'S',
        'Т' | 'т' | 'Τ' | 'τ' => 'T',
        'У' | 'у' | 'Υ' | 'υ' | 'Ү' => 'Y',
        'Х' | 'х' | 'Χ' | 'χ' => 'X',
        'Ζ' => 'Z',
        'Ԝ' => 'W',
        'Ѵ' => 'V',
        _ => c,
    }
}
