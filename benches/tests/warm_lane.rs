//! A lane that is warm asks for no memory, whatever becomes of its objects; alone in its file, since the whole process
//! is counted.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use lockgate_bench::allocations::allocations_during;
use lockgate_bench::engine::{Engine, Outcome, Setup};
use lockgate_bench::event::{Carrier, Fault, Form, event};

/// Objects of one fate, distinct from each other.
fn objects(outcome: Outcome, carrier: Carrier, engine: &mut Engine) -> Vec<Vec<u8>> {
    let some = |form, fault| (0..40).map(|number| event(number, form, carrier, fault)).collect::<Vec<_>>();
    match outcome {
        Outcome::Verbatim => {
            let mut written = |object: &Vec<u8>| {
                let (mut line, mut released) = (String::new(), Vec::new());
                engine.inspect(object, &mut line, &mut released);
                released
            };
            some(Form::Usual, Fault::None).iter().map(&mut written).collect()
        }
        Outcome::Reemitted => some(Form::Usual, Fault::None),
        Outcome::Held => some(Form::Usual, Fault::Word),
        Outcome::Refused => {
            let mut all = some(Form::Usual, Fault::Window);
            // Cut off, of no type, misspelt, and empty.
            let whole = String::from_utf8(event(7, Form::Canonical, carrier, Fault::None)).unwrap();
            all.push(whole.as_bytes().iter().copied().take(whole.len() / 2).collect());
            all.push(b"no event at all".to_vec());
            if carrier == Carrier::Attributes {
                all.push(whole.replace("RESTRICTED", "RESTRCTED").into_bytes());
            }
            all.push(whole.replace("lat=\"", "lat=\"x").into_bytes());
            all.push(Vec::new());
            all
        }
    }
}

#[test]
fn a_warm_lane_allocates_nothing_whatever_the_verdict() {
    let mut engine = Engine::new(Setup { rules: 20, words: 2_000 }).unwrap();
    let fates = [Outcome::Verbatim, Outcome::Reemitted, Outcome::Held, Outcome::Refused];
    let mut all = Vec::new();
    for carrier in [Carrier::Attributes, Carrier::Label] {
        for fate in fates {
            all.extend(objects(fate, carrier, &mut engine).into_iter().map(|object| (fate, object)));
        }
    }
    let (mut line, mut released) = (String::new(), Vec::new());
    let mut pass = |fate: Option<Outcome>| {
        let mut other = 0;
        for (expected, object) in all.iter().filter(|(of, _)| fate.is_none_or(|fate| fate == *of)) {
            line.clear();
            other += usize::from(engine.inspect(object, &mut line, &mut released) != *expected);
        }
        other
    };
    // Two passes: the buffers of an object and of its rewriting change places.
    assert_eq!((pass(None), pass(None)), (0, 0), "every object has the fate that is meant");
    for fate in fates {
        assert_eq!(allocations_during(|| assert_eq!(pass(Some(fate)), 0)), 0, "{fate:?}");
    }
    assert_eq!(allocations_during(|| assert_eq!(pass(None), 0)), 0, "mixed");

    // Where the lane has to explain a label it writes a sentence or two for the object, and nothing more.
    let whole = String::from_utf8(event(7, Form::Canonical, Carrier::Label, Fault::None)).unwrap();
    let misspelt = whole.replace("RESTRICTED", "RESTRCTED").into_bytes();
    for object in [event(7, Form::Canonical, Carrier::Attributes, Fault::Level), misspelt] {
        let mut refuse = || {
            line.clear();
            engine.inspect(&object, &mut line, &mut released)
        };
        assert_eq!((refuse(), refuse()), (Outcome::Refused, Outcome::Refused));
        let sentences = allocations_during(|| assert_eq!(refuse(), Outcome::Refused));
        assert!(sentences <= 8, "{sentences} allocations explain a label");
    }
}
