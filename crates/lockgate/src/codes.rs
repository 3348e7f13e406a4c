//! Every stable code of the house, reasons of verdicts and diagnostics of authored files, in one form.

use lockgate_notation::DiagnosticCode;
use lockgate_reason::Code;

/// What is known of one code.
pub struct Explained {
    /// The code.
    pub id: &'static str,
    /// What the family of the code is about.
    pub family: String,
    /// What it does to an object, `hold` or `refuse`, or to a file, `error` or `warning`; where the code alone says.
    pub outcome: Option<&'static str>,
    /// What is wrong, in a few words.
    pub says: &'static str,
    /// How it comes about.
    pub cause: Option<&'static str>,
    /// An example.
    pub example: Option<&'static str>,
    /// What to do about it.
    pub remedy: Option<&'static str>,
}

/// The tables of diagnostics of authored files: what each is about, and its codes.
pub fn diagnostics() -> Vec<(&'static str, &'static [DiagnosticCode])> {
    vec![
        ("Notation: every authored file", lockgate_notation::codes()),
        ("Types", lockgate_schema::codes()),
        ("Rules and expressions", lockgate_rules::codes()),
        ("Bundle: how the files fit together", lockgate_bundle::codes()),
        ("Signatures and trust", lockgate_bundle::trust::codes()),
        ("Deployments", lockgate_deployment::codes()),
    ]
}

/// Who acts on a reason, as far as its code tells; the lane and the outcome tell the rest.
pub fn who_acts(code: Code) -> String {
    match (code.who(), code.who_without_people()) {
        (who, other) if who == other => who.to_string(),
        (who, other) => format!("{who}, where it holds and the lane lets them answer it; otherwise {other}"),
    }
}

/// Every code there is.
pub fn explained() -> Vec<Explained> {
    let reasons = lockgate_reason::all().map(|code| Explained {
        id: code.id(),
        family: code.family().title().to_owned(),
        outcome: Some(code.outcome().name()),
        says: code.says(),
        cause: Some(code.cause()),
        example: Some(code.example()),
        remedy: Some(code.remedy()),
    });
    let authored = diagnostics().into_iter().flat_map(|(family, table)| {
        table.iter().map(move |code| Explained {
            id: code.id,
            family: family.to_owned(),
            outcome: None,
            says: code.title,
            cause: Some(code.cause),
            example: None,
            remedy: Some(code.remedy),
        })
    });
    let policies = lockgate_marking::spif::CODES.iter().map(|(id, severity, says)| Explained {
        id,
        family: "Policies, profiles, communities, equivalences and agreements".to_owned(),
        outcome: Some(severity.name()),
        says,
        cause: None,
        example: None,
        remedy: None,
    });
    reasons.chain(authored).chain(policies).collect()
}

#[cfg(test)]
mod tests {
    use super::explained;
    use std::collections::BTreeSet;

    #[test]
    fn no_code_stands_for_two_things() {
        let mut seen = BTreeSet::new();
        for code in explained() {
            assert!(seen.insert(code.id), "{} stands twice", code.id);
            assert!(!code.says.is_empty() && !code.family.is_empty());
        }
        assert!(seen.len() > 150);
    }
}
