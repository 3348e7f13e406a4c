//! Policy engines, each with the same five checks and its input ready-made.

use crate::facts::{Facts, LEVELS, READERS};
use std::error::Error;
use std::str::FromStr;
use std::sync::Arc;

/// One engine, ready to judge event number `n`.
pub struct Decider<'a> {
    pub name: &'static str,
    pub judge: Box<dyn FnMut(usize) -> bool + 'a>,
}

type Made<'a> = Result<Decider<'a>, Box<dyn Error>>;

/// A list of texts as CEL, Cedar and Rego all write it.
fn list(texts: &[&str]) -> String {
    format!("[{}]", texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", "))
}

pub fn cel(facts: &[Facts]) -> Made<'_> {
    let source = format!(
        "level in {} && {}.all(r, r in nations) && stale > start && stale - seen <= 86400 \
         && (kind.startsWith(\"a-\") || kind == \"b-m-p-s-m\") && accuracy <= 5000",
        list(LEVELS),
        list(READERS)
    );
    let program = cel::Program::compile(&source)?;
    let contexts: Vec<cel::Context<'_, '_>> = facts
        .iter()
        .map(|one| {
            let mut context = cel::Context::default();
            context.add_variable_from_value("kind", one.kind.clone());
            context.add_variable_from_value("level", one.level.clone());
            context.add_variable_from_value("nations", one.nations.clone());
            for (name, value) in
                [("seen", one.seen), ("start", one.start), ("stale", one.stale), ("accuracy", one.accuracy)]
            {
                context.add_variable_from_value(name, value);
            }
            context
        })
        .collect();
    let judge =
        Box::new(move |at: usize| matches!(program.execute(&contexts[at]), Ok(cel::Value::Bool(true))));
    Ok(Decider { name: "cel", judge })
}

pub fn cedar(facts: &[Facts]) -> Made<'_> {
    use cedar_policy::{
        Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, RestrictedExpression,
    };
    let source = format!(
        "permit(principal, action, resource) when {{ {}.contains(context.level) && context.nations.containsAll({}) \
         && context.stale > context.start && context.stale - context.seen <= 86400 \
         && (context.kind like \"a-*\" || context.kind == \"b-m-p-s-m\") && context.accuracy <= 5000 }};",
        list(LEVELS),
        list(READERS)
    );
    let policies = PolicySet::from_str(&source)?;
    let [principal, action, resource] =
        [r#"Lane::"down""#, r#"Action::"release""#, r#"Object::"o""#].map(EntityUid::from_str);
    let (principal, action, resource) = (principal?, action?, resource?);
    let requests = facts
        .iter()
        .map(|one| {
            let text = |text: &String| RestrictedExpression::new_string(text.clone());
            let pairs = [
                ("kind", text(&one.kind)),
                ("level", text(&one.level)),
                ("nations", RestrictedExpression::new_set(one.nations.iter().map(text))),
                ("seen", RestrictedExpression::new_long(one.seen)),
                ("start", RestrictedExpression::new_long(one.start)),
                ("stale", RestrictedExpression::new_long(one.stale)),
                ("accuracy", RestrictedExpression::new_long(one.accuracy)),
            ];
            let context = Context::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value)))?;
            Ok(Request::new(principal.clone(), action.clone(), resource.clone(), context, None)?)
        })
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    let judge = Box::new(move |at: usize| {
        authorizer.is_authorized(&requests[at], &policies, &entities).decision() == Decision::Allow
    });
    Ok(Decider { name: "cedar-policy", judge })
}

pub fn rego(facts: &[Facts]) -> Made<'_> {
    use regorus::languages::rego::compiler::Compiler;
    use regorus::rvm::RegoVM;
    let source = format!(
        "package gate\nimport rego.v1\ndefault allow := false\nallow if {{\n  input.level in {}\n  \
         every reader in {} {{ reader in input.nations }}\n  input.stale > input.start\n  \
         input.stale - input.seen <= 86400\n  own\n  input.accuracy <= 5000\n}}\n\
         own if startswith(input.kind, \"a-\")\nown if input.kind == \"b-m-p-s-m\"\n",
        list(LEVELS),
        list(READERS)
    );
    let mut engine = regorus::Engine::new();
    engine.add_policy("gate.rego".to_owned(), source).map_err(|fault| fault.to_string())?;
    let entry = "data.gate.allow";
    let compiled = engine.compile_with_entrypoint(&Arc::from(entry)).map_err(|fault| fault.to_string())?;
    let program = Compiler::compile_from_policy(&compiled, &[entry]).map_err(|fault| fault.to_string())?;
    let mut machine = RegoVM::new();
    machine.load_program(program);
    let inputs = facts
        .iter()
        .map(|one| {
            let nations = list(&one.nations.iter().map(String::as_str).collect::<Vec<_>>());
            let text = format!(
                r#"{{"kind":"{}","level":"{}","nations":{nations},"seen":{},"start":{},"stale":{},"accuracy":{}}}"#,
                one.kind, one.level, one.seen, one.start, one.stale, one.accuracy
            );
            regorus::Value::from_json_str(&text).map_err(|fault| fault.to_string())
        })
        .collect::<Result<Vec<_>, _>>()?;
    let judge = Box::new(move |at: usize| {
        machine.set_input(inputs[at].clone());
        matches!(machine.execute(), Ok(regorus::Value::Bool(true)))
    });
    Ok(Decider { name: "regorus, register machine", judge })
}
