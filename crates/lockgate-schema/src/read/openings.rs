//! How attributes begin, held against their names. Both readers and the emitter go by the one string, so none of them would see that it
//! is that of another attribute: what is read as a latitude would be the longitude, and be written so again.

use crate::model::{Element, Encoding, Field, Model, head_of};

/// An attribute that begins otherwise than with its name, and the prefix of its namespace where it has one: none in a type that was
/// read rightly.
pub(super) fn wrong(model: &Model) -> Option<&Field> {
    match model.encoding {
        Encoding::Xml => wrong_in(model, &model.root),
        Encoding::Json(_) | Encoding::Binary(_) | Encoding::Text(_) => None,
    }
}

/// The recursion is bounded by the levels that a type may have.
fn wrong_in<'m>(model: &'m Model, element: &'m Element) -> Option<&'m Field> {
    let attribute = element.attributes.iter().find(|field| !is_as_named(model, field));
    attribute.or_else(|| element.children.iter().find_map(|child| wrong_in(model, child)))
}

fn is_as_named(model: &Model, field: &Field) -> bool {
    let Field { wire, head, namespace, opening, .. } = field;
    let name = match (namespace, model.prefixes.iter().find(|prefix| prefix.namespace == *namespace)) {
        (0, _) => wire.clone(),
        (_, Some(prefix)) => format!("{}:{wire}", prefix.name),
        (_, None) => return false,
    };
    !wire.is_empty() && *opening == format!(" {name}=\"") && *head == head_of(wire.as_bytes())
}

#[cfg(test)]
mod tests {
    use crate::Type;
    use crate::both::Both;
    use crate::planted::plant;
    use std::sync::Arc;

    const SPOT: &str = "type \"spot\" version=\"1\" tier=3 {\n title \"x\"\n source \"test\"\n encoding xml namespace=\"\" {\n \
                        prefix \"p\" namespace=\"urn:p\"\n }\n limits size=\"1KiB\" depth=2\n identify element=\"spot\"\n record spot {\n \
                        element point {\n attribute lat integer min=0 max=9\n attribute lon integer min=0 max=9\n ATTRIBUTE }\n }\n}\n";

    fn spot(attribute: &str) -> Result<Type, String> {
        let text = SPOT.replace("ATTRIBUTE", attribute);
        Type::parse("spot", text.as_bytes(), &|_| None).map(|(of, _)| of).map_err(|wrong| wrong.render())
    }

    /// Read by such a type, both readers would say the same of the swapped values.
    #[test]
    fn a_type_whose_attributes_begin_like_one_another_is_none() {
        for attribute in ["", "attribute far text as=\"p:far\" max=9 optional=#true\n"] {
            let of = spot(attribute).unwrap();
            let mut both = Both::new(Arc::new(of));
            let object = b"<spot xmlns:p=\"urn:p\"><point lat=\"1\" lon=\"2\"/></spot>";
            assert!(both.judge(object).unwrap().reasons.is_empty());
            plant(true);
            let swapped = spot(attribute);
            plant(false);
            let says = swapped.map(|_| ()).unwrap_err();
            assert!(says.contains("the attribute `lat` would begin ` lon=\"`"), "{says}");
        }
    }
}
