//! The second opinion: the `kdl` crate reads the same text, and its tree must equal ours. It also decodes strings.

use kdl::{KdlDocument, KdlNode, KdlValue};
use lockgate_bytes::{Decimal, Span};

use crate::token::{Kind, Token};
use crate::{Diagnostics, Node, Value, ValueKind, codes};

/// Compares `root` with what the `kdl` crate reads, and fills in the decoded strings.
pub(crate) fn confirm(
    text: &str,
    tokens: &[Token],
    disabled: &[Span],
    root: Node,
    diagnostics: &mut Diagnostics,
) -> Node {
    let plain = plain(text, tokens, disabled);
    let mut root = root;
    match KdlDocument::parse_v2(&plain) {
        Ok(document) => {
            if let Err(span) = parts(&mut root, Some(&document)) {
                let message = "two readers of the notation read this differently";
                diagnostics.error(&codes::READERS_DISAGREE, span, message);
            }
        }
        Err(fault) => refused(&fault, tokens, diagnostics),
    }
    root
}

/// What the `kdl` crate has against a text that our reader took: the first fault, since the others follow from it.
fn refused(fault: &kdl::KdlError, tokens: &[Token], diagnostics: &mut Diagnostics) {
    let first = fault.diagnostics.iter().min_by_key(|part| part.span.offset());
    let at = first.map_or(0, |part| part.span.offset());
    let at = Span::new(at, at);
    let lines = |token: &&Token| {
        matches!(token.kind, Kind::QuotedLines | Kind::RawLines)
            && token.span.start <= at.start
            && at.start < token.span.end
    };
    if let Some(token) = tokens.iter().find(lines) {
        let message = "the lines of this string do not begin alike";
        let help =
            "the last line holds blanks and the closing quotes; every line begins with the same blanks";
        diagnostics.error(&codes::SYNTAX, token.span, message).help(help);
        return;
    }
    let reason = first.and_then(|part| part.message.as_deref()).unwrap_or("no reason given");
    let message = format!("this is not KDL 2 ({reason})");
    diagnostics.error(&codes::SYNTAX, at, message);
}

