//! What a lane rounds and renames before it crosses.

use super::lane_type::unknown_field;
use crate::codes;
use crate::load::{CoarsenPart, TypePart};
use crate::report::Text;
use lockgate_bytes::{Duration, Ratio};
use lockgate_core::{Alter, Alteration, Naming, NotNameable, NotRoundable, Rounding, Towards};
use lockgate_notation::Diagnostics;
use lockgate_record::{Form, Kind, Node, NodeId, Role, Shape};
use lockgate_schema::binary::model::Step;
use lockgate_schema::{Steps, Type};

/// The alterations of one type, in the order of the lane file.
pub(crate) fn of_type(
    part: &TypePart,
    described: &Type,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Alteration>> {
    let mut gathered = Gathered { part, described, found: Vec::new(), whole: true, diagnostics };
    for coarsen in &part.coarsen {
        for path in &coarsen.fields {
            gathered.add(path, |node, id, described| rounding(node, id, described, coarsen));
        }
    }
    for path in &part.pseudonyms {
        gathered.add(path, renaming);
    }
    let Gathered { found, whole, .. } = gathered;
    whole.then_some(found)
}

struct Gathered<'a> {
    part: &'a TypePart,
    described: &'a Type,
    found: Vec<Alteration>,
    whole: bool,
    diagnostics: &'a mut Diagnostics,
}

impl Gathered<'_> {
    fn add(&mut self, path: &Text, how: impl FnOnce(&Node, NodeId, &Type) -> Result<Alter, String>) {
        let shape = self.described.shape();
        let Some(id) = shape.find(&path.value) else {
            self.whole = false;
            return unknown_field(shape, path, self.diagnostics);
        };
        match self.made(path, id, shape, how) {
            Ok(alteration) => self.found.push(alteration),
            Err(why) => {
                self.whole = false;
                self.diagnostics.error(&codes::NOT_ALTERABLE, path.span, why);
            }
        }
    }

    fn made(
        &self,
        path: &Text,
        id: NodeId,
        shape: &Shape,
        how: impl FnOnce(&Node, NodeId, &Type) -> Result<Alter, String>,
    ) -> Result<Alteration, String> {
        let written = &path.value;
        let node = shape.node(id).ok_or("there is no such field")?;
        if self.found.iter().any(|known| known.node() == id) {
            return Err(format!("`{written}` is altered twice"));
        }
        if self.is_redacted(id, shape) {
            return Err(format!("`{written}` is left out by `redact`, so nothing of it is left to alter"));
        }
        let how = how(node, id, self.described).map_err(|why| format!("`{written}` {why}"))?;
        Alteration::new(shape, id, how).ok_or_else(|| format!("`{written}` is no value"))
    }

    fn is_redacted(&self, id: NodeId, shape: &Shape) -> bool {
        let redacted: Vec<NodeId> =
            self.part.redact.iter().filter_map(|path| shape.find(&path.value)).collect();
        std::iter::successors(Some(id), |id| shape.node(*id)?.parent).any(|id| redacted.contains(&id))
    }
}

fn rounding(node: &Node, id: NodeId, described: &Type, part: &CoarsenPart) -> Result<Alter, String> {
    let kind = kind_of(node)?;
    if node.options.role.is_some_and(|role| !may_be_rounded(role)) {
        return Err(decides(node));
    }
    let to = &part.to.value;
    if matches!(kind, Kind::Time) {
        let step = Duration::parse(to).ok_or_else(|| time_step(to))?;
        if let Some(Steps::Time(nanos)) = described.steps(id)
            && step.nanos().checked_rem(nanos) != Some(0)
        {
            return Err(format!("is written in steps of {nanos} ns, of which \"{to}\" is no whole multiple"));
        }
        return Rounding::time(kind, step.nanos()).map(Alter::Round).map_err(|_| time_step(to));
    }
    let step = Ratio::parse(to).ok_or_else(|| {
        format!(
            "is rounded to multiples of a step above zero, such as \"0.01\" or \"180/2^15\"; not of \"{to}\""
        )
    })?;
    if let Some(Steps::Number(own)) = described.steps(id)
        && !is_multiple(step, own)
    {
        return Err(format!(
            "cannot say every multiple of \"{to}\": it has steps of {}/{}",
            own.times, own.by
        ));
    }
    let counts_time = node.options.role.is_some_and(|role| role.name().starts_with("time."));
    let towards = if counts_time { Towards::Below } else { Towards::Nearest };
    Rounding::number(kind, step, towards).map(Alter::Round).map_err(|why| match why {
        NotRoundable::NoNumber => "is neither a number nor a time".to_owned(),
        NotRoundable::Step => format!("cannot say every multiple of \"{to}\""),
        NotRoundable::Bounds => format!("has bounds without a multiple of \"{to}\" near each of its values"),
    })
}

fn time_step(to: &str) -> String {
    format!("is a time: it is rounded to multiples of a duration such as \"1m\", not of \"{to}\"")
}

/// True where every multiple of `step` is a number of a field of the step `own`: (number * times + plus) / by.
fn is_multiple(step: Ratio, own: Step) -> bool {
    // step = p/q, in numerators of the field: p * by / q.
    let over = i128::from(step.numerator()).checked_mul(i128::from(own.by));
    let under = i128::from(step.denominator());
    let whole = |value: Option<i128>, by: i128| value.is_some_and(|value| value.checked_rem(by) == Some(0));
    let numerators = over.and_then(|over| over.checked_div(under));
    let times = i128::from(own.times);
    whole(over, under) && whole(numerators, times) && whole(Some(i128::from(own.plus)), times)
}

fn renaming(node: &Node, id: NodeId, described: &Type) -> Result<Alter, String> {
    let kind = kind_of(node)?;
    if described.has_form(id) {
        return Err("has texts of one form, and no pseudonym has it".to_owned());
    }
    if node.options.role.is_some_and(|role| !matches!(role, Role::IdentityTrack | Role::IdentitySource)) {
        return Err(decides(node));
    }
    Naming::of(kind).map(Alter::Rename).map_err(|why| match why {
        NotNameable::NoName => "is neither a text nor a whole number, so it names nothing".to_owned(),
        NotNameable::TooShort => {
            "has no room for a pseudonym, 20 hexadecimal digits that begin with any of them".to_owned()
        }
        NotNameable::TooMany => "has bounds too far apart for a pseudonym".to_owned(),
    })
}

fn kind_of(node: &Node) -> Result<&Kind, String> {
    match &node.form {
        Form::Value(kind) => Ok(kind),
        Form::Section | Form::List { .. } => Err("is no value; name the fields in it".to_owned()),
    }
}

/// Roles whose field says something that may be said less exactly. What marks, flags, names or ranks an object may not.
fn may_be_rounded(role: Role) -> bool {
    let name = role.name();
    name.starts_with("time.") || name.starts_with("position.")
}

fn decides(node: &Node) -> String {
    let role = node.options.role.map_or("", Role::name);
    format!("has the role {role}, so it crosses as it is or not at all")
}
