//! Tokens to a tree.

use lockgate_bytes::Span;

use crate::token::{Kind, Token};
use crate::{Diagnostics, Node, Prop, ValueKind, codes};

/// Properties of one node, at most. Each is held against those before it, and no node has more than a few.
const MAX_PROPS: usize = 64;

/// Reads the tokens of one file.
pub(crate) struct Parser<'t, 'd> {
    pub(crate) text: &'t str,
    pub(crate) tokens: &'t [Token],
    pub(crate) at: usize,
    /// The parts that are disabled by `/-`.
    pub(crate) disabled: Vec<Span>,
    pub(crate) diagnostics: &'d mut Diagnostics,
}

/// A syntax error was reported; the rest of the line is skipped.
pub(crate) struct Broken;

impl Parser<'_, '_> {
    /// The node without a name whose children are the nodes of the file.
    pub(crate) fn file(&mut self) -> Node {
        let mut root = empty(String::new(), Span::default());
        root.span = Span::new(0, self.text.len());
        root.children = self.nodes();
        root
    }

    pub(crate) fn peek(&self) -> Option<Token> {
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
            None if node.props.len() >= MAX_PROPS => {
                let message = format!("`{}` has more than {MAX_PROPS} properties", node.name);
                return Err(self.refused(&codes::TOO_MANY_PROPERTIES, prop.name_span, message));
            }
            None => node.props.push(prop),
        }
        Ok(())
    }

    fn disabled(&mut self, mark: Token, span: Span) {
        self.disabled.push(Span::new(start(mark), end_of(span)));
    }

    pub(crate) fn broken(&mut self, span: Span, message: &str) -> Broken {
        self.refused(&codes::SYNTAX, span, message)
    }

    pub(crate) fn refused(
        &mut self,
        code: &crate::DiagnosticCode,
        span: Span,
        message: impl Into<String>,
    ) -> Broken {
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

fn start(token: Token) -> usize {
    start_of(token.span)
}

fn start_of(span: Span) -> usize {
    usize::try_from(span.start).unwrap_or(usize::MAX)
}

fn end_of(span: Span) -> usize {
    usize::try_from(span.end).unwrap_or(usize::MAX)
}
