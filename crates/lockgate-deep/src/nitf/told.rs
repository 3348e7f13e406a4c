//! What the security groups of a file say, told to people and to the search for markings: each different one once, however
//! many segments have it.

use super::security::{Class, Security, words};
use crate::{Answer, codes};
use core::fmt;

/// The groups of one file.
#[derive(Default)]
pub(super) struct Groups {
    groups: Vec<Group>,
    /// What is written in them, and where it stands first.
    texts: Vec<(String, String)>,
}

/// Groups that are the same for people: the class, and which fields are filled.
struct Group {
    class: Option<Class>,
    filled: [bool; 3],
    /// Where the first one stands, and how many more there are.
    first: String,
    more: usize,
}

impl Groups {
    /// Takes in the group of the file or of a segment.
    pub(super) fn take(&mut self, place: &str, security: &Security<'_>) {
        let fields = [security.codewords, security.control, security.release];
        let filled = fields.map(|field| words(field).next().is_some());
        let same = |group: &&mut Group| group.class == security.class && group.filled == filled;
        match self.groups.iter_mut().find(same) {
            Some(group) => group.more = group.more.saturating_add(1),
            None => {
                self.groups.push(Group { class: security.class, filled, first: place.to_owned(), more: 0 });
            }
        }
        // Fields stand side by side: without something between them, two words would look like one.
        let mut text = String::new();
        for field in fields.into_iter().chain(security.others).map(<[u8]>::trim_ascii) {
            if !field.is_empty() {
                text.push_str(&String::from_utf8_lossy(field));
                text.push('\n');
            }
        }
        if !text.is_empty() && self.texts.iter().all(|(known, _)| *known != text) {
            self.texts.push((text, place.to_owned()));
        }
    }

    /// Tells all of them. A class of no name is one that no label bears out; unclassified is below all of them.
    pub(super) fn tell(self, answer: &mut Answer) {
        let mut classes = Vec::new();
        for group in self.groups {
            if group.class != Some(Class::Unclassified) || group.filled.contains(&true) {
                answer.found(codes::NITF_SECURITY, group.to_string());
            }
            if group.class != Some(Class::Unclassified) && !classes.contains(&group.class) {
                classes.push(group.class);
                let says = group.class.map_or("a class of no name", Class::words);
                answer.says_its_class(&format!("class of {}", group.first), says);
            }
        }
        for (text, place) in self.texts {
            answer.says(&format!("security group of {place}"), text);
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, filled, first, more } = self;
        write!(f, "class {}", class.map_or("of no name", Class::words))?;
        let names = ["codewords", "control and handling", "release list"];
        for (name, _) in names.iter().zip(filled).filter(|(_, filled)| **filled) {
            write!(f, ", {name}")?;
        }
        write!(f, ": {first}")?;
        if *more > 0 { write!(f, ", and {more} more") } else { Ok(()) }
    }
}
