//! Readers of XML.

use lockgate_bench::baseline;
use lockgate_bench::measure::Subject;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::hint::black_box;

/// Every reader over `events`; the yardstick comes first.
pub fn subjects(events: &[Vec<u8>]) -> Vec<Subject<'_>> {
    vec![
        Subject {
            name: "quick-xml, tokens",
            work: Box::new(|at| {
                black_box(baseline::tokens(&events[at]));
            }),
        },
        Subject {
            name: "quick-xml, with attributes",
            work: Box::new(|at| {
                black_box(attributes(&events[at]));
            }),
        },
        Subject {
            name: "roxmltree, tree",
            work: Box::new(|at| {
                let text = std::str::from_utf8(&events[at]).unwrap_or("");
                black_box(roxmltree::Document::parse(text).is_ok());
            }),
        },
    ]
}

/// Bytes in all attribute values; `None` where the object is not well-formed.
fn attributes(object: &[u8]) -> Option<usize> {
    let mut reader = Reader::from_reader(object);
    let mut bytes = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return Some(bytes),
            Ok(Event::Start(element) | Event::Empty(element)) => {
                for attribute in element.attributes() {
                    bytes += attribute.ok()?.value.len();
                }
            }
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}
