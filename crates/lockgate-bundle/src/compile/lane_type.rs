//! A type as one lane carries it: its two readers, its rules and the lane's, its profile, and what is left out.

use super::evaluators::{CategoriesByProgram, CategoriesByReference, RulesByReference};
use super::{Context, alterations, regrades, sensitive};
use crate::bundle::Strictness;
use crate::load::{Authored, LaneFile, TypeFolder, TypePart};
use crate::report::{Text, enter, unknown};
use crate::{codes, evidence};
use lockgate_core::{Assigned, LaneType, LaneTypeParts, unread_roles};
use lockgate_marking::{PolicyIx, Profile};
use lockgate_notation::{Diagnostics, Document, Fields, Node};
use lockgate_record::{NodeId, Role, Shape};
use lockgate_rules::{ChoiceSet, Compiler, RuleSet, Scope};
use lockgate_schema::{Compiled, Reference};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Steps for each byte that a type allows; reading, words and rules together take far fewer.
const STEPS_A_BYTE: u64 = 256;
/// Steps for an object of whatever size.
const STEPS_AN_OBJECT: u64 = 1_000_000;

/// A type of a lane, before it is compiled.
pub(crate) struct TypeTerms<'t, 'p> {
    pub(crate) lane: &'t Authored<'p, LaneFile>,
    pub(crate) part: &'t TypePart,
    pub(crate) policy: PolicyIx,
}

