//! `all` and `exists`: loops over the rows of a list, bounded in depth and linear in cost.

use crate::check::{Checker, Row};
use crate::codes;
use crate::known::{After, Place};
use crate::operand::Operand;
use crate::scope;
use crate::syntax::{Expr, ExprKind};
use crate::typed::{Condition, Loop};
use lockgate_bytes::Span;
use lockgate_eval::MAX_LOOPS;
use lockgate_record::Form;

impl<'s> Checker<'s, '_, '_> {
    /// `list.all(row, body)` or `list.exists(row, body)`
    pub(crate) fn repetition(
        &mut self,
        list: Place,
        every: bool,
        row: &Expr,
        body: &Expr,
        span: Span,
    ) -> Option<Operand<'s>> {
        let ExprKind::Name(name) = &row.kind else {
            return self.no_loop(row.span, "the first argument is a new name for the row");
        };
        let taken = self.rows.iter().any(|row| row.name == *name)
            || self.scope.shape.is_some_and(|shape| shape.name() == name)
            || scope::ALL.contains(&name.as_str());
        if taken {
            return self
                .no_loop(row.span, &format!("`{name}` has a meaning already; call the row otherwise"));
        }
        if self.rows.len() >= MAX_LOOPS {
            return self.no_loop(span, &format!("more than {MAX_LOOPS} loops are inside one another"));
        }
        if usize::from(list.0) != self.rows.len() {
            return self.no_loop(
                span,
                "a loop inside a loop runs over a list of the row, so that cost stays linear",
            );
        }
        let (field, ..) = self.list(list)?;
        let Form::List { min, .. } = self.scope.shape?.node(list.1)?.form else { return None };
        self.mention(list.1);
        if min > 0 && every {
            self.read(list, span);
        }
        self.rows.push(Row { name: name.clone(), list: list.1 });
        let (known, reads) = (self.known.clone(), std::mem::take(&mut self.reads));
        self.known.extend(reads.iter().copied());
        let checked = self.condition(body);
        (self.known, self.reads) = (known, reads);
        self.rows.pop();
        let body_span = body.span;
        let (body, _) = checked?;
        if let Condition::Constant(value) = body {
            self.always(body_span, value);
        }
        let condition = Condition::Loop(Box::new(Loop { list: field, every, required: min > 0, body }));
        Some(Operand::Condition(condition, After::default()))
    }

    fn no_loop<T>(&mut self, span: Span, message: &str) -> Option<T> {
        self.report.error(&codes::LOOP, span, message);
        None
    }
}
