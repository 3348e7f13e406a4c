//! ISM elements inside of others, and the marks in their texts: nothing in an element is above it. Source: ODNI ISM
//! v2022-DEC, where the attributes of an element speak of all that is in it.

use super::{CarrierKind, Claim, Where};
use crate::Reason;
use crate::carriers::IsmElements;
use crate::label::both;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use lockgate_marking::UsMarking;
use lockgate_reason::{Finding, marking};
use lockgate_record::{NodeId, Place, Shape};

/// An occurrence of an element: which one, and in which rows.
type Key = (usize, Place);

/// Adds a reason for each element and each mark that is above the element around it, and for each element that is stricter than
/// its own text. Against the whole all of them are held elsewhere. Gives how many elements were looked up.
pub(super) fn compare(
    claims: &[Claim],
    elements: &IsmElements,
    shape: &Shape,
    reasons: &mut Vec<Reason>,
) -> usize {
    let mut nested = Nested { elements, shape, at: BTreeMap::new(), looks: 0 };
    nested.index(claims, reasons);
    nested.texts(claims, reasons);
    nested.elements(claims, reasons);
    nested.looks
}

struct Nested<'c> {
    elements: &'c IsmElements,
    shape: &'c Shape,
    /// The claims of all elements that have attributes.
    at: BTreeMap<Key, &'c Claim>,
    looks: usize,
}

impl<'c> Nested<'c> {
    fn index(&mut self, claims: &'c [Claim], reasons: &mut Vec<Reason>) {
        for (key, claim, _) in self.of_elements(claims) {
            if self.at.insert(key, claim).is_some() {
                let says = "an element in more lists than are told apart";
                let finding = Finding::new(marking::UNREADABLE_CLAIM).saying(says);
                reasons.push(claim.explains(Reason::from(finding)));
            }
        }
    }

    /// The claims of elements, in their order; what cannot be read has its reason.
    fn of_elements(
        &self,
        claims: &'c [Claim],
    ) -> impl Iterator<Item = (Key, &'c Claim, Option<&'c UsMarking>)> + use<'c> {
        let elements = self.elements;
        let attributes = claims.iter().filter(|claim| claim.carrier == CarrierKind::MarkingAttributes);
        attributes.filter_map(|claim| {
            let place = place(claim)?;
            Some(((elements.of(place.node())?, place.at(NodeId(0))), claim, claim.us.as_deref()))
        })
    }

    /// The nearest element around `place` that has attributes, from `element` on outwards.
    fn around(&mut self, mut element: Option<usize>, place: Place) -> Option<(Key, &'c Claim)> {
        while let Some(at) = element {
            let of = self.elements.all.get(at)?;
            let key = (at, place.out_to(of.lists.len()).at(NodeId(0)));
            self.looks = self.looks.saturating_add(1);
            if let Some(claim) = self.at.get(&key) {
                return Some((key, claim));
            }
            element = of.inside;
        }
        None
    }

    /// No mark is above the element that its text is in; and where an element has marks in texts of its own, they are together
    /// as strict as it is.
    fn texts(&mut self, claims: &'c [Claim], reasons: &mut Vec<Reason>) {
        let mut inside: BTreeMap<Key, Vec<(&Claim, &UsMarking, bool)>> = BTreeMap::new();
        for claim in claims.iter().filter(|claim| claim.carrier == CarrierKind::PortionMark) {
            let (Some(place), Some(mark)) = (place(claim), claim.us.as_deref()) else { continue };
            let nearest = self.elements.of(place.node());
            if let Some((key, _)) = self.around(nearest, place) {
                let own = Some(key.0) == nearest && key.1 == place.at(NodeId(0));
                inside.entry(key).or_default().push((claim, mark, own));
            }
        }
        for (key, element, said) in self.of_elements(claims).filter(|(_, claim, _)| claim.part) {
            let (Some(said), Some(marks)) = (said, inside.get(&key)) else { continue };
            for (mark, _, _) in marks.iter().filter(|(_, mark, _)| !said.covers(mark)) {
                let says = "do not agree: the mark is above its element";
                let reason = both(marking::PART_ABOVE_WHOLE, element, mark, says, Some(self.shape));
                reasons.push(mark.explains(reason));
            }
            let own = marks.iter().filter(|(_, _, own)| *own);
            let together = UsMarking::roll_up(Some(said), own.clone().map(|(_, mark, _)| *mark));
            if let (Some((mark, ..)), Some(together)) = (own.clone().next(), together)
                && !together.covers(said)
            {
                let says = "do not agree: the element is stricter than its text";
                let reason = both(marking::DISAGREEMENT, element, mark, says, Some(self.shape));
                reasons.push(element.explains(reason));
            }
        }
    }

    /// No element is above the one that it stands in.
    fn elements(&mut self, claims: &'c [Claim], reasons: &mut Vec<Reason>) {
        for ((at, rows), claim, said) in self.of_elements(claims) {
            let outside = self.elements.all.get(at).and_then(|element| element.inside);
            let Some((_, around)) = self.around(outside, rows).filter(|(_, around)| around.part) else {
                continue;
            };
            if around.us.as_deref().zip(said).is_some_and(|(around, said)| !around.covers(said)) {
                let says = "do not agree: the element is above the one around it";
                let reason = both(marking::DISAGREEMENT, around, claim, says, Some(self.shape));
                reasons.push(claim.explains(reason));
            }
        }
    }
}

