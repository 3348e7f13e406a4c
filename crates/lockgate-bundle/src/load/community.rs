//! `communities/`.

use super::parties;
use lockgate_marking::{Community, CommunityMember};
use lockgate_notation::Fields;

pub(crate) fn community(fields: &mut Fields<'_, '_>) -> Option<Community> {
    let name = fields.arg_text("the name of the community");
    let decomposable = fields.prop_bool("decomposable");
    let mut members = Vec::new();
    for node in fields.children_some("member") {
        fields.read(node, |member| {
            let from = member.prop_time_from_opt("from").map(|from| from.value);
            let until = member.prop_time_until_opt("until").map(|until| until.value);
            members.extend(parties(member).into_iter().map(|party| CommunityMember { party, from, until }));
        });
    }
    let source = fields.child_text("source");
    Some(Community {
        name: name?.value.to_owned(),
        decomposable: decomposable?.value,
        members,
        source: source?.value.to_owned(),
    })
}
