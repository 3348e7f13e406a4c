//! Work is counted in steps, never in seconds, so that every bound is a deterministic test.

/// How many steps of work one object may still cost.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    spent: u64,
}

/// The object asked for more work than it may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverBudget {
    /// The limit in steps that would have been passed.
    pub limit: u64,
}

impl Budget {
    /// A fresh budget of `limit` steps.
    pub fn new(limit: u64) -> Self {
        Self { limit, spent: 0 }
    }

    /// Spends `steps`.
    ///
    /// # Errors
    /// [`OverBudget`] where that passes the limit; it then stays exhausted.
    #[inline]
    pub fn spend(&mut self, steps: u64) -> Result<(), OverBudget> {
        self.spent = self.spent.saturating_add(steps);
        if self.spent > self.limit { Err(OverBudget { limit: self.limit }) } else { Ok(()) }
    }

    /// Steps spent so far.
    pub fn spent(&self) -> u64 {
        self.spent
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, OverBudget};

    #[test]
    fn the_last_step_is_allowed_and_the_next_is_not() {
        let mut budget = Budget::new(3);
        assert_eq!(budget.spend(3), Ok(()));
        assert_eq!(budget.spend(1), Err(OverBudget { limit: 3 }));
        assert_eq!(budget.spend(0), Err(OverBudget { limit: 3 }), "exhausted for good");
    }
}
