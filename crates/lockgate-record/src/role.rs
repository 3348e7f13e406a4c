//! What a field means to the guard, whatever its format calls it.

/// The roles of reference documents and rules; a node has at most one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each role is its own name; docs/RULES.md describes them in one table")]
pub enum Role {
    MarkingLabel,
    MarkingAlternativeLabel,
    MarkingMetadataLabel,
    MarkingPolicy,
    MarkingPolicyId,
    MarkingLevel,
    MarkingRestrictive,
    MarkingPermissive,
    MarkingReleasableTo,
    MarkingCaveatText,
    MarkingCategory,
    MarkingTagName,
    MarkingTagType,
    MarkingTagId,
    MarkingValue,
    MarkingCreated,
    MarkingReview,
    MarkingSuccession,
    MarkingSuccessor,
    MarkingPrivacyMark,
    MarkingBanner,
    MarkingPortion,
    MarkingIsm,
    MarkingNative,
    IdentitySource,
    IdentityTrack,
    IdentityKind,
    TimeObserved,
    TimeValidFrom,
    TimeExpires,
    TimeReferenceDate,
    TimeReferenceYear,
    TimeReferenceMonth,
    TimeReferenceDay,
    PositionLat,
    PositionLon,
    PositionAlt,
    FlagSimulation,
    FlagExercise,
    FlagCancel,
    FlagEmergency,
    Priority,
    FreeText,
}

impl Role {
    /// All roles with the words used in type files.
    pub const NAMES: [(Self, &'static str); 43] = [
        (Self::MarkingLabel, "marking.label"),
        (Self::MarkingAlternativeLabel, "marking.alternative-label"),
        (Self::MarkingMetadataLabel, "marking.metadata-label"),
        (Self::MarkingPolicy, "marking.policy"),
        (Self::MarkingPolicyId, "marking.policy-id"),
        (Self::MarkingLevel, "marking.level"),
        (Self::MarkingRestrictive, "marking.restrictive"),
        (Self::MarkingPermissive, "marking.permissive"),
        (Self::MarkingReleasableTo, "marking.releasable-to"),
        (Self::MarkingCaveatText, "marking.caveat-text"),
        (Self::MarkingCategory, "marking.category"),
        (Self::MarkingTagName, "marking.tag-name"),
        (Self::MarkingTagType, "marking.tag-type"),
        (Self::MarkingTagId, "marking.tag-id"),
        (Self::MarkingValue, "marking.value"),
        (Self::MarkingCreated, "marking.created"),
        (Self::MarkingReview, "marking.review"),
        (Self::MarkingSuccession, "marking.succession"),
        (Self::MarkingSuccessor, "marking.successor"),
        (Self::MarkingPrivacyMark, "marking.privacy-mark"),
        (Self::MarkingBanner, "marking.banner"),
        (Self::MarkingPortion, "marking.portion"),
        (Self::MarkingIsm, "marking.ism"),
        (Self::MarkingNative, "marking.native"),
        (Self::IdentitySource, "identity.source"),
        (Self::IdentityTrack, "identity.track"),
        (Self::IdentityKind, "identity.kind"),
        (Self::TimeObserved, "time.observed"),
        (Self::TimeValidFrom, "time.valid-from"),
        (Self::TimeExpires, "time.expires"),
        (Self::TimeReferenceDate, "time.reference-date"),
        (Self::TimeReferenceYear, "time.reference-year"),
        (Self::TimeReferenceMonth, "time.reference-month"),
        (Self::TimeReferenceDay, "time.reference-day"),
        (Self::PositionLat, "position.lat"),
        (Self::PositionLon, "position.lon"),
        (Self::PositionAlt, "position.alt"),
        (Self::FlagSimulation, "flag.simulation"),
        (Self::FlagExercise, "flag.exercise"),
        (Self::FlagCancel, "flag.cancel"),
        (Self::FlagEmergency, "flag.emergency"),
        (Self::Priority, "priority"),
        (Self::FreeText, "free-text"),
    ];

    /// The word used in type files.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(role, _)| *role == self).map_or("", |(_, name)| name)
    }

    /// The role with this word.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, word)| *word == name).map(|(role, _)| *role)
    }

    /// True for roles whose field may never be dropped from a released object.
    pub fn is_never_drop_safe(self) -> bool {
        let name = self.name();
        name.starts_with("flag.") || name.starts_with("marking.") || name.starts_with("time.")
    }

    /// True for the day from whose midnight times of day count, or a number of it.
    pub fn is_reference_day(self) -> bool {
        matches!(
            self,
            Self::TimeReferenceDate
                | Self::TimeReferenceYear
                | Self::TimeReferenceMonth
                | Self::TimeReferenceDay
        )
    }

    /// True for the roles of elements that are labels of the object, whatever their kind.
    pub fn is_label(self) -> bool {
        matches!(self, Self::MarkingLabel | Self::MarkingAlternativeLabel | Self::MarkingMetadataLabel)
    }

    /// True for roles that carry a marking.
    pub fn is_marking(self) -> bool {
        self.name().starts_with("marking.")
    }
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn every_role_has_one_name() {
        for (role, name) in Role::NAMES {
            assert_eq!(role.name(), name);
            assert_eq!(Role::named(name), Some(role));
        }
        assert!(Role::TimeExpires.is_never_drop_safe() && !Role::FreeText.is_never_drop_safe());
    }
}
