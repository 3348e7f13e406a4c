//! `lockgate bundle sign` and `lockgate bundle verify`: who stands for the rules.

use crate::args::BundleVerifyArgs;
use crate::deployment::{keys, signed};
use crate::exit::{Exit, Fault};
use crate::show::table::printable;
use crate::{clock, files, lane};
use lockgate_attest::Statement;
use lockgate_bundle::read_delegation;
use lockgate_bundle::trust::{Counted, Demands, Finding, Signatures, Trust};
use lockgate_core::Json;
use lockgate_notation::Name;
use std::io::Write;
use std::path::Path;

/// Signs a bundle that builds for operation, and adds the signature to those beside it.
///
/// # Errors
/// [`Fault`] where bundle, key or signatures cannot be read, or the signatures cannot be written; they are then as they
/// were.
pub(crate) fn sign(
    file: &Path,
    key: &Path,
    by: Option<&str>,
    json: bool,
    out: &mut dyn Write,
) -> Result<Exit, Fault> {
    let by = match by {
        Some(name) => Some(Name::parse(name).ok_or_else(|| {
            let says =
                "a signer is called by small letters, digits and hyphens, a letter first, such as a-kovac";
            Fault::new(format!("--as {name}: {says}"))
        })?),
        None => None,
    };
    let bundle = lane::read_bundle(file)?;
    let secret = keys::signing(key)?;
    let beside = signed::beside(file);
    let mut signatures = match signed::signatures(&beside)? {
        Some(known) if known.bundle == bundle.digest() => known,
        Some(known) if !known.lines.is_empty() => {
            return Err(Fault::new(format!(
                "{}: these signatures are for another bundle, sha256:{}; move the file away, then sign again",
                beside.display(),
                known.bundle
            )));
        }
        _ => Signatures::of(bundle.digest()),
    };
    let statement = Statement::bundle(bundle.digest(), bundle.revision(), bundle.name());
    signatures.sign(&statement, &secret, by.as_ref());
    files::replace(&beside, signatures.to_kdl().as_bytes())
        .map_err(|error| Fault::of(beside.display(), &error))?;
    let public = secret.public();
    let count = signatures.lines.len();
    let who = by.as_ref().map_or("NAME", Name::as_str);
    if json {
        let mut line = String::new();
        let mut object = Json::object(&mut line);
        object.text("path", &beside.to_string_lossy());
        object.text("name", bundle.name());
        object.number("revision", usize::try_from(bundle.revision()).unwrap_or(usize::MAX));
        object.text("bundle", &format!("sha256:{}", bundle.digest()));
        object.text_or_null("by", by.as_ref().map(Name::as_str));
        object.shown("key", &public.id());
        object.text("public", &public.text());
        object.number("signatures", count);
        object.end();
        writeln!(out, "{line}")?;
    } else {
        let noun = if count == 1 { "signature" } else { "signatures" };
        writeln!(
            out,
            "signed    {} revision {}, sha256:{}",
            bundle.name(),
            bundle.revision(),
            bundle.digest()
        )?;
        writeln!(out, "key       {}", public.id())?;
        writeln!(out, "file      {}, {count} {noun}", printable(&beside.to_string_lossy()))?;
        writeln!(out, "\nWho trusts this key has in the trust file, with the dates that you agree on:")?;
        writeln!(out, "  signer \"{who}\" ed25519=\"{}\" from=\"...\" until=\"...\"", public.text())?;
    }
    Ok(Exit::Good)
}

/// Signs a delegation, and prints the line that goes into its file.
///
/// # Errors
/// [`Fault`] where the rules around it or the key cannot be read.
pub(crate) fn delegate(
    file: &Path,
    key: &Path,
    by: &str,
    json: bool,
    out: &mut dyn Write,
) -> Result<Exit, Fault> {
    let folder = files::rules_folder(file.parent().unwrap_or(Path::new("."))).ok_or_else(|| {
        Fault::new(format!("{}: no bundle.kdl in this folder or any above it", file.display()))
    })?;
    let by = Name::parse(by).ok_or_else(|| {
        let says = "an authority is called by small letters, digits and hyphens, a letter first, such as oca";
        Fault::new(format!("--as {by}: {says}"))
    })?;
    let rules = files::tree(&folder).map_err(|error| Fault::of(folder.display(), &error))?;
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let (read, statement) = read_delegation(&rules, &stem)?;
    let secret = keys::signing(key)?;
    let (public, signature) = (secret.public().text(), secret.sign(&statement).text());
    let delegation = &read.delegation;
    if json {
        let mut line = String::new();
        let mut object = Json::object(&mut line);
        object.text("delegation", &delegation.name);
        object.text("authority", &delegation.authority);
        object.text("policy", &delegation.policy);
        object.text("from", &delegation.from);
        object.text("to", &delegation.to);
        object.texts("types", delegation.types.iter().map(String::as_str));
        object.shown("valid_from", &delegation.valid_from);
        object.shown("valid_until", &delegation.valid_until);
        object.text("by", by.as_str());
        object.text("public", &public);
        object.text("signature", &signature);
        object.end();
        writeln!(out, "{line}")?;
    } else {
        writeln!(
            out,
            "{}: {} {} becomes {}, for {}, from {} until {}",
            delegation.name,
            delegation.policy,
            delegation.from,
            delegation.to,
            delegation.types.join(", "),
            delegation.valid_from,
            delegation.valid_until
        )?;
        writeln!(out, "\nThis line goes into {}:", file.display())?;
        writeln!(out, "    signed by=\"{by}\" ed25519=\"{public}\" signature=\"{signature}\"")?;
        writeln!(
            out,
            "\nWho lets {by} lower levels has in the trust file, with the dates that you agree on:"
        )?;
        writeln!(out, "    authority \"{by}\" ed25519=\"{public}\" from=\"...\" until=\"...\"")?;
    }
    Ok(Exit::Good)
}

