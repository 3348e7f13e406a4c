//! Comments at the ends of neighbouring lines, brought into one column.

/// Comments stand in one column as far as their lines are no wider than this.
const MAX_ALIGNED: usize = 72;

/// The text `out` with its comments aligned; `comments` are the offsets at which they begin, in order.
pub(crate) fn align(out: &str, comments: Vec<usize>) -> String {
    let mut aligned = String::with_capacity(out.len());
    let mut comments = comments.into_iter().peekable();
    let (mut group, mut at): (Vec<(&str, &str)>, usize) = (Vec::new(), 0);
    for line in out.split_inclusive('\n') {
        let end = at.saturating_add(line.len());
        let comment = comments.next_if(|comment| *comment < end);
        match comment.and_then(|comment| line.split_at_checked(comment.saturating_sub(at))) {
            Some(parts) => group.push(parts),
            None => {
                align_group(&mut group, &mut aligned);
                aligned.push_str(line);
            }
        }
        at = end;
    }
    align_group(&mut group, &mut aligned);
    aligned
}

/// Writes a group of lines, each as (code, ` // comment`), with the comments in one column.
fn align_group(group: &mut Vec<(&str, &str)>, out: &mut String) {
    let width = |code: &str| code.chars().count();
    let widest = group.iter().map(|(code, _)| width(code)).filter(|wide| *wide <= MAX_ALIGNED).max();
    for (code, comment) in group.drain(..) {
        out.push_str(code);
        let short = widest.unwrap_or(0).saturating_sub(width(code));
        out.extend(std::iter::repeat_n(' ', short));
        out.push_str(comment);
    }
}
