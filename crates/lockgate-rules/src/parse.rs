//! From words and signs to the tree of an expression, with the precedences of CEL.

use crate::codes;
use crate::report::Report;
use crate::syntax::{Arithmetic, Expr, ExprKind, Sign, Word};
use crate::token::{MAX_DEPTH, Token, TokenKind, tokens};
use lockgate_bytes::Span;

/// Words that CEL keeps for itself (language definition, section "Syntax", RESERVED), `in` and the literals included.
const RESERVED: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// Reads a whole expression; `None` after an error, which is reported.
pub(crate) fn parse(report: &mut Report<'_, '_>) -> Option<Expr> {
    let tokens = tokens(report)?;
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, report };
    let expr = parser.expression()?;
    match parser.peek() {
        TokenKind::End => Some(expr),
        _ => parser.unexpected("the expression is complete before this"),
    }
}

struct Parser<'t, 'r, 'a, 'd> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
    report: &'r mut Report<'a, 'd>,
}

impl<'t> Parser<'t, '_, '_, '_> {
    /// `or ? or : expression`
    fn expression(&mut self) -> Option<Expr> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH.saturating_add(1) {
            return self.too_deep(self.span());
        }
        let condition = self.or()?;
        let expr = if self.eat("?") {
            let yes = self.or()?;
            self.expect(":", "`? :` has two branches")?;
            let no = self.expression()?;
            let span = join(condition.span, no.span);
            self.make(ExprKind::Choose(Box::new([condition, yes, no])), span)?
        } else {
            condition
        };
        self.depth = self.depth.saturating_sub(1);
        Some(expr)
    }

    fn or(&mut self) -> Option<Expr> {
        self.chain("||", Self::and, ExprKind::Or)
    }

    fn and(&mut self) -> Option<Expr> {
        self.chain("&&", Self::relation, ExprKind::And)
    }

    /// Operands with the same sign between them become one node, so that a long chain is not deep.
    fn chain(
        &mut self,
        sign: &'static str,
        operand: fn(&mut Self) -> Option<Expr>,
        kind: fn(Vec<Expr>) -> ExprKind,
    ) -> Option<Expr> {
        let first = operand(self)?;
        if !self.is(sign) {
            return Some(first);
        }
        let mut span = first.span;
        let mut operands = vec![first];
        while self.eat(sign) {
            let next = operand(self)?;
            span = join(span, next.span);
            operands.push(next);
        }
        self.make(kind(operands), span)
    }

    fn relation(&mut self) -> Option<Expr> {
        let mut left = self.sum()?;
        loop {
            let sign = if let TokenKind::Sign(sign) = self.peek() { Sign::named(sign) } else { None };
            let is_in = matches!(self.peek(), TokenKind::Name) && self.word() == "in";
            if sign.is_none() && !is_in {
                return Some(left);
            }
            self.advance();
            let right = self.sum()?;
            let span = join(left.span, right.span);
            let both = Box::new([left, right]);
            let kind = match sign {
                Some(sign) => ExprKind::Compare(sign, both),
                None => ExprKind::In(both),
            };
            left = self.make(kind, span)?;
        }
    }

    fn sum(&mut self) -> Option<Expr> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                TokenKind::Sign("+") => Arithmetic::Add,
                TokenKind::Sign("-") => Arithmetic::Subtract,
                _ => return Some(left),
            };
            self.advance();
            let right = self.product()?;
            left = self.arithmetic(operator, left, right)?;
        }
    }

    fn product(&mut self) -> Option<Expr> {
        let mut left = self.unary()?;
        loop {
            match self.peek() {
                TokenKind::Sign("*") => {}
                TokenKind::Sign("/" | "%") => {
                    return self.unexpected("there is no division: it is not exact; multiply the other side");
                }
                _ => return Some(left),
            }
            self.advance();
            let right = self.unary()?;
            left = self.arithmetic(Arithmetic::Multiply, left, right)?;
        }
    }

    fn arithmetic(&mut self, operator: Arithmetic, left: Expr, right: Expr) -> Option<Expr> {
        let span = join(left.span, right.span);
        self.make(ExprKind::Arithmetic(operator, Box::new([left, right])), span)
    }

    /// Any number of `!` or any number of `-`, then a member.
    fn unary(&mut self) -> Option<Expr> {
        let mut signs = Vec::new();
        while self.is("!") || self.is("-") {
            if signs.len() >= MAX_DEPTH {
                return self.too_deep(self.span());
            }
            signs.push((self.is("!"), self.span()));
            self.advance();
        }
        let mut expr = self.member()?;
        for (is_not, span) in signs.into_iter().rev() {
            let span = join(span, expr.span);
            let inner = Box::new(expr);
            let kind = if is_not { ExprKind::Not(inner) } else { ExprKind::Minus(inner) };
            expr = self.make(kind, span)?;
        }
        Some(expr)
    }

    /// A primary with `.name` and `.name(...)` behind it.
    fn member(&mut self) -> Option<Expr> {
        let mut expr = self.primary()?;
        while self.eat(".") {
            let name = self.name("the name of a field or function")?;
            let start = expr.span;
            if self.is("(") {
                let (arguments, end) = self.arguments("(", ")")?;
                let call = ExprKind::Call { on: Some(Box::new(expr)), name, arguments };
                expr = self.make(call, join(start, end))?;
            } else {
                let span = join(start, name.span);
                expr = self.make(ExprKind::Field(Box::new(expr), name), span)?;
            }
        }
        if self.is("[") {
            return self.unexpected("rows are not counted: use `all` or `exists`");
        }
        Some(expr)
    }

    fn primary(&mut self) -> Option<Expr> {
        let (kind, span) = (self.peek().clone(), self.span());
        match kind {
            TokenKind::Number(number) => self.leaf(ExprKind::Number(number)),
            TokenKind::Text(text) => self.leaf(ExprKind::Text(text)),
            TokenKind::Name if self.word() == "true" => self.leaf(ExprKind::Flag(true)),
            TokenKind::Name if self.word() == "false" => self.leaf(ExprKind::Flag(false)),
            TokenKind::Name => {
                let name = self.name("a name")?;
                if !self.is("(") {
                    return self.make(ExprKind::Name(name.text), span);
                }
                let (arguments, end) = self.arguments("(", ")")?;
                self.make(ExprKind::Call { on: None, name, arguments }, join(span, end))
            }
            TokenKind::Sign("(") => {
                self.advance();
                let mut expr = self.expression()?;
                let end = self.span();
                self.expect(")", "a bracket is open")?;
                expr.span = join(span, end);
                Some(expr)
            }
            TokenKind::Sign("[") => {
                let (items, end) = self.arguments("[", "]")?;
                self.make(ExprKind::List(items), join(span, end))
            }
            TokenKind::End => self.unexpected("the expression ends where a value must follow"),
            TokenKind::Sign(_) => self.unexpected("a value must stand here"),
        }
    }

    /// Expressions between brackets, with commas; also where the closing bracket stands.
    fn arguments(&mut self, open: &'static str, close: &'static str) -> Option<(Vec<Expr>, Span)> {
        self.expect(open, "a bracket must open")?;
        let mut arguments = Vec::new();
        if !self.is(close) {
            arguments.push(self.expression()?);
            while self.eat(",") {
                arguments.push(self.expression()?);
            }
        }
        let end = self.span();
        self.expect(close, "a bracket is open")?;
        Some((arguments, end))
    }

    fn name(&mut self, what: &str) -> Option<Word> {
        let (text, span) = (self.word().to_owned(), self.span());
        if !matches!(self.peek(), TokenKind::Name) {
            return self.unexpected(&format!("{what} must stand here"));
        }
        if RESERVED.contains(&text.as_str()) {
            self.report.error(
                &codes::RESERVED,
                span,
                format!("`{text}` is reserved by CEL and names nothing"),
            );
            return None;
        }
        self.advance();
        Some(Word { text, span })
    }

    fn leaf(&mut self, kind: ExprKind) -> Option<Expr> {
        let span = self.span();
        self.advance();
        self.make(kind, span)
    }

    fn make(&mut self, kind: ExprKind, span: Span) -> Option<Expr> {
        let deepest = |parts: &[Expr]| parts.iter().map(|part| part.depth).max().unwrap_or(0);
        let below = match &kind {
            ExprKind::Name(_) | ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Flag(_) => 0,
            ExprKind::List(parts) | ExprKind::And(parts) | ExprKind::Or(parts) => deepest(parts),
            ExprKind::Field(part, _) | ExprKind::Not(part) | ExprKind::Minus(part) => part.depth,
            ExprKind::Call { on, arguments, .. } => {
                deepest(arguments).max(on.as_ref().map_or(0, |on| on.depth))
            }
            ExprKind::Compare(_, parts) | ExprKind::In(parts) | ExprKind::Arithmetic(_, parts) => {
                deepest(parts.as_slice())
            }
            ExprKind::Choose(parts) => deepest(parts.as_slice()),
        };
        let depth = below.saturating_add(1);
        if depth > MAX_DEPTH {
            return self.too_deep(span);
        }
        Some(Expr { kind, span, depth })
    }

    fn peek(&self) -> &'t TokenKind {
        self.tokens.get(self.at).map_or(&TokenKind::End, |token| &token.kind)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(Span::default(), |token| token.span)
    }

    fn word(&self) -> &str {
        self.report.written.at(self.span())
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), TokenKind::Sign(found) if *found == sign)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        if found {
            self.advance();
        }
        found
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn expect(&mut self, sign: &str, why: &str) -> Option<()> {
        if self.eat(sign) { Some(()) } else { self.unexpected(&format!("{why}: `{sign}` must stand here")) }
    }

    fn unexpected<T>(&mut self, message: &str) -> Option<T> {
        let span = self.span();
        self.report.error(&codes::SYNTAX, span, message);
        None
    }

    fn too_deep<T>(&mut self, span: Span) -> Option<T> {
        let message = format!("the parts of this expression are nested more than {MAX_DEPTH} levels deep");
        self.report.error(&codes::TOO_DEEP, span, message);
        None
    }
}

