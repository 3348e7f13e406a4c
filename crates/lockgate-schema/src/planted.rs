//! A fault that unit tests plant in the emitters, to see that the interpreters catch it, and in the reader of type files, to see
//! that no type is made of it. Anywhere else there is none.

use crate::model::Element;

#[cfg(test)]
thread_local! {
    static PLANTED: core::cell::Cell<bool> = const { core::cell::Cell::new(false) };
}

/// True while a test has planted the fault.
#[cfg(test)]
pub(crate) fn is_planted() -> bool {
    PLANTED.get()
}

/// Plants the fault, or takes it away.
#[cfg(test)]
pub(crate) fn plant(fault: bool) {
    PLANTED.set(fault);
}

/// No fault.
#[cfg(not(test))]
#[inline]
pub(crate) const fn is_planted() -> bool {
    false
}

/// The numbers of so many parts in the order in which they are written; the fault turns it round.
#[inline]
pub(crate) fn order(many: usize) -> impl Iterator<Item = usize> {
    (0..many).map(move |at| if is_planted() { many.wrapping_sub(at).wrapping_sub(1) } else { at })
}

/// Has the first two attributes of the first element that has two begin like one another, where the fault is planted.
pub(crate) fn swap_openings(element: &mut Element) {
    if !is_planted() {
        return;
    }
    if let [one, other, ..] = element.attributes.as_mut_slice() {
        core::mem::swap(&mut one.opening, &mut other.opening);
    } else if let Some(child) = element.children.first_mut() {
        swap_openings(child);
    }
}

#[cfg(test)]
mod tests {
    use super::PLANTED;
    use crate::{Compiled, Reference, Type};
    use lockgate_bytes::{Budget, Untrusted};
    use lockgate_core::{Inspection, Inspector};
    use std::sync::Arc;

    fn read(by: &dyn Inspector, object: &[u8]) -> Inspection {
        let mut into = Inspection::default();
        by.inspect(Untrusted::new(object), &mut into, &mut Budget::new(100_000));
        assert!(into.reasons.is_empty(), "{:?} of {:?}", into.reasons, String::from_utf8_lossy(object));
        into
    }

    /// What the faulty emitter writes says the same, and the emitter, asked itself, finds nothing: it is the interpreter
    /// that does.
    fn is_caught(encoding: &str, record: &str, object: &[u8]) {
        let text = format!(
            "type \"x\" version=\"1\" tier=3 {{\n title \"x\"\n source \"test\"\n {encoding}\n record x {{\n{record}\n }}\n}}\n"
        );
        let of = Type::parse("x", text.as_bytes(), &|_| inner());
        let of = Arc::new(of.map_err(|wrong| wrong.render()).unwrap().0);
        let (compiled, reference) = (Compiled::new(Arc::clone(&of)), Reference::new(Arc::clone(&of)));
        let before = read(&compiled, object);
        assert!(before.canonical && read(&reference, object).canonical);
        PLANTED.set(true);
        let mut wrong = Vec::new();
        assert!(compiled.emit(&before.record, Untrusted::new(object), &[], &mut wrong));
        assert_ne!(wrong, object);
        let again = read(&reference, &wrong);
        let blind = compiled.is_canonical(&again.record, Untrusted::new(&wrong), &[]);
        PLANTED.set(false);
        assert!(before.record.says_the_same(object, &again.record, &wrong, of.shape()));
        assert!(blind, "the emitter does not see its own fault");
        assert!(!again.canonical, "not caught: {:?}", String::from_utf8_lossy(&wrong));
    }

    #[test]
    fn tags_in_another_order_are_caught() {
        is_caught(
            "encoding binary\n limits size=\"1KiB\"\n identify prefix=0x05",
            "tags oid-ber {\n tag 5 {\n field a uint bits=8\n }\n tag 6 {\n field b uint bits=8\n }\n }",
            &[5, 1, 7, 6, 1, 9],
        );
    }

    /// What other types may hold as a value.
    fn inner() -> Option<Arc<Type>> {
        let text = "type \"inner\" version=\"1\" tier=3 {\n title \"x\"\n source \"test\"\n encoding binary\n limits size=\"1KiB\"\n \
                    identify prefix=0x05\n record inner {\n field m uint bits=8 is=5\n tags oid-ber {\n tag 5 {\n field a uint bits=8\n }\n \
                    tag 6 {\n field b uint bits=8\n }\n }\n }\n}\n";
        Type::parse("inner", text.as_bytes(), &|_| None).ok().map(|(of, _)| Arc::new(of))
    }

    #[test]
    fn faults_inside_a_value_are_caught() {
        is_caught(
            "encoding xml namespace=\"\"\n limits size=\"1KiB\" depth=2\n identify element=\"x\"",
            "element b embed=\"inner\" coding=base64",
            b"<x><b>BQUBBwYBCQ==</b></x>",
        );
    }

    #[test]
    fn fields_that_say_nothing_are_caught() {
        is_caught(
            "encoding text\n limits size=\"1KiB\"\n identify set=\"A\"",
            "set a {\n field b text max=9\n field c text max=9 optional=#true\n }",
            b"A/X//\n",
        );
    }

    #[test]
    fn members_in_another_order_are_caught() {
        is_caught(
            "encoding json\n limits size=\"1KiB\" depth=2 members=4\n identify member=\"a\"",
            "member a text max=9\n member b integer min=0 max=9",
            b"{\"a\":\"x\",\"b\":1}",
        );
    }
}
