//! What the roles of times ask of the whole record.

use super::{TypeReader, codes};
use lockgate_notation::Fields;
use lockgate_record::{GroupId, Role, Shape};

impl TypeReader<'_> {
    /// Says what is wrong with the times of the whole record, once its shape is finished: several stand in lists only, and
    /// a day has its three numbers in one place.
    pub(super) fn check_times(&self, fields: &mut Fields<'_, '_>, shape: &Shape) {
        let with = |role: Role| shape.nodes().filter(move |(_, node)| node.options.role == Some(role));
        let span =
            |role: Role| self.times.iter().rev().find(|(known, _)| *known == role).map(|(_, span)| *span);
        let groups: Vec<GroupId> = with(Role::TimeObserved).map(|(_, node)| node.group).collect();
        if groups.len() > 1
            && groups.contains(&GroupId(0))
            && let Some(last) = span(Role::TimeObserved)
        {
            let message = "several fields with the role time.observed stand in lists only";
            fields.error(&codes::SAME_ROLE, last, message);
        }
        let numbers = [Role::TimeReferenceYear, Role::TimeReferenceMonth, Role::TimeReferenceDay];
        let groups: Vec<GroupId> =
            numbers.iter().filter_map(|role| with(*role).next().map(|(_, node)| node.group)).collect();
        let together =
            groups.len() == numbers.len() && groups.iter().all(|group| groups.first() == Some(group));
        let whole = with(Role::TimeReferenceDate).next().is_some();
        if (!groups.is_empty() && (!together || whole))
            && let Some(last) = numbers.iter().find_map(|role| span(*role))
        {
            let message = "a reference day is one field, or three of one record or row: \
                           time.reference-year, time.reference-month and time.reference-day";
            fields.error(&codes::ROLE, last, message);
        }
    }
}
