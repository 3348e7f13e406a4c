//! What readers of every encoding but XML ask before anything else: that there are bytes, not too many, and that the
//! budget holds.

use crate::fault::Fault;
use lockgate_bytes::Budget;
use lockgate_reason::framing;

/// Pays for the bytes of an object of at most `size`: a step a byte, since none is looked at more often than a few times.
pub(crate) fn open(size: usize, bytes: &[u8], budget: &mut Budget) -> Result<(), Fault> {
    let all = bytes.len();
    if all == 0 {
        return Err(Fault::new(framing::EMPTY, 0, 0));
    }
    if all > size {
        return Err(Fault::new(framing::OVER_SIZE, size, all));
    }
    let steps = u64::try_from(all).unwrap_or(u64::MAX).saturating_add(1);
    budget.spend(steps).map_err(|_| Fault::new(framing::OVER_BUDGET, 0, all))
}

#[cfg(test)]
mod tests {
    use super::open;
    use lockgate_bytes::Budget;
    use lockgate_reason::framing;

    #[test]
    fn an_object_is_opened_within_its_size_and_the_budget() {
        let open =
            |size, bytes: &[u8], steps| open(size, bytes, &mut Budget::new(steps)).map_err(|it| it.code);
        assert_eq!(open(4, b"", 10), Err(framing::EMPTY));
        assert_eq!(open(4, b"abc", 4), Ok(()));
        assert_eq!(open(4, b"abcd", 5), Ok(()), "as many bytes and steps as there may be");
        assert_eq!(open(4, b"abcd", 4), Err(framing::OVER_BUDGET));
        assert_eq!(open(4, b"abcde", 10), Err(framing::OVER_SIZE));
    }
}
