//! `lockgate label check`: is a label whole, of its schema, of its policy, and releasable; the same of labels that are
//! bound to an object.

mod binding;
mod destination;
mod show;

pub(crate) use self::show::{reasons, said};

use self::destination::{Answers, Destination};
use crate::args::LabelCheckArgs;
use crate::bound;
use crate::exit::{Exit, Fault};
use crate::{clock, files, lane};
use lockgate_bundle::read_policy;
use lockgate_bytes::{Duration, Time};
use lockgate_marking::{
    Access, Clearance, Fault as PolicyFault, Label, LabelFile, LabelForm, Place, PolicySet,
};
use lockgate_reason::{Finding, agreement};
use std::io::Write;
use std::path::Path;

/// Most bytes of a clearance.
const BYTES_MAX: u64 = 1 << 20;

/// A reason: its code, and what it says.
pub(crate) type Says = (String, String);

/// What was found of a label.
#[derive(Default)]
struct Checked {
    form: Option<LabelForm>,
    well_formed: bool,
    schema_valid: bool,
    policy_valid: bool,
    /// Where it was asked.
    releasable: Option<bool>,
    marking: Option<String>,
    portion: Option<String>,
    reasons: Vec<Says>,
    /// True where a destination was asked for.
    asked_destination: bool,
    /// What was found of it, where a label could be told that is valid in its policy.
    destination: Option<Answers>,
    /// Where the file was an object with its label bound to it.
    binding: Option<binding::Shown>,
}

/// Runs the command.
///
/// # Errors
/// [`Fault`] where a file cannot be read, or policy, clearance or domain do not compile, or the output fails.
pub(crate) fn check(args: &LabelCheckArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let now = match clock::Reference::parse(args.now.as_deref())? {
        clock::Reference::At(now) => now,
        clock::Reference::Clock => clock::now(),
        clock::Reference::Object => {
            return Err(Fault::new(
                "--now object: a label is judged as of a time; write it like 2026-03-01T10:05:00Z",
            ));
        }
    };
    let most = if args.binding.is_some() { files::OBJECT_BYTES_MAX } else { bound::bytes_max() };
    let bytes = files::bounded(&args.file, most).map_err(|error| Fault::of(args.file.display(), &error))?;
    let policies = policies(&args.policy)?;
    let bindings = args.lane.as_deref().map(lane::bindings).transpose()?.unwrap_or_default();
    let asked = Asked {
        policies: &policies,
        clearance: args.clearance.as_deref().map(|file| clearance(file, &policies)).transpose()?,
        destination: args.destination.as_deref().map(Destination::open).transpose()?,
        now,
    };
    let checked = match binding::reading(args, &bytes, &bindings, now)? {
        Some(reading) => binding::check(&reading, &bindings, &asked),
        None => {
            let mut checked = Checked::default();
            asked.check(&LabelFile::read(&bytes), &mut checked);
            checked
        }
    };
    if json {
        show::line(&checked, out)?
    } else {
        show::lines(&checked, now, out)?
    }
    Ok(Exit::negative_if(!checked.is_good()))
}

/// What is asked of a label.
struct Asked<'a> {
    policies: &'a PolicySet,
    clearance: Option<Clearance>,
    destination: Option<Destination>,
    now: Time,
}

impl Asked<'_> {
    fn releasable(&self) -> bool {
        self.clearance.is_some() || self.destination.is_some()
    }

    /// Checks one label, stage by stage; the label to be enforced where one can be told.
    fn check(&self, file: &LabelFile, checked: &mut Checked) -> Option<Label> {
        checked.form = file.form();
        checked.well_formed = file.is_well_formed();
        checked.schema_valid = file.is_schema_valid();
        file.findings().iter().for_each(|finding| checked.find(finding));
        if self.releasable() {
            checked.releasable = Some(false);
        }
        checked.asked_destination = self.destination.is_some();
        let (label, whole) = tell(file, self.policies, self.now, checked)?;
        checked.marking = Some(label.text(self.policies).to_string());
        checked.portion = portion(self.policies, &label);
        checked.policy_valid = validate(self.policies, &label, self.now, checked) && whole;
        if self.releasable() && checked.policy_valid {
            let granted =
                self.clearance.as_ref().is_none_or(|clearance| self.granted(clearance, &label, checked));
            let crosses = self
                .destination
                .as_ref()
                .is_none_or(|destination| destination.takes(file, self.now, checked));
            checked.releasable = Some(granted && crosses);
        }
        Some(label)
    }
}

