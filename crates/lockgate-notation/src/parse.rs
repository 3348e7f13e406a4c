//! Tokens to a tree, after which the `kdl` crate must agree.

use std::sync::Arc;

use lockgate_bytes::Span;

use crate::confirm::confirm;
use crate::quantity::parse_number;
use crate::scan::{Kind, Token, scan};
use crate::{Diagnostics, Document, MAX_BYTES, Node, Prop, Value, ValueKind, codes};

impl Document {
    /// Reads the authored file `name` (its path below the bundle, for messages).
    ///
    /// # Errors
    /// All that is wrong with it. Parts disabled by `/-` are only warned about, in [`Document::warnings`].
    pub fn parse(name: &str, text: &[u8]) -> Result<Self, Diagnostics> {
        let (text, tokens, mut diagnostics) = bounded(name, text)?;
        let (root, disabled) = read(text, &tokens, &mut diagnostics);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let root = confirm(text, &tokens, &disabled, root, &mut diagnostics);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        Ok(Self { name: name.into(), text: Arc::from(text), root, warnings: diagnostics })
    }
}

/// Checks every bound and splits the text into tokens.
pub(crate) fn bounded<'t>(
    name: &str,
    text: &'t [u8],
) -> Result<(&'t str, Vec<Token>, Diagnostics), Diagnostics> {
    let mut diagnostics = Diagnostics::about(name, "");
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len());
        diagnostics.error(&codes::TOO_LARGE, Span::default(), message);
        return Err(diagnostics);
    }
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(fault) => {
            let good = fault.valid_up_to();
            diagnostics.enter(name, &String::from_utf8_lossy(text));
            let message = format!("the file is not UTF-8 from its byte {good} on");
            diagnostics.error(&codes::NOT_UTF8, Span::new(good, good.saturating_add(1)), message);
            return Err(diagnostics);
        }
    };
    diagnostics.enter(name, text);
    let tokens = scan(text, &mut diagnostics);
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok((text, tokens, diagnostics)) }
}

/// Reads tokens into a tree whose strings are not decoded yet, and the outermost parts that are disabled.
pub(crate) fn read(text: &str, tokens: &[Token], diagnostics: &mut Diagnostics) -> (Node, Vec<Span>) {
    let mut parser = Parser { text, tokens, at: 0, disabled: Vec::new(), diagnostics };
    let root = parser.file();
    let mut disabled = parser.disabled;
    disabled.sort_unstable();
    let mut covered = 0;
    disabled.retain(|span| {
        let outermost = span.start >= covered;
        covered = covered.max(span.end);
        outermost
    });
    for span in &disabled {
        diagnostics.warning(&codes::DISABLED_PART, *span, "this part is disabled by `/-`");
    }
    (root, disabled)
}

struct Parser<'t, 'd> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
    disabled: Vec<Span>,
    diagnostics: &'d mut Diagnostics,
}

/// A syntax error was reported; the rest of the line is skipped.
struct Broken;

impl Parser<'_, '_> {
    fn file(&mut self) -> Node {
        let mut root = empty(String::new(), Span::default());
        root.span = Span::new(0, self.text.len());
        root.children = self.nodes();
        root
    }

    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn eat(&mut self, kind: Kind) -> Option<Token> {
        let token = self.peek().filter(|token| token.kind == kind)?;
        self.at = self.at.saturating_add(1);
        Some(token)
    }

    /// Skips what has no meaning between two nodes, line ends included.
    fn between_nodes(&mut self) {
        while self.peek().is_some_and(|token| {
            matches!(token.kind, Kind::Space | Kind::Newline | Kind::LineComment | Kind::BlockComment)
        }) {
            self.at = self.at.saturating_add(1);
        }
    }

