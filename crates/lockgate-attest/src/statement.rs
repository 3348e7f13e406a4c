//! What a signature is about, as bytes.

use alloc::string::ToString;
use alloc::vec::Vec;
use lockgate_bytes::{Digest, Time};

/// Begins every statement of this house, so that no signature of another program is taken for one of ours.
const DOMAIN: &[u8] = b"LOCKGATE STATEMENT\n";
/// Of the layout below.
const VERSION: u32 = 1;

/// One statement that can be signed, in its one canonical form:
///
/// ```text
///   "LOCKGATE STATEMENT\n"  version u32  ( length u32  field ) *
/// ```
///
/// Numbers are big-endian. The first field is the purpose; it fixes the others. A statement is made by the constructors
/// here and in no other way, so that what is signed always says what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement(Vec<u8>);

/// What somebody says who lets a level be lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelegationTerms<'t> {
    /// Name of the delegation.
    pub name: &'t str,
    /// Who says so.
    pub authority: &'t str,
    /// Object identifier of the policy of both levels.
    pub policy_id: &'t str,
    /// The level that is lowered.
    pub from: &'t str,
    /// What it becomes.
    pub to: &'t str,
    /// The types of which objects are lowered.
    pub types: &'t [&'t str],
    /// First instant of its validity.
    pub valid_from: Time,
    /// First instant after its validity.
    pub valid_until: Time,
}

impl Statement {
    /// "This bundle may run": its content address, its revision and its name.
    ///
    /// Fields: `lockgate bundle`, digest (32 bytes), revision (u64), name (UTF-8).
    pub fn bundle(digest: Digest, revision: u64, name: &str) -> Self {
        Self::of(&[b"lockgate bundle", &digest.0, &revision.to_be_bytes(), name.as_bytes()])
    }

    /// "Objects of these types may be lowered from one level to another": who says so, between which levels, for how long.
    ///
    /// Fields: `lockgate delegation`, name, authority, identifier of the policy, level from, level to, first instant, first
    /// instant after (both RFC 3339 in UTC), then each type; all UTF-8.
    pub fn delegation(terms: &DelegationTerms<'_>) -> Self {
        let (from, until) = (terms.valid_from.to_string(), terms.valid_until.to_string());
        let mut fields: Vec<&[u8]> = Vec::from([&b"lockgate delegation"[..]]);
        let texts = [terms.name, terms.authority, terms.policy_id, terms.from, terms.to, &from, &until];
        fields.extend(texts.into_iter().chain(terms.types.iter().copied()).map(str::as_bytes));
        Self::of(&fields)
    }

    /// "This is what came out of the diode": the name of the far side, and SHA-256 of the line that says it.
    ///
    /// Fields: `lockgate receiver summary`, name (UTF-8), digest (32 bytes).
    pub fn summary(name: &str, line: Digest) -> Self {
        Self::of(&[b"lockgate receiver summary", name.as_bytes(), &line.0])
    }

    /// The bytes that are signed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn of(fields: &[&[u8]]) -> Self {
        let mut bytes = DOMAIN.to_vec();
        bytes.extend_from_slice(&VERSION.to_be_bytes());
        for field in fields {
            // No field is near 4 GiB: names are bounded where they are read.
            let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(field);
        }
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::{DelegationTerms, Statement};
    use alloc::string::String;
    use alloc::vec::Vec;
    use lockgate_bytes::{Digest, Duration, Time};
    use proptest::prelude::*;

    #[test]
    fn the_layout_is_fixed() {
        let statement = Statement::bundle(Digest([0xAB; 32]), 7, "demo");
        let mut expected = b"LOCKGATE STATEMENT\n\0\0\0\x01\0\0\0\x0Flockgate bundle\0\0\0\x20".to_vec();
        expected.extend([0xAB; 32]);
        expected.extend(b"\0\0\0\x08\0\0\0\0\0\0\0\x07\0\0\0\x04demo");
        assert_eq!(statement.as_bytes(), expected);
    }

    #[test]
    fn a_summary_has_its_own_layout() {
        let statement = Statement::summary("far-1", Digest([7; 32]));
        let mut expected = b"LOCKGATE STATEMENT\n\0\0\0\x01\0\0\0\x19lockgate receiver summary".to_vec();
        expected.extend(b"\0\0\0\x05far-1\0\0\0\x20");
        expected.extend([7; 32]);
        assert_eq!(statement.as_bytes(), expected);
    }

    fn terms<'t>(texts: &'t [String], types: &'t [&'t str], day: i64) -> DelegationTerms<'t> {
        let at = |days| Time::MIN.plus(Duration::from_secs(days * 86_400));
        let text = |at: usize| texts[at].as_str();
        DelegationTerms {
            name: text(0),
            authority: text(1),
            policy_id: text(2),
            from: text(3),
            to: text(4),
            types,
            valid_from: at(day),
            valid_until: at(day + 1),
        }
    }

    #[test]
    fn a_delegation_is_no_statement_about_a_bundle() {
        let texts = ["n", "a", "1.2", "S", "R"].map(String::from);
        let statement = Statement::delegation(&terms(&texts, &["spot"], 0));
        let text = String::from_utf8_lossy(statement.as_bytes()).into_owned();
        assert!(text.starts_with("LOCKGATE STATEMENT\n\0\0\0\x01\0\0\0\x13lockgate delegation\0\0\0\x01n"));
        assert!(text.ends_with("\0\0\0\x04spot"), "{text:?}");
    }

    proptest! {
        /// Each part of a delegation is in what is signed, and parts do not run into each other.
        #[test]
        fn different_delegations_have_different_bytes(
            a in (prop::collection::vec("[ab]{0,2}", 5), prop::collection::vec("[ab]{1,2}", 1..3), 0..2_i64),
            b in (prop::collection::vec("[ab]{0,2}", 5), prop::collection::vec("[ab]{1,2}", 1..3), 0..2_i64),
        ) {
            let [one, other] = [&a, &b].map(|(texts, types, day)| {
                let types: Vec<&str> = types.iter().map(String::as_str).collect();
                Statement::delegation(&terms(texts, &types, *day))
            });
            prop_assert_eq!(a == b, one == other);
        }

        #[test]
        fn different_statements_have_different_bytes(
            a in (any::<[u8; 32]>(), any::<u64>(), "[a-z]{0,4}"),
            b in (any::<[u8; 32]>(), any::<u64>(), "[a-z]{0,4}"),
        ) {
            let [one, other] =
                [&a, &b].map(|(digest, revision, name)| Statement::bundle(Digest(*digest), *revision, name));
            prop_assert_eq!(a == b, one == other);
        }
    }
}