/// The text with every comment and every disabled part blanked, byte for byte, so that all places stay where they
/// are. Our reader has checked what is disabled; the time of the `kdl` crate doubles with each level of disabled
/// parts within disabled parts.
fn plain(text: &str, tokens: &[Token], disabled: &[Span]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let comments = tokens.iter().filter(|token| matches!(token.kind, Kind::LineComment | Kind::BlockComment));
    for span in comments.map(|token| token.span).chain(disabled.iter().copied()) {
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        if let Some(place) = bytes.get_mut(place(span.start)..place(span.end)) {
            place.fill(b' ');
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn parts(ours: &mut Node, theirs: Option<&KdlDocument>) -> Result<(), Span> {
    let nodes = theirs.map_or(&[][..], |document| document.nodes());
    if nodes.len() != ours.children.len() {
        return Err(ours.name_span);
    }
    for (child, other) in ours.children.iter_mut().zip(nodes) {
        node(child, other)?;
    }
    Ok(())
}

fn node(ours: &mut Node, theirs: &KdlNode) -> Result<(), Span> {
    let place = ours.name_span;
    if theirs.name().value() != ours.name || theirs.ty().is_some() {
        return Err(place);
    }
    let (mut args, mut props) = (ours.args.iter_mut(), ours.props.iter_mut());
    for entry in theirs.entries() {
        if entry.ty().is_some() {
            return Err(place);
        }
        match entry.name() {
            None => value(args.next().ok_or(place)?, entry.value())?,
            Some(name) => {
                let prop = props.next().ok_or(place)?;
                if prop.name != name.value() {
                    return Err(prop.name_span);
                }
                value(&mut prop.value, entry.value())?;
            }
        }
    }
    if args.next().is_some() || props.next().is_some() {
        return Err(place);
    }
    parts(ours, theirs.children())
}

fn value(ours: &mut Value, theirs: &KdlValue) -> Result<(), Span> {
    let agreed = match (&mut ours.kind, theirs) {
        (ValueKind::Word(word), KdlValue::String(text)) => word == text,
        (ValueKind::Text(decoded), KdlValue::String(text)) => {
            decoded.clone_from(text);
            true
        }
        (ValueKind::Bool(ours), KdlValue::Bool(theirs)) => ours == theirs,
        (ValueKind::Number(number), KdlValue::Integer(whole)) => {
            i64::try_from(*whole).ok().and_then(Decimal::from_int) == Some(*number)
        }
        (ValueKind::Number(_), KdlValue::Float(_)) => ours.written.contains('.'),
        _ => false,
    };
    if !agreed {
        return Err(ours.span);
    }
    ours.runs = runs(ours);
    Ok(())
}

/// Where the runs of the decoded text begin, in the text and in the file; empty unless every byte of the text is
/// found in the file as it stands.
fn runs(value: &Value) -> Vec<(u32, u32)> {
    let Some(text) = value.text() else { return Vec::new() };
    let start = usize::try_from(value.span.start).unwrap_or(usize::MAX);
    let body = value.written.trim_matches('#');
    let hashes = value.written.len().saturating_sub(value.written.trim_start_matches('#').len());
    let lines = body.starts_with("\"\"\"") && body.len() > 5;
    let quotes = match (&value.kind, lines) {
        (ValueKind::Text(_), true) => 3_usize,
        (ValueKind::Text(_), false) => 1,
        _ => 0,
    };
    let at = start.saturating_add(hashes).saturating_add(quotes);
    let inner = body.get(quotes..body.len().saturating_sub(quotes)).unwrap_or("");
    if lines {
        return line_runs(text, inner, at).unwrap_or_default();
    }
    if inner == text { vec![(0, Span::new(at, at).start)] } else { Vec::new() }
}

/// The same for a string over several lines: each line without the indentation of the last.
fn line_runs(text: &str, inner: &str, at: usize) -> Option<Vec<(u32, u32)>> {
    let mut offset = at;
    let mut lines: Vec<(usize, &str)> = Vec::new();
    for line in inner.split('\n') {
        lines.push((offset, line.strip_suffix('\r').unwrap_or(line)));
        offset = offset.checked_add(line.len())?.checked_add(1)?;
    }
    let (_, indent) = lines.pop()?;
    let mut found = Vec::new();
    let mut read = 0_usize;
    let mut decoded = text.split('\n');
    for (place, line) in lines.into_iter().skip(1) {
        let wanted = decoded.next()?;
        let skipped = if line.trim().is_empty() { line.len() } else { indent.len() };
        if line.get(skipped..)? != wanted || !line.trim().is_empty() && !line.starts_with(indent) {
            return None;
        }
        let place = Span::new(place.checked_add(skipped)?, 0).start;
        found.push((u32::try_from(read).ok()?, place));
        read = read.checked_add(wanted.len())?.checked_add(1)?;
    }
    if decoded.next().is_some() { None } else { Some(found) }
}

#[cfg(test)]
mod tests {
    use super::confirm;
    use crate::read::{bounded, read};
    use crate::{Diagnostics, Node};

    /// What is said when our reader took `ours` and the text is `text`.
    fn codes(ours: impl Fn(&mut Node), text: &str) -> Vec<&'static str> {
        let (text, tokens, mut diagnostics) = bounded("a.kdl", text.as_bytes()).expect("within bounds");
        let (mut root, disabled) = read(text, &tokens, &mut Diagnostics::new());
        ours(&mut root);
        confirm(text, &tokens, &disabled, root, &mut diagnostics);
        diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
    }

    #[test]
    fn a_tree_that_the_other_reader_does_not_see_is_refused() {
        let text = "a 1 b=2 {\n    c #true x\n}\n";
        assert!(codes(|_| {}, text).is_empty());
        let changes: [fn(&mut Node); 9] = [
            |root| root.children.clear(),
            |root| root.children[0].name = "z".into(),
            |root| root.children[0].children.clear(),
            |root| root.children[0].args.clear(),
            |root| root.children[0].props[0].name = "z".into(),
            |root| root.children[0].props.clear(),
            |root| root.children[0].args[0] = root.children[0].props[0].value.clone(),
            |root| root.children[0].children[0].args.swap(0, 1),
            |root| root.children[0].children[0].args.truncate(1),
        ];
        for (count, change) in changes.into_iter().enumerate() {
            assert_eq!(codes(change, text), ["N012"], "change {count}");
        }
    }

    #[test]
    fn what_only_the_other_reader_refuses_is_refused() {
        // The last line of such a string gives the indentation of all.
        assert!(codes(|_| {}, "a #\"\"\"\n x\n  \"\"\"#\n").contains(&"N005"));
    }
}