/// The mark of a portion with this label, where the policy gives such marks.
fn portion(policies: &PolicySet, label: &Label) -> Option<String> {
    policies.policy(label.policy())?.marking_form(Place::Portion, None).render(label)
}

/// The policies of a bundle's folder, or the one policy in a folder of its own.
fn policies(folder: &Path) -> Result<PolicySet, Fault> {
    match folder.join("bundle.kdl").is_file() {
        true => Ok(lane::compile_trial(folder)?.policies().as_ref().clone()),
        false => policy(folder),
    }
}

/// The one policy in a folder, with its earlier editions.
pub(crate) fn policy(folder: &Path) -> Result<PolicySet, Fault> {
    let files = files::tree(folder).map_err(|error| Fault::of(folder.display(), &error))?;
    Ok(read_policy(&files)?.0)
}

fn clearance(file: &Path, policies: &PolicySet) -> Result<Clearance, Fault> {
    let bytes = files::bounded(file, BYTES_MAX).map_err(|error| Fault::of(file.display(), &error))?;
    Clearance::read(&bytes, policies).map_err(|faults| about(file, faults))
}

fn about(file: &Path, faults: Vec<PolicyFault>) -> Fault {
    let lines: Vec<String> = faults.iter().map(|fault| format!("{}: {fault}", file.display())).collect();
    Fault::new(lines.join("\n"))
}

/// The label that the file says is to be enforced at `now`, and whether nothing about it is in doubt.
fn tell(file: &LabelFile, policies: &PolicySet, now: Time, checked: &mut Checked) -> Option<(Label, bool)> {
    let mut findings = Vec::new();
    let found = file.label(policies, &mut findings);
    findings.iter().for_each(|finding| checked.find(finding));
    let found = found?;
    let label = match found.succession {
        Some(succession) => succession.enforced(&found.label, policies, now),
        None => found.label,
    };
    Some((label, findings.is_empty()))
}

impl Checked {
    fn find(&mut self, finding: &Finding) {
        self.say(said(finding));
    }

    fn say(&mut self, reason: Says) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    fn is_good(&self) -> bool {
        let valid = self.well_formed && self.schema_valid && self.policy_valid;
        valid && self.releasable != Some(false) && self.binding.as_ref().is_none_or(|bound| bound.sound)
    }
}

fn validate(policies: &PolicySet, label: &Label, now: Time, checked: &mut Checked) -> bool {
    let mut findings = Vec::new();
    let valid = policies.validate(label, now, Duration::ZERO, &mut findings);
    let in_force = policies.in_force(label.policy(), now).map_err(|finding| findings.push(finding)).is_ok();
    findings.iter().for_each(|finding| checked.find(finding));
    valid && in_force
}

impl Asked<'_> {
    /// The label in the present edition of its policy; where that does not have it, it is not valid any more.
    fn present(&self, label: &Label, checked: &mut Checked) -> Option<Label> {
        match self.policies.in_present_edition(label, self.now) {
            Ok(label) => Some(label),
            Err(finding) => {
                checked.find(&finding);
                checked.policy_valid = false;
                None
            }
        }
    }

    /// The access decision, in the present edition of the policy, of which the clearance is.
    fn granted(&self, clearance: &Clearance, label: &Label, checked: &mut Checked) -> bool {
        let Some(label) = self.present(label, checked) else { return false };
        let finding = match clearance.access(&label, self.policies) {
            Access::Granted => return true,
            Access::Denied => Finding::new(agreement::NOT_RELEASABLE).saying(
                "the clearance does not hold the level, a restrictive value, or any value of a permissive tag",
            ),
            Access::Undecided => Finding::new(agreement::RELEASE_UNDECIDED),
        };
        checked.find(&finding);
        false
    }
}
