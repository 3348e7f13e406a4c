//! Large objects are looked at a piece at a time, ahead of their turn.

use super::{Filled, Way, link_key, ms, sealed_by};
use crate::looks::PIECE;
use crate::outcome::What;
use lockgate_bytes::{Precedence, Time};
use lockgate_diode::{LinkKey, Terms, open};
use lockgate_reason::egress::SEAL_BROKEN;

/// Classes of what is ready to leave, which then leaves.
fn leave(way: &mut Way, now: Time) -> Vec<Precedence> {
    let key = LinkKey::new(&[4; 32]);
    let classes = way.out.wires.ready(now).filter_map(|datagram| open(datagram, 7, &key).unwrap().head.class);
    let classes = classes.collect();
    way.flush(now);
    classes
}

#[test]
fn what_is_urgent_does_not_wait_for_all_of_a_large_object_to_be_looked_at() {
    let mut way = Way::new(Terms::new(7));
    while let Filled::More = way.fill(ms(0)) {
        way.flush(ms(0));
    }
    way.flush(ms(0));
    let pieces = 14;
    way.offer(pieces * PIECE - 5);
    for piece in 1..pieces {
        if piece == 3 {
            let flash = sealed_by(&link_key(), 2, |it| it.precedence = Precedence::Flash);
            way.queue.offer(flash, ms(0), &mut way.outcomes);
        }
        assert!(matches!(way.fill(ms(0)), Filled::More), "there is something to look at");
        let left = leave(&mut way, ms(0));
        assert_eq!(left, if piece == 3 { vec![Precedence::Flash] } else { vec![] }, "piece {piece}");
    }
    way.fill(ms(0));
    let left = leave(&mut way, ms(0));
    assert!(left.len() > 10 && left.iter().all(|class| *class == Precedence::Routine), "{left:?}");
}

#[test]
fn a_byte_that_changes_before_it_is_looked_at_is_refused() {
    let mut way = Way::new(Terms::new(7));
    way.offer(5 * PIECE);
    way.offer_until(2, 3 * PIECE, Time::MAX);
    for _ in 0..2 {
        way.fill(ms(0));
        way.flush(ms(0));
    }
    let place = way.queue.first_of(Precedence::Routine, true).unwrap();
    way.queue.spoil(place, |it| it.bytes[4 * PIECE] ^= 1);
    for _ in 0..400 {
        way.fill(ms(0));
        way.flush(ms(0));
        way.out.settle(ms(0), &mut way.outcomes);
    }
    let ends: Vec<_> = way.outcomes.iter().map(|it| (it.entry, it.what.code())).collect();
    assert_eq!(ends, [(1, Some(SEAL_BROKEN)), (2, None)]);
    assert_eq!(way.came(), [2].into());
}

/// One that has been seen and then waits behind another for long is looked at anew.
#[test]
fn a_look_counts_for_a_while() {
    for (spoilt_at, is_refused) in [(None, false), (Some(6_000), true)] {
        let mut way = Way::new(Terms { rate: Some(64_000), ..Terms::new(7) });
        way.offer(2 * PIECE);
        way.offer_until(2, 2 * PIECE, Time::MAX);
        for millis in (0..60_000).step_by(10) {
            if Some(millis) == spoilt_at {
                let place = way.queue.first_of(Precedence::Routine, true).unwrap();
                way.queue.spoil(place, |it| it.bytes[9] ^= 1);
            }
            way.fill(ms(millis));
            way.flush(ms(millis));
            way.out.settle(ms(millis), &mut way.outcomes);
        }
        let ends: Vec<_> = way.outcomes.iter().map(|it| (it.entry, it.what.code())).collect();
        assert_eq!(ends, [(1, None), (2, is_refused.then_some(SEAL_BROKEN))]);
        assert!(matches!(way.outcomes[0].what, What::Sent));
    }
}
