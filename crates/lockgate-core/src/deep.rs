//! Deep inspection, as the engine sees it: something that looks into an object, or says why it did not.

use crate::finding::{Class, Finding};
use crate::object::{Received, Route, SlowObject};
use crate::policy::Policy;
use crate::{Ground, Inspected, Making, Reading, Reason, Workspace, area, words};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::{Digest, Untrusted};
use lockgate_reason::{Code, deep};

/// Looks into objects of no known type. Implemented by `lockgate-deep` through a jailed process, and by [`Unopened`].
pub trait Deep {
    /// Looks into one object, whole, and builds it anew as the lane says. What it gives as built anew was looked at again, by
    /// other code than wrote it.
    fn look(&mut self, object: Untrusted<'_>, making: Making) -> Looked;

    /// What was seen is on its way: now is the time to get ready for the next object.
    fn rest(&mut self) {}
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Looked {
    /// The worker did its work.
    Through(Seen),
    /// It did not; this is why.
    Failed(Code),
}

/// The largest file that is built anew, in bytes.
pub const REBUILT_BYTES_MAX: usize = 96 << 20;

/// What a worker saw in an object.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The form by structure, such as `png`; `None` where it is of none that is known.
    pub form: Option<&'static str>,
    /// True where every construct of the form was read.
    pub walked: bool,
    /// What does not belong, in the order of the object.
    pub findings: Vec<Finding>,
    /// The object built anew from its pixels, for people to decide on; `None` where that was not done.
    pub rebuilt: Option<Rebuilt>,
    /// How many pages or pictures what was built anew shows; 0 where nothing was.
    pub shown: usize,
    /// What it says, as far as the worker could read it: searched for words and markings, never shown.
    pub texts: Vec<Said>,
    /// Pictures of its first pages, in PNG, made by us, for people to look at.
    pub previews: Vec<Vec<u8>>,
    /// True where a page or picture was not read for text, and the lane asks for that.
    pub unread: bool,
    /// Where its pictures lie on the ground, one for each; empty where it is of a form that does not say that.
    pub grounds: Vec<Ground>,
}

/// Something that an object says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Where: a page, a field of the document's information. Visible ASCII.
    pub place: String,
    /// The text, by a worker's word for it.
    pub text: String,
    /// True where it is what the object says of its own classification, and nothing else. One that is no level of any policy
    /// as a whole is borne out by no label.
    pub is_class: bool,
}

/// A file that was built anew from what an object looks like. It is a candidate: nothing releases it but a decision of its
/// own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    sha256: Digest,
    size: usize,
    bytes: Vec<u8>,
}

impl Rebuilt {
    /// Names the file.
    pub fn of(bytes: Vec<u8>) -> Self {
        Self { sha256: Digest::of(&bytes), size: bytes.len(), bytes }
    }

    /// Its SHA-256.
    pub fn sha256(&self) -> Digest {
        self.sha256
    }

    /// How many bytes it has.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Its bytes, which then are no longer here; name and size stay.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.bytes)
    }
}

/// Looks into nothing: for lanes and machines without workers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unopened;

impl Deep for Unopened {
    fn look(&mut self, _: Untrusted<'_>, _: Making) -> Looked {
        Looked::Failed(deep::NOT_OPENED)
    }
}

/// Looks into nothing because too many others wait to be looked into.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crowded;

impl Deep for Crowded {
    fn look(&mut self, _: Untrusted<'_>, _: Making) -> Looked {
        Looked::Failed(deep::CROWDED)
    }
}

impl SlowObject {
    /// True for what the lane has looked into, where it can.
    pub fn is_for_workers(&self) -> bool {
        self.why == deep::NOT_OPENED
    }

    /// How many bytes it has.
    pub fn size(&self) -> usize {
        self.received.bytes.len()
    }

    /// Leaves the object for another time: what it was read into is free again.
    pub fn set_aside(self) -> (Vec<u8>, Box<Workspace>) {
        let Received { bytes, workspace, .. } = self.received;
        (bytes, workspace)
    }