    /// Skips what has no meaning within a node; true where there was something.
    fn within_node(&mut self) -> Result<bool, Broken> {
        let before = self.at;
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Space | Kind::BlockComment => self.at = self.at.saturating_add(1),
                Kind::Continue => {
                    self.at = self.at.saturating_add(1);
                    while self.eat(Kind::Space).or_else(|| self.eat(Kind::BlockComment)).is_some() {}
                    let _ = self.eat(Kind::LineComment);
                    if self.peek().is_some() && self.eat(Kind::Newline).is_none() {
                        return Err(self.broken(token.span, "after `\\` the line must end"));
                    }
                }
                _ => break,
            }
        }
        Ok(self.at > before)
    }

    /// The nodes up to the `}` that closes their parent, or to the end of the file.
    fn nodes(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        loop {
            self.between_nodes();
            if let Some(token) = self.eat(Kind::Semicolon) {
                self.broken(token.span, "this `;` ends nothing");
                continue;
            }
            let Some(token) = self.peek() else { return nodes };
            if token.kind == Kind::Close {
                return nodes;
            }
            let slashdash = self.eat(Kind::Slashdash);
            if slashdash.is_some() {
                self.between_nodes();
            }
            match (self.node(), slashdash) {
                (Ok(node), None) => nodes.push(node),
                (Ok(node), Some(mark)) => {
                    // Its `;` is disabled with it.
                    let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).copied();
                    let semicolon = last.filter(|token| token.kind == Kind::Semicolon);
                    self.disabled(mark, semicolon.map_or(node.span, |token| token.span));
                }
                (Err(Broken), _) => self.skip_line(),
            }
        }
    }

    fn node(&mut self) -> Result<Node, Broken> {
        let Some(token) = self.peek() else {
            let end = Span::new(self.text.len(), self.text.len());
            return Err(self.broken(end, "`/-` disables nothing"));
        };
        let name = self.value()?;
        let ValueKind::Word(noun) = name.kind else {
            let message = "a node begins with its noun, a bare word";
            return Err(self.broken(token.span, message));
        };
        let mut node = empty(noun, name.span);
        let mut parts: Option<Span> = None;
        loop {
            let spaced = self.within_node()?;
            let slashdash = self.eat(Kind::Slashdash);
            if slashdash.is_some() {
                self.between_nodes();
            }
            let Some(token) = self.peek() else { break };
            if token.kind == Kind::Open {
                let children = self.parts()?;
                let span = Span::new(start(token), self.previous_end());
                match slashdash {
                    Some(mark) => self.disabled(mark, span),
                    None => match parts.replace(span) {
                        Some(_) => {
                            return Err(self.broken(token.span, "a node has its parts in one pair of braces"));
                        }
                        None => node.children = children,
                    },
                }
                continue;
            }
            if slashdash.is_none() && ends_node(token.kind) {
                break;
            }
            if parts.is_some() {
                let message = "a node ends with its `}`; the next one needs a line of its own";
                return Err(self.broken(token.span, message));
            }
            if !spaced && slashdash.is_none() {
                return Err(self.broken(token.span, "a blank is missing before this"));
            }
            self.entry(&mut node, slashdash)?;
        }
        node.span = Span::new(start_of(node.name_span), self.last_end(&node, parts));
        self.end_of_node()?;
        Ok(node)
    }

    /// A node ends with its line, a `;`, the `}` of its parent or the file.
    fn end_of_node(&mut self) -> Result<(), Broken> {
        match self.peek().map(|token| (token.kind, token.span)) {
            None | Some((Kind::Close | Kind::LineComment, _)) => Ok(()),
            Some((Kind::Newline | Kind::Semicolon, _)) => {
                self.at = self.at.saturating_add(1);
                Ok(())
            }
            Some((_, span)) => Err(self.broken(span, "the node should end here")),
        }
    }

    fn parts(&mut self) -> Result<Vec<Node>, Broken> {
        let open = self.eat(Kind::Open).map_or(Span::default(), |token| token.span);
        let children = self.nodes();
        if self.eat(Kind::Close).is_none() {
            return Err(self.broken(open, "this `{` is not closed"));
        }
        Ok(children)
    }

    /// One argument or property, put into `node` unless it is disabled.
    fn entry(&mut self, node: &mut Node, slashdash: Option<Token>) -> Result<(), Broken> {
        let first = self.value()?;
        let before_space = self.at;
        let _ = self.eat(Kind::Space);
        if self.eat(Kind::Equals).is_none() {
            self.at = before_space;
            match slashdash {
                Some(mark) => self.disabled(mark, first.span),
                None => node.args.push(first),
            }
            return Ok(());
        }
        let _ = self.eat(Kind::Space);
        let ValueKind::Word(name) = first.kind else {
            return Err(self.broken(first.span, "a property is named by a bare word"));
        };
        let value = self.value()?;
        let prop = Prop { name, name_span: first.span, value };
        if let Some(mark) = slashdash {
            self.disabled(mark, prop.value.span);
            return Ok(());
        }
        match node.props.iter().find(|known| known.name == prop.name) {
            Some(known) => {
                let message = format!("`{}` already has the property `{}`", node.name, prop.name);
                let diagnostic = self.diagnostics.error(&codes::REPEATED_PROPERTY, prop.name_span, message);
                diagnostic.label(known.name_span, "the first one");
            }
            None => node.props.push(prop),
        }
        Ok(())
    }

    fn value(&mut self) -> Result<Value, Broken> {
        let Some(token) = self.peek() else {
            let end = Span::new(self.text.len(), self.text.len());
            return Err(self.broken(end, "a value is missing before the end of the file"));
        };
        let written = token.of(self.text);
        let kind = match token.kind {
            Kind::Bare => self.bare(token, written)?,
            // Decoded by `confirm`, which has the decoder.
            Kind::Quoted | Kind::QuotedLines | Kind::Raw | Kind::RawLines => ValueKind::Text(String::new()),
            Kind::Keyword => self.keyword(token, written)?,
            Kind::TypeOpen => {
                let message = "the notation has no type annotations";
                return Err(self.refused(&codes::TYPE_ANNOTATION, token.span, message));
            }
            _ => return Err(self.broken(token.span, "a value is missing here")),
        };
        self.at = self.at.saturating_add(1);
        Ok(Value { kind, span: token.span, written: written.to_owned(), runs: Vec::new() })
    }

    fn keyword(&mut self, token: Token, written: &str) -> Result<ValueKind, Broken> {
        match written {
            "#true" => Ok(ValueKind::Bool(true)),
            "#false" => Ok(ValueKind::Bool(false)),
            _ => {
                let message = format!("`{written}` may not stand in a file");
                Err(self.refused(&codes::FORBIDDEN_KEYWORD, token.span, message))
            }
        }
    }

    /// A word or a number.
    fn bare(&mut self, token: Token, written: &str) -> Result<ValueKind, Broken> {
        let unsigned = written.strip_prefix(['+', '-']).unwrap_or(written);
        let after_point = unsigned.strip_prefix('.').unwrap_or(unsigned);
        if !after_point.starts_with(|letter: char| letter.is_ascii_digit()) {
            if matches!(unsigned, "true" | "false" | "null" | "inf" | "nan") {
                let message = format!("`{written}` is neither a word nor a value");
                return Err(self.refused(&codes::NOT_A_VALUE, token.span, message));
            }
            return Ok(ValueKind::Word(written.to_owned()));
        }
        if let Some(number) = parse_number(written) {
            return Ok(ValueKind::Number(number));
        }
        let number =
            |letter: char| letter.is_ascii_digit() || matches!(letter, '_' | '.' | 'e' | 'E' | '+' | '-');
        let digits = unsigned.chars().all(number) || number_like_radix(unsigned);
        if digits && !unsigned.starts_with('.') && written.matches('.').count() < 2 {
            let message = format!("the number {written} cannot be kept exactly");
            return Err(self.refused(&codes::INEXACT_NUMBER, token.span, message));
        }
        let message = format!("`{written}` is not a number, and what begins like one must be quoted");
        let help = format!("write \"{written}\"");
        self.diagnostics.error(&codes::NOT_A_VALUE, token.span, message).help(help);
        Err(Broken)
    }

    fn disabled(&mut self, mark: Token, span: Span) {
        self.disabled.push(Span::new(start(mark), end_of(span)));
    }

    fn broken(&mut self, span: Span, message: &str) -> Broken {
        self.refused(&codes::SYNTAX, span, message)
    }

    fn refused(&mut self, code: &crate::DiagnosticCode, span: Span, message: impl Into<String>) -> Broken {
        self.diagnostics.error(code, span, message);
        Broken
    }

    /// Goes on after the line, over whole parts, so that one mistake is reported once.
    fn skip_line(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Open => depth = depth.saturating_add(1),
                Kind::Close if depth == 0 => return,
                Kind::Close => depth = depth.saturating_sub(1),
                Kind::Newline | Kind::Semicolon if depth == 0 => return,
                _ => {}
            }
            self.at = self.at.saturating_add(1);
        }
    }

    fn previous_end(&self) -> usize {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.map_or(0, |token| end_of(token.span))
    }

    fn last_end(&self, node: &Node, parts: Option<Span>) -> usize {
        let values = node.args.iter().chain(node.props.iter().map(|prop| &prop.value));
        let ends = values.map(|value| value.span).chain(parts).chain([node.name_span]);
        ends.map(end_of).max().unwrap_or(0)
    }
}

fn empty(name: String, name_span: Span) -> Node {
    let (args, props, children) = (Vec::new(), Vec::new(), Vec::new());
    Node { name, name_span, args, props, children, span: name_span }
}

/// True for what stands after the end of a node.
pub(crate) fn ends_node(kind: Kind) -> bool {
    matches!(kind, Kind::Newline | Kind::Semicolon | Kind::Close | Kind::LineComment)
}

fn number_like_radix(unsigned: &str) -> bool {
    let radix = unsigned.get(..2).is_some_and(|prefix| matches!(prefix, "0x" | "0o" | "0b"));
    radix
        && unsigned.len() > 2
        && unsigned.bytes().skip(2).all(|byte| byte.is_ascii_hexdigit() || byte == b'_')
}

fn start(token: Token) -> usize {
    start_of(token.span)
}

fn start_of(span: Span) -> usize {
    usize::try_from(span.start).unwrap_or(usize::MAX)
}

fn end_of(span: Span) -> usize {
    usize::try_from(span.end).unwrap_or(usize::MAX)
}