fn place(claim: &Claim) -> Option<Place> {
    match claim.at {
        Where::Field(place) => Some(place),
        Where::Beside(_) | Where::Lane => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ism::tests::profile;
    use super::{CarrierKind, Claim, Place, Where, compare};
    use crate::Reason;
    use crate::carriers::Carriers;
    use alloc::string::{String, ToString};
    use alloc::sync::Arc;
    use alloc::vec::Vec;
    use lockgate_bytes::Span;
    use lockgate_marking::UsMarking;
    use lockgate_record::{Charset, Kind, NodeId, NodeOptions, Role, Shape, ShapeBuilder};

    /// Sections, each with a text and with paragraphs that have one too.
    struct World {
        shape: Shape,
        carriers: Carriers,
        section: [NodeId; 2],
        paragraph: [NodeId; 2],
    }

    impl World {
        fn new() -> Self {
            let mut build = ShapeBuilder::new("r");
            let text = Kind::Text { min: 0, max: 99, charset: Charset::Printable };
            let role = |role| NodeOptions { role: Some(role), ..NodeOptions::default() };
            let mut element = |list: NodeId| {
                let attribute =
                    build.value(list, "classification", text.clone(), role(Role::MarkingIsm)).unwrap();
                let inner = build.value(list, "text", text.clone(), role(Role::MarkingPortion)).unwrap();
                (build.list(list, "inner", 0, 9, NodeOptions::default()).unwrap(), [attribute, inner])
            };
            let (sections, _) = element(NodeId(0));
            let (paragraphs, section) = element(sections);
            let (_, paragraph) = element(paragraphs);
            let shape = build.finish();
            let carriers = Carriers::find(&shape, Some(&profile()));
            Self { shape, carriers, section, paragraph }
        }

        /// What is told of `claims`, and how many elements were looked up.
        fn told(&self, claims: &[Claim]) -> (Vec<(&'static str, String)>, usize) {
            let mut reasons: Vec<Reason> = Vec::new();
            let looks = compare(claims, &self.carriers.ism, &self.shape, &mut reasons);
            (reasons.iter().map(|reason| (reason.code.id(), reason.says.to_string())).collect(), looks)
        }
    }

    fn marking(mark: &str) -> Arc<UsMarking> {
        let profile = profile();
        let carrier = profile.carrier("marking.ism").unwrap();
        let attributes = match mark {
            "U" => &[("classification", "U"), ("ownerProducer", "USA")],
            _ => &[("classification", "S"), ("ownerProducer", "USA")],
        };
        Arc::new(profile.us_attributes(carrier, attributes, &mut Vec::new()).marking.unwrap())
    }

    fn claim(carrier: CarrierKind, at: Place, us: &Arc<UsMarking>) -> Claim {
        let claim = Claim::new(carrier, Where::Field(at), Span::default(), None);
        Claim { part: true, us: Some(Arc::clone(us)), ..claim }
    }

    /// Each element against the nearest one around it that is marked, in its own rows; each mark against its element.
    #[test]
    fn nothing_in_an_element_is_above_it() {
        let world = World::new();
        let (low, high) = (marking("U"), marking("S"));
        let row = |number| Place::of(NodeId(0)).in_row(number);
        let of = |node: NodeId, place: Place, us| claim(CarrierKind::MarkingAttributes, place.at(node), us);
        let mark = |node: NodeId, place: Place, us| claim(CarrierKind::PortionMark, place.at(node), us);
        let ([section, text], [paragraph, inner]) = (world.section, world.paragraph);
        let above = "marking-attributes at r.inner[0].classification [0..0] and marking-attributes at \
                     r.inner[0].inner[3].classification [0..0] do not agree: the element is above the one around it";
        let in_row = |at| row(0).in_row(at);
        let cases = [
            (
                Vec::from([of(section, row(0), &low), of(paragraph, in_row(3), &high)]),
                Some(("LG-M021", above)),
            ),
            (Vec::from([of(section, row(0), &high), of(paragraph, in_row(3), &low)]), None),
            // Another section is not around it, wherever its claim stands.
            (Vec::from([of(paragraph, in_row(3), &high), of(section, row(1), &low)]), None),
            (
                Vec::from([of(paragraph, in_row(3), &high), of(section, row(0), &low)]),
                Some(("LG-M021", above)),
            ),
            (Vec::from([of(section, row(0), &low), mark(text, row(0), &high)]), Some(("LG-M066", ""))),
            (Vec::from([of(section, row(0), &high), mark(text, row(0), &low)]), Some(("LG-M021", ""))),
            // The paragraph has no attributes: its text is one of the section's, and need not be all of it.
            (Vec::from([of(section, row(0), &low), mark(inner, in_row(3), &high)]), Some(("LG-M066", ""))),
            (Vec::from([of(section, row(0), &high), mark(inner, in_row(3), &low)]), None),
        ];
        for (at, (claims, expected)) in cases.iter().enumerate() {
            let (told, _) = world.told(claims);
            let codes: Vec<&str> = told.iter().map(|(code, _)| *code).collect();
            assert_eq!(codes, expected.iter().map(|(code, _)| *code).collect::<Vec<_>>(), "{at} {told:?}");
            if let Some((_, says)) = expected.filter(|(_, says)| !says.is_empty()) {
                assert_eq!(told[0].1, says);
            }
        }
        let mut whole = cases[0].0.clone();
        whole[0].part = false;
        assert_eq!(world.told(&whole).0, [], "against the whole it is held elsewhere");
    }

    /// Twice the elements are twice the work.
    #[test]
    fn the_work_grows_with_the_elements_and_no_faster() {
        let world = World::new();
        let low = marking("U");
        let looks = |count: u16| {
            let ([section, text], [paragraph, inner]) = (world.section, world.paragraph);
            let mut claims = Vec::new();
            for at in 0..count {
                let row = Place::of(section).in_row(at);
                claims.push(claim(CarrierKind::MarkingAttributes, row, &low));
                claims.push(claim(CarrierKind::MarkingAttributes, row.in_row(7).at(paragraph), &low));
            }
            for at in 0..count {
                let row = Place::of(text).in_row(at);
                claims.push(claim(CarrierKind::PortionMark, row, &low));
                claims.push(claim(CarrierKind::PortionMark, row.in_row(7).at(inner), &low));
            }
            let (told, looks) = world.told(&claims);
            assert_eq!(told, []);
            looks
        };
        let (half, whole) = (looks(256), looks(512));
        assert_eq!(whole, 2 * half);
        assert!(whole <= 4 * 4 * 512, "{whole}");
    }
}
