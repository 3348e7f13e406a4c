//! Whether two texts say the same: the check behind every layout.

use crate::read::read;
use crate::scan::scan;
use crate::token::{Kind, Token};
use crate::{Diagnostics, Node, Value};

/// True where both texts have the same nodes, values as written, and comments, in the same order.
pub(crate) fn says_the_same(text: &str, tokens: &[Token], printed: &str) -> bool {
    let mut faults = Diagnostics::new();
    let again = scan(printed, &mut faults);
    let (before, _) = read(text, tokens, &mut Diagnostics::new());
    let (after, _) = read(printed, &again, &mut faults);
    !faults.has_errors() && same_node(&before, &after) && meaning(text, tokens).eq(meaning(printed, &again))
}

/// Everything in a file but blanks, line ends and what only separates.
fn meaning<'t>(text: &'t str, tokens: &'t [Token]) -> impl Iterator<Item = (Kind, &'t str)> {
    let separates =
        |kind: Kind| matches!(kind, Kind::Space | Kind::Newline | Kind::Semicolon | Kind::Continue);
    let kept = tokens.iter().filter(move |token| !separates(token.kind));
    kept.map(|token| (token.kind, token.of(text).trim_end()))
}

fn same_node(left: &Node, right: &Node) -> bool {
    let same_value = |left: &Value, right: &Value| left.kind == right.kind && left.written == right.written;
    left.name == right.name
        && left.args.len() == right.args.len()
        && left.args.iter().zip(&right.args).all(|(left, right)| same_value(left, right))
        && left.props.len() == right.props.len()
        && left
            .props
            .iter()
            .zip(&right.props)
            .all(|(left, right)| left.name == right.name && same_value(&left.value, &right.value))
        && left.children.len() == right.children.len()
        && left.children.iter().zip(&right.children).all(|(left, right)| same_node(left, right))
}

#[cfg(test)]
mod tests {
    use super::says_the_same;
    use crate::read::bounded;

    #[test]
    fn a_layout_that_says_something_else_is_noticed() {
        let text = "a 0xB0 p=\"x\" { b; } // why\n/-c\n";
        let (text, tokens, _) = bounded("a.kdl", text.as_bytes()).expect("within bounds");
        assert!(says_the_same(text, &tokens, "a 0xB0 p=\"x\" {\n    b\n} // why\n/-c\n"));
        for other in [
            "a 176 p=\"x\" {\n    b\n} // why\n/-c\n",
            "a 0xB0 p=\"x\" {\n    b\n}\n/-c\n",
            "a 0xB0 p=\"x\" {\n    b\n} // why\nc\n",
            "a 0xB0 p=x {\n    b\n} // why\n/-c\n",
            "a 0xB0 p=\"x\"\nb // why\n/-c\n",
            "a 0xB0 p=\"x\" {\n    b\n // why\n/-c\n",
        ] {
            assert!(!says_the_same(text, &tokens, other), "{other}");
        }
    }
}