/// Says whether a lane may run on a bundle.
///
/// # Errors
/// [`Fault`] where a file cannot be read, or the trust or signature file has mistakes. A bundle that is refused is a
/// negative check.
pub(crate) fn verify(args: &BundleVerifyArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let now = clock::given(args.now.as_deref())?;
    let trust = signed::trust(&args.trust)?;
    let bytes = signed::bundle_bytes(&args.file)?;
    let signatures = signed::signatures(&signed::beside(&args.file))?;
    let lanes: Vec<&str> = args.lane.iter().map(String::as_str).collect();
    let demands = Demands { now, at_least: args.at_least, ran: None, lanes: &lanes, name: None };
    let answer = match trust.verify(&bytes, signatures.as_ref(), &demands) {
        Ok(trusted) => Answer {
            about: Some((trusted.bundle().name().to_owned(), trusted.bundle().revision())),
            digest: Some(trusted.bundle().digest().to_string()),
            trusted: true,
            signed: trusted.signed().to_vec(),
            findings: trusted.notes().to_vec(),
        },
        Err(refused) => Answer {
            digest: refused.bundle.as_ref().map(|(digest, ..)| digest.to_string()),
            about: refused.bundle.map(|(_, name, revision)| (name, revision)),
            trusted: false,
            signed: refused.signed,
            findings: refused.findings,
        },
    };
    let path = args.file.to_string_lossy();
    if json {
        answer.line(&path, &trust, out)?
    } else {
        answer.lines(&path, &trust, out)?
    }
    Ok(Exit::negative_if(!answer.trusted))
}

/// What is said of a bundle.
struct Answer {
    about: Option<(String, u64)>,
    digest: Option<String>,
    trusted: bool,
    signed: Vec<Counted>,
    findings: Vec<Finding>,
}

impl Answer {
    fn line(&self, path: &str, trust: &Trust, out: &mut dyn Write) -> Result<(), Fault> {
        let mut line = String::new();
        let mut json = Json::object(&mut line);
        json.text("path", path);
        json.text_or_null("name", self.about.as_ref().map(|(name, _)| name.as_str()));
        match &self.about {
            Some((_, revision)) => json.number("revision", usize::try_from(*revision).unwrap_or(usize::MAX)),
            None => json.null("revision"),
        }
        let digest = self.digest.as_ref().map(|digest| format!("sha256:{digest}"));
        json.text_or_null("bundle", digest.as_deref());
        json.boolean("trusted", self.trusted);
        json.number("needs", trust.needs);
        super::bundle::list(&mut json, "signed", &self.signed, |counted, json| {
            json.text("name", &counted.name);
            json.shown("key", &counted.key);
            json.shown("until", &counted.until);
        });
        super::bundle::list(&mut json, "findings", &self.findings, |finding, json| {
            json.text("code", finding.code.id);
            json.text("says", &finding.says);
            json.text("remedy", finding.code.remedy);
        });
        json.end();
        writeln!(out, "{line}").map_err(Fault::from)
    }

    fn lines(&self, path: &str, trust: &Trust, out: &mut dyn Write) -> Result<(), Fault> {
        let word = if self.trusted { "trusted" } else { "refused" };
        write!(out, "{word:<9} {}", printable(path))?;
        if let (Some((name, revision)), Some(digest)) = (&self.about, &self.digest) {
            write!(out, "  {name} revision {revision}, sha256:{digest}")?;
        }
        writeln!(out, "\n          {} of {} signers", self.signed.len(), trust.needs)?;
        for counted in &self.signed {
            writeln!(out, "          {} with key {}, until {}", counted.name, counted.key, counted.until)?;
        }
        for finding in &self.findings {
            let says: Vec<String> = finding.says.lines().map(printable).collect();
            writeln!(out, "{:<9} {}", finding.code.id, says.join("\n          "))?;
            writeln!(out, "          {}", finding.code.remedy)?;
        }
        Ok(())
    }
}
