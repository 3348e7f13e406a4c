//! `lockgate label check`: is a label whole, of its schema, of its policy, and releasable; the same of labels that are
//! bound to an object.

mod binding;

use crate::args::LabelCheckArgs;
use crate::bound;
use crate::exit::{Exit, Fault};
use crate::show::table::wrap;
use crate::{clock, files, lane, names};
use lockgate_bundle::{Bundle, read_policy};
use lockgate_bytes::{Duration, Time};
use lockgate_core::Json;
use lockgate_marking::{
    Access, Clearance, Fault as PolicyFault, Label, LabelFile, LabelForm, LabelKind, Mapping, NoAgreement,
    Place, PolicySet, ReleaseCheck, ReleaseTerms,
};
use lockgate_reason::{Finding, agreement};
use std::io::Write;
use std::path::Path;

/// Most bytes of a clearance.
const BYTES_MAX: u64 = 1 << 20;

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
    reasons: Vec<(String, String)>,
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
    let policies = policy(&args.policy)?;
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
        line(&checked, out)?
    } else {
        lines(&checked, out)?
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
        let (label, whole) = tell(file, self.policies, self.now, checked)?;
        checked.marking = Some(label.text(self.policies).to_string());
        checked.portion = portion(self.policies, &label);
        checked.policy_valid = validate(self.policies, &label, self.now, checked) && whole;
        if self.releasable() && checked.policy_valid {
            let granted = self
                .clearance
                .as_ref()
                .is_none_or(|clearance| granted(clearance, &label, self.policies, checked));
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

/// The one policy in a folder.
pub(crate) fn policy(folder: &Path) -> Result<PolicySet, Fault> {
    let files = files::tree(folder).map_err(|error| Fault::of(folder.display(), &error))?;
    let (policy, _) = read_policy(&files)?;
    let mut policies = PolicySet::new();
    policies.add(policy).map_err(|fault| Fault::new(format!("{}: {fault}", folder.display())))?;
    Ok(policies)
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
        let found = (finding.code.id().to_owned(), finding.says.clone().into_owned());
        if !self.reasons.contains(&found) {
            self.reasons.push(found);
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

fn granted(clearance: &Clearance, label: &Label, policies: &PolicySet, checked: &mut Checked) -> bool {
    match clearance.access(label, policies) {
        Access::Granted => true,
        Access::Denied => {
            let says = "the clearance does not hold the level, a restrictive value, or any value of a permissive tag";
            checked.find(&Finding::new(agreement::NOT_RELEASABLE).saying(says));
            false
        }
        Access::Undecided => {
            checked.find(&Finding::new(agreement::RELEASE_UNDECIDED));
            false
        }
    }
}

/// A domain with the bundle that it belongs to.
struct Destination {
    bundle: Bundle,
    name: String,
}

impl Destination {
    fn open(file: &Path) -> Result<Self, Fault> {
        if !file.is_file() {
            return Err(Fault::new(names::no_file("domain", file, "give a file under rules/domains/")));
        }
        let folder = files::rules_folder(file.parent().unwrap_or(Path::new("."))).ok_or_else(|| {
            Fault::new(format!("{}: no bundle.kdl in this folder or any above it", file.display()))
        })?;
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let bundle = lane::compile_trial(&folder)?;
        if !bundle.domains().iter().any(|known| known.domain.name == name) {
            let known: Vec<&str> = bundle.domains().iter().map(|known| known.domain.name.as_str()).collect();
            return Err(Fault::new(names::unknown("domain", &name, &known)));
        }
        Ok(Self { bundle, name })
    }

    /// True where every reader of the domain may read the label at `now`: ceiling, caveats and release. Agreements are
    /// those of a lane, so they are not asked here.
    fn takes(&self, file: &LabelFile, now: Time, checked: &mut Checked) -> bool {
        let policies = self.bundle.policies();
        let Some((label, true)) = tell(file, policies, now, checked) else { return false };
        let Some(check) = self.compile(checked) else { return false };
        let mapped = match check.1.map(&label, now) {
            Ok(mapped) => mapped.label,
            Err(finding) => {
                checked.find(&finding);
                return false;
            }
        };
        let mut found = Vec::new();
        let outcome = check.0.judge(&mapped, None, now, &mut found);
        found.iter().for_each(|found| checked.find(&found.finding));
        outcome.releasable
    }

    /// The release check into this domain, and the mapping into its policy.
    fn compile(&self, checked: &mut Checked) -> Option<(ReleaseCheck, Mapping)> {
        let domain = &self.bundle.domains().iter().find(|known| known.domain.name == self.name)?.domain;
        let policies = self.bundle.policies();
        let policy = policies.named(&domain.policy)?;
        let equivalences = self.bundle.equivalences();
        let mut refuse = |faults: Vec<PolicyFault>| {
            checked.reasons.extend(faults.into_iter().map(|fault| (fault.code.to_owned(), fault.says)));
        };
        let mapping = Mapping::compile(policies, policy, equivalences).map_err(&mut refuse).ok()?;
        let terms = ReleaseTerms {
            policies,
            communities: self.bundle.communities(),
            policy,
            mapping: &mapping,
            from: domain,
            to: domain,
            agreements: &[],
            no_agreement: Some(&NoAgreement {
                authority: "not asked: only a lane has agreements".to_owned(),
            }),
            categories: &[],
        };
        let check = ReleaseCheck::compile(&terms).map_err(refuse).ok()?;
        Some((check, mapping))
    }
}

fn line(checked: &Checked, out: &mut dyn Write) -> Result<(), Fault> {
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    json.boolean("well_formed", checked.well_formed);
    json.boolean("schema_valid", checked.schema_valid);
    json.boolean("policy_valid", checked.policy_valid);
    match checked.releasable {
        Some(releasable) => json.boolean("releasable", releasable),
        None => json.null("releasable"),
    }
    json.text_or_null("marking", checked.marking.as_deref());
    json.text_or_null("portion", checked.portion.as_deref());
    let reasons = json.key("reasons");
    reasons.push('[');
    for (at, (code, says)) in checked.reasons.iter().enumerate() {
        if at > 0 {
            reasons.push(',');
        }
        let mut json = Json::object(reasons);
        json.text("code", code);
        json.text("says", says);
        json.end();
    }
    reasons.push(']');
    if let Some(binding) = &checked.binding {
        binding.write_json(json.key("binding"));
    }
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}

fn lines(checked: &Checked, out: &mut dyn Write) -> Result<(), Fault> {
    let word = |yes: bool| if yes { "yes" } else { "no" };
    if checked.binding.is_none() {
        writeln!(out, "form          {}", form(checked.form))?;
    }
    writeln!(out, "well-formed   {}", word(checked.well_formed))?;
    writeln!(out, "schema-valid  {}", word(checked.schema_valid))?;
    writeln!(out, "policy-valid  {}", word(checked.policy_valid))?;
    writeln!(out, "releasable    {}", checked.releasable.map_or("not asked", word))?;
    writeln!(out, "marking       {}", checked.marking.as_deref().unwrap_or("none"))?;
    if let Some(portion) = &checked.portion {
        writeln!(out, "portion       {portion}")?;
    }
    if let Some(binding) = &checked.binding {
        binding.write_lines(out)?;
    }
    for (code, says) in &checked.reasons {
        for (at, line) in wrap(says, 66).iter().enumerate() {
            writeln!(out, "  {:<11} {line}", if at == 0 { code } else { "" })?;
        }
    }
    Ok(())
}

/// The form of a label in words.
fn form(form: Option<LabelForm>) -> &'static str {
    match form {
        Some(LabelForm::Xml(LabelKind::Originator)) => "STANAG 4774, of the originator",
        Some(LabelForm::Xml(LabelKind::Alternative)) => "STANAG 4774, alternative",
        Some(LabelForm::Xml(LabelKind::Metadata)) => "STANAG 4774, of the metadata",
        Some(LabelForm::Ess) => "binary security label (RFC 2634)",
        None => "unknown",
    }
}
