//! Rust source with comments, texts and tests blanked out: enough of a lexer for checks that must not be fooled by a
//! word in a comment. Offsets and line numbers stay those of the file.

/// One source file, three ways.
pub(crate) struct Code {
    /// Comments and the insides of texts blanked.
    plain: String,
    /// `plain` without everything under `#[cfg(test)]`.
    shipped: String,
}

/// One `impl` item.
pub(crate) struct Implementation {
    pub(crate) line: usize,
    /// The trait's last name, such as `From`; empty for inherent items.
    pub(crate) of: String,
    /// The type's last name, such as `Released`.
    pub(crate) target: String,
}

/// One function with a body.
pub(crate) struct Function {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) lines: usize,
}

impl Code {
    /// Reads `text`.
    pub(crate) fn of(text: &str) -> Self {
        let plain = blank_comments_and_texts(text);
        let shipped = blank_tests(&plain);
        Self { plain, shipped }
    }

    /// Declares that nothing in this file ships.
    pub(crate) fn is_test_only(&mut self) {
        self.shipped = blank(&self.shipped);
    }

    /// Everything, tests included.
    pub(crate) fn plain(&self) -> &str {
        &self.plain
    }

    /// What ships.
    pub(crate) fn shipped(&self) -> &str {
        &self.shipped
    }

    /// Lines of code that ship; comments and empty lines do not count.
    pub(crate) fn shipped_lines(&self) -> usize {
        self.shipped.lines().filter(|line| !line.trim().is_empty()).count()
    }

    /// The names in `#[cfg(test)] mod name;`.
    pub(crate) fn test_modules(&self) -> Vec<&str> {
        let starts = self.plain.match_indices("#[cfg(test)]");
        starts
            .filter_map(|(start, found)| {
                let item = self.plain[start + found.len()..].trim_start();
                item.strip_prefix("mod ")?.split_once(';').map(|(name, _)| name.trim())
            })
            .filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
            .collect()
    }

    /// Every `impl` item that ships.
    pub(crate) fn implementations(&self) -> Vec<Implementation> {
        let text = &self.shipped;
        words(text, "impl")
            .filter(|&start| begins_item(text, start))
            .filter_map(|start| implementation(text, start))
            .collect()
    }

    /// Every function that ships, with its length in lines.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let text = &self.shipped;
        words(text, "fn")
            .filter_map(|start| {
                let name: String = text[start + 2..]
                    .trim_start()
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                let open = start + text[start..].find(['{', ';'])?;
                if name.is_empty() || !text[open..].starts_with('{') {
                    return None;
                }
                let end = closing(text, open)?;
                let lines = text[start..end].lines().count();
                Some(Function { line: line_of(text, start), name, lines })
            })
            .collect()
    }
}

/// The line of byte `offset`, from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
}

/// Where `word` stands as a whole word.
pub(crate) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).map(|(start, _)| start).filter(move |&start| {
        !text[..start].chars().next_back().is_some_and(is_name)
            && !text[start + word.len()..].chars().next().is_some_and(is_name)
    })
}

/// The end (exclusive) of the bracket that opens at `open`.
pub(crate) fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (offset, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(offset + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// True where `impl` at `start` begins an item rather than naming a type.
fn begins_item(text: &str, start: usize) -> bool {
    let before = text[..start].trim_end();
    before.is_empty() || before.ends_with(['}', ';', ']', '{']) || before.ends_with("unsafe")
}

fn implementation(text: &str, start: usize) -> Option<Implementation> {
    let end = start + text[start..].find('{')?;
    let header = text[start + "impl".len()..end].split(" where ").next()?.trim();
    let header = if header.starts_with('<') { header[closing_angle(header)?..].trim() } else { header };
    let (of, target) = match header.split_once(" for ") {
        Some((of, target)) => (last_name(of), last_name(target)),
        None => (String::new(), last_name(header)),
    };
    Some(Implementation { line: line_of(text, start), of, target })
}

/// The end of the generics that open at the start of `header`; `->` inside is no end.
fn closing_angle(header: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = ' ';
    for (offset, c) in header.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if before != '-' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(offset + 1);
                }
            }
            _ => {}
        }
        before = c;
    }
    None
}

/// `crate::a::Name<T>` is `Name`.
fn last_name(path: &str) -> String {
    let path = path.split('<').next().unwrap_or(path).trim();
    path.rsplit([':', ' ', '&']).next().unwrap_or(path).to_owned()
}

fn blank(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect()
}