pub(crate) fn compile(
    terms: &TypeTerms<'_, '_>,
    unlabelled: Option<Assigned>,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<Arc<LaneType>> {
    let part = terms.part;
    let folder = folder(part, context, diagnostics)?;
    let model = folder.described.model();
    let shape = folder.described.shape();
    for unread in unread_roles(shape) {
        let path = shape.node(unread).map_or("", |node| node.path.as_str());
        let message =
            format!("nothing reads what `{path}` says: it speaks of the object from where nobody looks");
        diagnostics.error(&codes::UNREAD_ROLE, part.name.span, message);
    }
    let profile = profile(part, shape, context, diagnostics);
    let of_lane = profile.as_ref().and_then(Option::as_ref);
    let regrades = regrades::of_type(terms, of_lane, unlabelled.is_some(), context, diagnostics);
    let redact = redact(part, shape, diagnostics);
    let alter = alterations::of_type(part, &folder.described, diagnostics);
    if let (Some(redact), Some(alter)) = (&redact, &alter) {
        sensitive::crossing(terms, shape, (redact, alter), diagnostics);
    }
    let rules = rules(terms, folder, context, diagnostics);
    let categories = categories(folder, diagnostics);
    let (profile, redact, rules, categories) = (profile?, redact?, rules?, categories?);
    let (regrades, alter) = (regrades?, alter?);
    let category_of_choice = model.categories.iter().map(|category| {
        // Checked before: a category that the bundle does not know has stopped everything.
        context.categories.iter().position(|known| **known == *category.name).unwrap_or(usize::MAX)
    });
    let (supported, _) = evidence::tier(folder.evidence.as_ref(), &model.version, &folder.present);
    let program = Arc::new(rules.program);
    let categories = Arc::new(categories);
    let size = u64::try_from(model.size).unwrap_or(u64::MAX);
    Some(Arc::new(LaneType::assemble(LaneTypeParts {
        id: Arc::from(format!("{}@{}", model.name, model.version)),
        tier: if context.how == Strictness::Trial { 1 } else { model.tier.max(supported) },
        compiled: Arc::new(Compiled::new(folder.described.clone())),
        reference: Arc::new(Reference::new(folder.described.clone())),
        rules: program.clone(),
        reference_rules: Arc::new(RulesByReference { texts: program, reference: rules.reference }),
        category: Arc::new(CategoriesByProgram(categories.clone())),
        reference_category: Arc::new(CategoriesByReference(categories)),
        category_of_choice: category_of_choice.collect(),
        profile,
        regrades,
        undeclared: part.undeclared,
        redact,
        alter,
        validity: part.validity,
        precedence: part.precedence,
        unlabelled,
        split: part.split,
        budget: size.saturating_mul(STEPS_A_BYTE).saturating_add(STEPS_AN_OBJECT),
    })))
}

fn folder<'c, 'p>(
    part: &TypePart,
    context: &Context<'c, 'p>,
    diagnostics: &mut Diagnostics,
) -> Option<&'c TypeFolder<'p>> {
    let types = &context.loaded.types;
    let name = |folder: &'c TypeFolder<'p>| folder.described.model().name.as_str();
    let Some(folder) = types.iter().find(|folder| name(folder) == part.name.value) else {
        unknown(diagnostics, &part.name, "type", types.iter().map(name));
        return None;
    };
    let version = &folder.described.model().version;
    if *version != part.version.value {
        unknown(diagnostics, &part.version, "version", [version.as_str()]);
        return None;
    }
    Some(folder)
}

/// The profile. It should read every marking field of the type that is no part of a bound label, and no other role: a
/// field that it does not read makes an object unreadable as soon as it says anything.
fn profile(
    part: &TypePart,
    shape: &Shape,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<Option<Profile>> {
    let profiles = &context.loaded.profiles;
    let profile = match &part.marking {
        None => None,
        Some(name) => match profiles.iter().find(|file| file.value.name == name.value) {
            Some(file) => Some(Profile::compile(&file.value, context.policies).ok()?),
            None => {
                unknown(diagnostics, name, "profile", profiles.iter().map(|file| file.value.name.as_str()));
                return None;
            }
        },
    };
    let carried = carried_roles(shape);
    let span = part.marking.as_ref().map_or(part.name.span, |name| name.span);
    let reads = |role: &str| profile.as_ref().is_some_and(|profile| profile.carrier(role).is_some());
    for (role, path) in carried.iter().filter(|(role, _)| !reads(role)) {
        let message = format!("`{path}` has the role {role}, which the profile does not read");
        diagnostics.warning(&codes::UNREAD_MARKING, span, message);
    }
    for role in profile.iter().flat_map(Profile::roles).filter(|role| !carried.contains_key(role)) {
        let message = format!("no field of `{}` has the role {role}", part.name.value);
        diagnostics.warning(&codes::NEVER_MARKED, span, message);
    }
    Some(profile)
}

/// The marking roles of fields that are no part of a bound label, each with its field.
fn carried_roles(shape: &Shape) -> BTreeMap<&'static str, &str> {
    let is_label =
        |id: NodeId| shape.node(id).is_some_and(|node| node.options.role.is_some_and(Role::is_label));
    let above = |id: NodeId| std::iter::successors(Some(id), |id| shape.node(*id)?.parent);
    let marked = shape.nodes().filter(|(id, _)| !above(*id).any(is_label));
    let carried = marked.filter_map(|(_, node)| {
        let role = node.options.role.filter(|role| role.is_marking())?;
        Some((role.name(), node.path.as_str()))
    });
    carried.collect()
}

fn redact(part: &TypePart, shape: &Shape, diagnostics: &mut Diagnostics) -> Option<Vec<NodeId>> {
    let mut nodes = Vec::new();
    for path in &part.redact {
        match shape.find(&path.value) {
            Some(node) if is_droppable(shape, node, path, diagnostics) => nodes.push(node),
            Some(_) => {}
            None => {
                unknown_field(shape, path, diagnostics);
            }
        }
    }
    (nodes.len() == part.redact.len()).then_some(nodes)
}

/// Reports a path of no field.
pub(super) fn unknown_field(shape: &Shape, path: &Text, diagnostics: &mut Diagnostics) {
    let paths: Vec<String> = shape.nodes().map(|(_, node)| node.path.replace("[]", "")).collect();
    unknown(diagnostics, path, "field", paths.iter().map(String::as_str));
}

/// A part may be left out where the type says so of it, and nothing within it decides.
fn is_droppable(shape: &Shape, node: NodeId, path: &Text, diagnostics: &mut Diagnostics) -> bool {
    let mut waiting = vec![node];
    let mut within = None;
    while let Some(id) = waiting.pop() {
        let Some(node) = shape.node(id) else { continue };
        within = node.never_left_out().map(|role| (node.path.as_str(), role.name())).or(within);
        waiting.extend(&node.children);
    }
    let drop_safe = shape.node(node).is_some_and(|node| node.options.drop_safe);
    let message = match within {
        Some((field, role)) => format!("`{field}` has the role {role}, so it cannot be left out"),
        None if !drop_safe => format!("the type does not say that `{}` may be left out", path.value),
        None => return true,
    };
    diagnostics.error(&codes::NOT_REDACTABLE, path.span, message);
    false
}

/// The rules of the type and those of the lane, as one program.
fn rules(
    terms: &TypeTerms<'_, '_>,
    folder: &TypeFolder<'_>,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> Option<RuleSet> {
    let mut compiler = Compiler::new();
    let mut whole = true;
    if let Some(document) = folder.rules {
        let scope = Scope::of_type(folder.described.shape(), context.policies, Some(terms.policy));
        whole &= add(&mut compiler, document, &document.root, &scope, true, diagnostics);
    }
    whole &= of_lane(&mut compiler, terms.lane, terms.policy, context, diagnostics);
    compiler.finish().filter(|_| whole)
}

/// Adds the lane's own rules, which see no record.
pub(super) fn of_lane(
    compiler: &mut Compiler,
    lane: &Authored<'_, LaneFile>,
    policy: PolicyIx,
    context: &Context<'_, '_>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let Some(node) = lane.document.root.children.first() else { return true };
    let scope = Scope::of_lane(context.policies, Some(policy));
    add(compiler, lane.document, node, &scope, false, diagnostics)
}

/// Adds the rules of `node`. In a file of rules nothing else may stand.
fn add(
    compiler: &mut Compiler,
    document: &Document,
    node: &Node,
    scope: &Scope<'_>,
    alone: bool,
    diagnostics: &mut Diagnostics,
) -> bool {
    enter(diagnostics, document);
    // What a lane says beside its rules was read before.
    let mut aside = Diagnostics::new();
    let found = if alone { &mut *diagnostics } else { &mut aside };
    let mut fields = Fields::of(node, found);
    let (sources, whole) = lockgate_rules::rules(&mut fields);
    fields.finish();
    compiler.add(&sources, scope, diagnostics);
    whole
}

fn categories(folder: &TypeFolder<'_>, diagnostics: &mut Diagnostics) -> Option<ChoiceSet> {
    enter(diagnostics, folder.document);
    let model = folder.described.model();
    let conditions: Vec<_> = model.categories.iter().map(|category| category.when.as_ref()).collect();
    ChoiceSet::compile(&conditions, &Scope::of_category(folder.described.shape()), diagnostics)
}
