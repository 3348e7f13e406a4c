//! Numbers far beyond what the sender signed: they make no loss of what lies below them, whatever the bounds are.

use super::{EPOCH, Teller, at, delivered, hear, lost, marks, receiver, restarted};
use crate::manifest::Closing;
use crate::receiver::{Alarm, Cause, Event, Limits, Note};
use alloc::vec;
use alloc::vec::Vec;

/// Far from whatever a sender comes to.
const FAR: u64 = 1 << 63;

fn count(events: &[Event]) -> u64 {
    lost(events).iter().map(|it| it.1 - it.0).sum()
}

#[test]
fn gaps_that_nobody_signed_are_not_given_up_for_room() {
    let mut receiver = receiver(Limits { ranges: 256, ..Limits::default() });
    let mut teller = Teller::new(EPOCH);
    let begin = [teller.manifest(640, vec![], None), teller.object(639)];
    let mut events = hear(&mut receiver, &begin, at(0));
    for number in 0..4_097 {
        events.extend(hear(&mut receiver, &[teller.object(FAR + 2 * number)], at(0)));
    }
    // Of those that the sender signed one gap was given up; then there was no room any more, and none of them is a loss.
    assert_eq!(lost(&events), [(0, 639, Cause::Unheard)]);
    assert_eq!(delivered(&events).len(), 256);
    assert_eq!(receiver.counters().no_room, 4_098 - 256);
    // The true ones go on: each touches the one before it.
    let more = hear(&mut receiver, &[teller.object(640), teller.object(641)], at(1));
    assert_eq!(delivered(&more), [640, 641]);
    // A true one behind a gap finds room once the sender has signed the gap.
    assert_eq!(delivered(&hear(&mut receiver, &[teller.object(700)], at(2))), []);
    let signed = [teller.manifest(701, vec![], None), teller.object(700)];
    let more = hear(&mut receiver, &signed, at(3));
    assert_eq!((delivered(&more), lost(&more)), (vec![700], vec![(642, 700, Cause::Unheard)]));
    assert!(receiver.journal().len() < 270, "{}", receiver.journal().len());
}

#[test]
fn what_was_turned_away_is_lost_for_that_when_the_sender_signs_it() {
    let mut receiver = receiver(Limits { ranges: 2, ..Limits::default() });
    let mut teller = Teller::new(EPOCH);
    let begin = [teller.object(0), teller.object(FAR), teller.object(5), teller.part(7, [0; 32], 1, b"x")];
    let events = hear(&mut receiver, &begin, at(0));
    assert_eq!((delivered(&events), lost(&events)), (vec![0, FAR], vec![]));
    let damaged = events.iter().filter(|it| matches!(it, Event::Alarm(Alarm::Damaged(_))));
    assert_eq!((damaged.count(), receiver.counters().no_room), (1, 2));
    hear(&mut receiver, &[teller.manifest(9, vec![], None)], at(0));
    let events = hear(&mut receiver, &[], at(4_000));
    let (unheard, no_room) = (Cause::Unheard, Cause::NoRoom);
    let all = [(1, 5, unheard), (5, 6, no_room), (6, 7, unheard), (7, 8, no_room), (8, 9, unheard)];
    assert_eq!(lost(&events), all);
}

/// What lies below a late object is given up for it, and above it, and never the object itself.
#[test]
fn a_late_object_finds_room_among_what_is_signed() {
    for late in [3, 6, 8, 12, 14] {
        let mut receiver = receiver(Limits { ranges: 3, ..Limits::default() });
        let mut teller = Teller::new(EPOCH);
        let others: Vec<_> = [1, 5, 10].iter().map(|number| teller.object(*number)).collect();
        hear(&mut receiver, &others, at(0));
        hear(&mut receiver, &[teller.manifest(15, vec![], None)], at(0));
        let events = hear(&mut receiver, &[teller.object(late)], at(0));
        assert_eq!(delivered(&events), [late]);
        let ranges = receiver.journal().iter().filter(|it| matches!(it, Note::Ended { .. })).count();
        assert!(ranges <= 3, "{late}: {ranges}");
    }
}

#[test]
fn a_number_far_beyond_the_last_signature_loses_little_when_its_epoch_ends_unsigned() {
    for restarts in [false, true] {
        let mut receiver = receiver(Limits::default());
        let mut teller = Teller::new(EPOCH);
        let begin = [teller.manifest(640, vec![], None), teller.object(639), teller.object(u64::MAX - 1)];
        let mut events = hear(&mut receiver, &begin, at(0));
        assert_eq!(delivered(&events), [639, u64::MAX - 1]);
        if restarts {
            receiver = restarted(&events);
        }
        let mut new = Teller::new(EPOCH + 1);
        events.extend(hear(&mut receiver, &[new.manifest(0, vec![], None)], at(100)));
        events.extend(hear(&mut receiver, &[], at(80_000)));
        let all = count(&events);
        assert!((640..=640 + (1 << 20)).contains(&all), "{all}");
        assert!(events.iter().any(|it| matches!(it, Event::Closed { epoch: EPOCH, exact: false, .. })));
    }
}

/// A start in the middle of an epoch begins from how far all had ended, not from nothing.
#[test]
fn a_restart_knows_how_far_all_had_ended() {
    let far = 3 << 20;
    let mut receiver = receiver(Limits::default());
    let mut teller = Teller::new(EPOCH);
    let mut events = hear(&mut receiver, &[teller.manifest(far, vec![], None)], at(0));
    events.extend(hear(&mut receiver, &[], at(4_000)));
    assert_eq!(count(&events), far);
    let mut again = restarted(&events);
    let mut events = hear(&mut again, &[teller.object(far + 1)], at(5_000));
    let mut new = Teller::new(EPOCH + 1);
    events.extend(hear(&mut again, &[new.manifest(0, vec![], None)], at(5_000)));
    events.extend(hear(&mut again, &[], at(90_000)));
    assert_eq!((delivered(&events), lost(&events)), (vec![far + 1], vec![(far, far + 1, Cause::Unheard)]));
}

/// A signed end counts in full, however far it is.
#[test]
fn a_signed_end_is_believed() {
    let mut receiver = receiver(Limits::default());
    let mut teller = Teller::new(EPOCH);
    hear(&mut receiver, &[teller.manifest(1, vec![], None)], at(0));
    let closing = Closing { epoch: EPOCH, datagrams: teller.sequence, marks: marks(5 << 20) };
    let mut new = Teller::new(EPOCH + 1);
    let mut events = hear(&mut receiver, &[new.manifest(0, vec![], Some(closing))], at(0));
    events.extend(hear(&mut receiver, &[], at(4_000)));
    assert_eq!(count(&events), 5 << 20);
}