/// Blanks every item under `#[cfg(test)]`.
fn blank_tests(plain: &str) -> String {
    let mut shipped = plain.to_owned();
    while let Some(start) = shipped.find("#[cfg(test)]") {
        let item = start + "#[cfg(test)]".len();
        let end = match shipped[item..].find(['{', ';']).map(|found| item + found) {
            Some(open) if shipped[open..].starts_with('{') => {
                closing(&shipped, open).unwrap_or(shipped.len())
            }
            Some(end) => end + 1,
            None => shipped.len(),
        };
        let blanked = blank(&shipped[start..end]);
        shipped.replace_range(start..end, &blanked);
    }
    shipped
}

/// Blanks comments and the insides of texts and characters. One byte stays one byte.
fn blank_comments_and_texts(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (keep, end) = if rest.starts_with(b"//") {
            (0, at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()))
        } else if rest.starts_with(b"/*") {
            (0, block_comment_end(bytes, at))
        } else if let Some(hashes) = raw_text(bytes, at) {
            (hashes + 1, raw_text_end(bytes, at, hashes))
        } else if rest.starts_with(b"\"") {
            (1, text_end(bytes, at))
        } else if let Some(end) = character_end(bytes, at) {
            (1, end)
        } else {
            at += 1;
            continue;
        };
        let last = if keep == 0 { end } else { end.saturating_sub(keep) };
        for byte in out.iter_mut().take(last).skip(at + keep) {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end.max(at + 1);
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn block_comment_end(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// The number of hashes where a raw text begins at `at` (its `r` already counted as a name).
fn raw_text(bytes: &[u8], at: usize) -> Option<usize> {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before))?;
    if *before != b'r' {
        return None;
    }
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let prefix = at.checked_sub(2).and_then(|earlier| bytes.get(earlier));
    if prefix.is_some_and(|byte| is_name(byte) && !matches!(byte, b'b' | b'c')) {
        return None;
    }
    let hashes = bytes[at..].iter().take_while(|&&byte| byte == b'#').count();
    (bytes.get(at + hashes) == Some(&b'"')).then_some(hashes)
}

fn raw_text_end(bytes: &[u8], at: usize, hashes: usize) -> usize {
    let mut end = at + hashes + 1;
    while end < bytes.len() {
        let tail = &bytes[end + 1..];
        if bytes[end] == b'"' && tail.iter().take(hashes).filter(|&&byte| byte == b'#').count() == hashes {
            return end + 1 + hashes;
        }
        end += 1;
    }
    bytes.len()
}

fn text_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() {
        match bytes[end] {
            b'\\' => end += 2,
            b'"' => return end + 1,
            _ => end += 1,
        }
    }
    bytes.len()
}

/// The end of a character literal at `at`; `None` for a lifetime.
fn character_end(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'\'') {
        return None;
    }
    if bytes.get(at + 1) == Some(&b'\\') {
        let close = bytes.get(at + 3..)?.iter().take(12).position(|&byte| byte == b'\'')?;
        return Some(at + 3 + close + 1);
    }
    let width = bytes.get(at + 1..)?.iter().skip(1).take_while(|&&byte| byte & 0xC0 == 0x80).count() + 1;
    (bytes.get(at + 1 + width) == Some(&b'\'')).then_some(at + 2 + width)
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn comments_texts_and_tests_are_blank_and_lines_stay() {
        let text = "// std::fs\nlet a = \"std::fs \\\" {\"; /* std::env /* */ { */ let q = '{'; let r = r#\"std::net\"#;\n\
                    fn f<'a>(x: &'a u8) {}\n#[cfg(test)]\nmod tests {\n    use std::thread;\n}\nfn g() {}\n";
        let code = Code::of(text);
        assert!(!code.plain().contains("std::fs") && !code.plain().contains("std::net"), "{}", code.plain());
        assert!(code.plain().contains("std::thread") && !code.shipped().contains("std::thread"));
        assert_eq!(code.plain().lines().count(), text.lines().count());
        let names: Vec<String> = code.functions().into_iter().map(|function| function.name).collect();
        assert_eq!(names, ["f", "g"]);
    }

    #[test]
    fn implementations_are_taken_apart() {
        let code = Code::of(
            "impl<T: Fn() -> u8> core::Inspector for crate::Own<T> where T: Copy {\n}\nfn f(x: impl Clone) {}\nimpl Own {}\n",
        );
        let found: Vec<(String, String)> =
            code.implementations().into_iter().map(|i| (i.of, i.target)).collect();
        assert_eq!(found, [("Inspector".to_owned(), "Own".to_owned()), (String::new(), "Own".to_owned())]);
    }
}
