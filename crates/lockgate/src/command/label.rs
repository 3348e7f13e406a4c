//! `lockgate label check`: is a label whole, of its schema, of its policy, and releasable.

use crate::args::LabelCheckArgs;
use crate::exit::{Exit, Fault};
use crate::show::table::wrap;
use crate::{clock, embedded, files, lane, names};
use lockgate_bundle::{Bundle, read_policy};
use lockgate_bytes::{Budget, Duration, Time, Untrusted};
use lockgate_core::{Inspection, Inspector, Json, LabelReader};
use lockgate_marking::{
    Access, Clearance, Fault as PolicyFault, Label, Mapping, NoAgreement, Place, PolicySet,
};
use lockgate_marking::{ReleaseCheck, ReleaseTerms, spif};
use lockgate_reason::{Finding, agreement};
use lockgate_schema::Reference;
use std::io::Write;
use std::path::Path;

/// Most bytes of a label, a clearance, or a file of a policy.
const BYTES_MAX: u64 = 1 << 20;
/// Most steps that reading a label may take.
const STEPS_MAX: u64 = 4 << 20;

/// What was found of a label.
#[derive(Default)]
struct Checked {
    well_formed: bool,
    schema_valid: bool,
    policy_valid: bool,
    /// Where it was asked.
    releasable: Option<bool>,
    marking: Option<String>,
    portion: Option<String>,
    reasons: Vec<(String, String)>,
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
    let bytes =
        files::bounded(&args.file, BYTES_MAX).map_err(|error| Fault::of(args.file.display(), &error))?;
    let policies = policy(&args.policy)?;
    let clearance = args.clearance.as_deref().map(|file| clearance(file, &policies)).transpose()?;
    let destination = args.destination.as_deref().map(Destination::open).transpose()?;
    let mut checked = Checked { well_formed: spif::is_well_formed(&bytes), ..Checked::default() };
    let asked = clearance.is_some() || destination.is_some();
    if asked {
        checked.releasable = Some(false);
    }
    let reader = Reader::new()?;
    if let Some(inspection) = reader.inspect(&bytes, &mut checked)
        && let Some(label) = reader.label(&policies, &inspection, &bytes, &mut checked)
    {
        checked.marking = Some(label.text(&policies).to_string());
        checked.portion = portion(&policies, &label);
        checked.policy_valid = validate(&policies, &label, now, &mut checked);
        if asked && checked.policy_valid {
            let granted =
                clearance.is_none_or(|clearance| granted(&clearance, &label, &policies, &mut checked));
            let crosses = destination
                .is_none_or(|destination| destination.takes(&reader, &inspection, &bytes, now, &mut checked));
            checked.releasable = Some(granted && crosses);
        }
    }
    if json {
        line(&checked, out)?
    } else {
        lines(&checked, out)?
    }
    let good = checked.well_formed && checked.schema_valid && checked.policy_valid;
    Ok(Exit::negative_if(!good || checked.releasable == Some(false)))
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
    Clearance::from_xml(&bytes, policies).map_err(|faults| about(file, faults))
}

fn about(file: &Path, faults: Vec<PolicyFault>) -> Fault {
    let lines: Vec<String> = faults.iter().map(|fault| format!("{}: {fault}", file.display())).collect();
    Fault::new(lines.join("\n"))
}

/// Reads labels by the type that is compiled into this program.
struct Reader {
    inspector: Reference,
    labels: LabelReader,
}

impl Reader {
    fn new() -> Result<Self, Fault> {
        let described = embedded::label_type()?;
        let labels = LabelReader::of(described.shape()).ok_or_else(|| {
            Fault::new("the built-in label type names no label; this program was built wrongly")
        })?;
        Ok(Self { inspector: Reference::new(described), labels })
    }

    /// The label as values, where it follows its schema.
    fn inspect(&self, bytes: &[u8], checked: &mut Checked) -> Option<Inspection> {
        let mut inspection = Inspection::default();
        inspection.begin(self.inspector.shape());
        self.inspector.inspect(Untrusted::new(bytes), &mut inspection, &mut Budget::new(STEPS_MAX));
        for reason in &inspection.reasons {
            let place =
                reason.span.map_or_else(String::new, |span| format!(" [{}..{}]", span.start, span.end));
            checked.reasons.push((reason.code.id().to_owned(), format!("{}{place}", &*reason.says)));
        }
        checked.schema_valid = checked.well_formed && inspection.reasons.is_empty();
        checked.schema_valid.then_some(inspection)
    }

    fn label(
        &self,
        policies: &PolicySet,
        inspection: &Inspection,
        bytes: &[u8],
        checked: &mut Checked,
    ) -> Option<Label> {
        let label = self.labels.read(policies, &inspection.record, bytes);
        label.map_err(|finding| checked.find(&finding)).ok()
    }
}

impl Checked {
    fn find(&mut self, finding: &Finding) {
        let found = (finding.code.id().to_owned(), finding.says.clone().into_owned());
        if !self.reasons.contains(&found) {
            self.reasons.push(found);
        }
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
    fn takes(
        &self,
        reader: &Reader,
        inspection: &Inspection,
        bytes: &[u8],
        now: Time,
        checked: &mut Checked,
    ) -> bool {
        let policies = self.bundle.policies();
        let Some(label) = reader.label(policies, inspection, bytes, checked) else { return false };
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
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}

fn lines(checked: &Checked, out: &mut dyn Write) -> Result<(), Fault> {
    let word = |yes: bool| if yes { "yes" } else { "no" };
    writeln!(out, "well-formed   {}", word(checked.well_formed))?;
    writeln!(out, "schema-valid  {}", word(checked.schema_valid))?;
    writeln!(out, "policy-valid  {}", word(checked.policy_valid))?;
    writeln!(out, "releasable    {}", checked.releasable.map_or("not asked", word))?;
    writeln!(out, "marking       {}", checked.marking.as_deref().unwrap_or("none"))?;
    if let Some(portion) = &checked.portion {
        writeln!(out, "portion       {portion}")?;
    }
    for (code, says) in &checked.reasons {
        for (at, line) in wrap(says, 66).iter().enumerate() {
            writeln!(out, "  {:<11} {line}", if at == 0 { code } else { "" })?;
        }
    }
    Ok(())
}
