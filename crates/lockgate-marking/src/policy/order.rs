//! The order of labels of one policy: who may read, dominance, and the strictest of two.

use super::{Absent, Group, Policy};
use crate::Label;
use crate::bits::Bits;
use crate::label::Created;

/// What a label says about one permissive group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Said {
    /// No constraint.
    Everyone,
    /// Those who hold one of its values.
    Some,
    /// Nobody.
    Nobody,
    /// Absent where absence means nobody or is undecided: nobody until somebody decides.
    Open,
}

impl Group {
    /// The values of both: a label that carries a value which everyone holds limits nobody, so the other one decides.
    fn meet(&self, mine: &Bits, theirs: &Bits) -> Bits {
        let (i_am_open, they_are_open) = (mine.meets(&self.everyone), theirs.meets(&self.everyone));
        match (i_am_open, they_are_open) {
            (true, true) => mine.and(theirs).or(&mine.or(theirs).and(&self.everyone)),
            (true, false) => *theirs,
            (false, true) => *mine,
            (false, false) => mine.and(theirs),
        }
    }
}

impl Policy {
    fn said(&self, index: u8, group: &Group, label: &Label) -> Said {
        if label.nobody & (1 << (index & 63)) != 0 {
            return Said::Nobody;
        }
        match (label.values.meets(&group.values), group.absent) {
            (true, _) => Said::Some,
            (false, Absent::Universe) => Said::Everyone,
            (false, _) => Said::Open,
        }
    }

    fn indexed_groups(&self) -> impl Iterator<Item = (u8, &Group)> {
        (0_u8..64).zip(&self.groups)
    }

    /// See [`Label::dominates`].
    pub(crate) fn dominates(&self, label: &Label, other: &Label) -> bool {
        let level = self.rank(label.level).zip(self.rank(other.level)).is_some_and(|(a, b)| a >= b);
        let restrictive = label.values.holds_all_of(&other.values.and(self.restrictive()));
        level
            && restrictive
            && self.indexed_groups().all(|(index, group)| {
                match (self.said(index, group, label), self.said(index, group, other)) {
                    (Said::Nobody | Said::Open, _) | (_, Said::Everyone) => true,
                    (Said::Some, Said::Some) => {
                        let (mine, theirs) =
                            (label.values.and(&group.values), other.values.and(&group.values));
                        theirs.meets(&group.everyone) || theirs.holds_all_of(&mine)
                    }
                    (Said::Everyone | Said::Some, _) => false,
                }
            })
    }

    /// True where `other` names, in a permissive group that `label` speaks of, readers that `label` does not name.
    pub(crate) fn names_fewer(&self, label: &Label, other: &Label) -> bool {
        self.groups.iter().any(|group| {
            let (mine, theirs) = (label.values.and(&group.values), other.values.and(&group.values));
            let limits = !mine.is_empty() && !mine.meets(&group.everyone);
            limits && !theirs.minus(&mine).is_empty()
        })
    }

    /// The strictest of two labels of this policy: nobody may read it who may not read both. Highest level, union of
    /// restrictive and informative values, intersection of permissive ones group by group; no value in common = nobody.
    /// A value that everyone holds leaves the choice to the other label. An absent group is neutral where absence means everyone, and stays absent otherwise.
    pub(crate) fn strictest(&self, a: &Label, b: &Label) -> Label {
        let level = if self.rank(a.level) >= self.rank(b.level) { a.level } else { b.level };
        let mut joined = Label::new(a.policy, level, a.values.or(&b.values));
        joined.privacy = a.privacy | b.privacy;
        joined.typed = a.typed | b.typed;
        for (index, group) in self.indexed_groups() {
            let (mine, theirs) = (a.values.and(&group.values), b.values.and(&group.values));
            let kept = match (self.said(index, group, a), self.said(index, group, b)) {
                (Said::Open, _) | (_, Said::Open) => None,
                (Said::Nobody, _) | (_, Said::Nobody) => Some(Bits::EMPTY),
                (Said::Everyone, Said::Everyone) => None,
                (Said::Everyone, Said::Some) => Some(theirs),
                (Said::Some, Said::Everyone) => Some(mine),
                (Said::Some, Said::Some) => Some(group.meet(&mine, &theirs)),
            };
            joined.values = joined.values.minus(&group.values);
            match kept {
                Some(kept) if kept.is_empty() => joined.nobody |= 1 << (index & 63),
                Some(kept) => joined.values = joined.values.or(&kept),
                None => {}
            }
        }
        joined.created = match (a.created, b.created) {
            (Some(a), Some(b)) => Some(Created { first: a.first.min(b.first), last: a.last.max(b.last) }),
            (stated, None) | (None, stated) => stated,
        };
        joined
    }
}