    /// Has the object looked into, where the lane has a slow path for it. Whatever is seen, the object itself is never
    /// released: people decide on what was built anew from it, or a lane that leads up lets go of that.
    pub fn look(mut self, by: &mut dyn Deep, policy: &Arc<Policy>) -> Inspected {
        let workspace = &mut self.received.workspace;
        workspace.company.join(&mut workspace.first);
        if self.why != deep::NOT_OPENED {
            self.received.pass().inspection.reasons.push(Reason::new(self.why));
            return Inspected { received: self.received, route: Route::None, policy: Arc::clone(policy) };
        }
        let slow = policy.parts.slow.as_ref();
        let making = slow.map_or_else(Making::default, |slow| slow.making);
        let looked = match slow.is_some_and(|slow| self.size() > slow.size_max) {
            true => Looked::Failed(deep::TOO_LARGE),
            false => by.look(self.received.untrusted(), making),
        };
        let pass = self.received.pass();
        let seen = match looked {
            Looked::Failed(code) => {
                pass.inspection.reasons.push(Reason::new(code));
                Seen::default()
            }
            Looked::Through(seen) => {
                let accepts = policy.parts.slow.as_ref().map_or(&[][..], |slow| slow.accepts.as_slice());
                words::search(pass, policy, &seen.texts);
                let reasons = &mut pass.inspection.reasons;
                judge(&seen, accepts, making.reading, reasons);
                // A lane may let go unasked of what nothing stands against; anything at all is for people to see.
                if !(reasons.is_empty() && slow.is_some_and(|slow| slow.goes_unasked(&seen))) {
                    reasons.push(Reason::new(deep::PEOPLE_DECIDE));
                }
                let area = policy.parts.slow.as_ref().and_then(|slow| slow.area.as_ref());
                pass.inspection.reasons.extend(area.and_then(|area| area::judge(&seen, area)));
                seen
            }
        };
        Inspected { received: self.received, route: Route::Slow(Box::new(seen)), policy: Arc::clone(policy) }
    }
}

/// The finding of a worker that did not keep all that the object says: nobody searched the rest.
pub const UNSEARCHED: &str = "form.text-not-kept";

/// The finding of a worker that saw a label inside of the object, which nothing here reads: the object is not without one.
pub const LABEL_INSIDE: &str = "form.label";

/// One reason for each kind of thing that stands against the object.
fn judge(seen: &Seen, accepts: &[&'static str], reading: Reading, reasons: &mut Vec<Reason>) {
    for (class, code) in
        [(Class::Attack, deep::ATTACK), (Class::Hiding, deep::HIDING), (Class::Disclosure, deep::DISCLOSURE)]
    {
        let mut found = seen.findings.iter().filter(|finding| finding.code.class == class);
        if let Some(first) = found.next() {
            let more = match found.count() {
                0 => String::new(),
                more => alloc::format!(", and {more} more"),
            };
            reasons.push(Reason::new(code).saying(alloc::format!(
                "{}: {}{more}",
                code.says(),
                first.code.says
            )));
        }
    }
    if seen.findings.iter().any(|finding| finding.code.name == UNSEARCHED) {
        reasons.push(Reason::new(deep::NOT_SEARCHED));
    }
    match reading {
        Reading::WherePresent if seen.unread => reasons.push(Reason::new(deep::PICTURES_UNREAD)),
        Reading::Required if seen.unread => reasons.push(Reason::new(deep::PICTURES_TO_BE_READ)),
        Reading::Off | Reading::WherePresent | Reading::Required => {}
    }
    if !seen.form.is_some_and(|form| accepts.contains(&form)) {
        reasons.push(Reason::new(deep::FORM_NOT_ACCEPTED));
    } else if !seen.walked {
        reasons.push(Reason::new(deep::NOT_WALKED));
    }
}