/// From the beginning of the one to the end of the other.
fn join(from: Span, to: Span) -> Span {
    Span { start: from.start.min(to.start), end: from.end.max(to.end) }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::report::{Report, Written};
    use crate::syntax::ExprKind;
    use lockgate_notation::Diagnostics;

    fn code(text: &str) -> Option<&'static str> {
        let mut diagnostics = Diagnostics::about("x", text);
        let parsed = parse(&mut Report::new(Written::alone(text), &mut diagnostics));
        assert_eq!(parsed.is_none(), diagnostics.has_errors());
        diagnostics.iter().next().map(|found| found.code)
    }

    #[test]
    fn precedence_is_that_of_cel() {
        let text = "a || b && !c == d ? e : f in [1, 2]";
        let mut diagnostics = Diagnostics::about("x", text);
        let parsed = parse(&mut Report::new(Written::alone(text), &mut diagnostics)).unwrap();
        let ExprKind::Choose(parts) = parsed.kind else { panic!("{parsed:?}") };
        let ExprKind::Or(or) = &parts[0].kind else { panic!() };
        let ExprKind::And(and) = &or[1].kind else { panic!() };
        assert!(matches!(and[1].kind, ExprKind::Compare(..)));
        assert!(matches!(parts[2].kind, ExprKind::In(_)));
    }

    #[test]
    fn what_is_no_expression_is_said() {
        for text in
            ["", "a &&", "(a", "a)", "f(a", "[1", "a b", "a.1", "a[0]", "a / 2", "a % 2", "? a", "a ? b", "."]
        {
            assert_eq!(code(text), Some("E006"), "{text}");
        }
        for text in ["null", "a.in", "while > 1", "as"] {
            assert_eq!(code(text), Some("E007"), "{text}");
        }
    }

    #[test]
    fn no_nesting_can_exhaust_the_stack() {
        for text in [
            "(".repeat(1_000_000),
            "!".repeat(1_900),
            "-".repeat(1_900),
            "a ? b : ".repeat(400),
            "[".repeat(100),
            "f(".repeat(100),
            format!("a{}", ".b".repeat(900)),
            format!("a{}", " + b".repeat(900)),
            format!("a{}", " == b".repeat(900)),
        ] {
            assert_eq!(code(&text), Some("E004"), "{}", text.chars().take(9).collect::<String>());
        }
        assert_eq!(code(&format!("a{}", " && b".repeat(900))), None, "a chain is not deep");
    }
}
