//! `lockgate plan`: what a link can carry, by calculation and by trial in virtual time.

use crate::args::PlanArgs;
use crate::deployment;
use crate::exit::{Exit, Fault};
use crate::show::table::Table;
use lockgate_core::Json;
use lockgate_deployment::Egress;
use lockgate_diode::{Fate, Flow, Forecast, Terms, Weather, forecast, try_out};
use std::io::Write;

/// Runs the command; negative where less of a flow is delivered than wanted, by the trial: the calculation knows no queues.
///
/// # Errors
/// [`Fault`] where no link is like that, or the output fails.
pub(crate) fn run(args: &PlanArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let terms = terms(args)?;
    let weather = Weather { loss: args.loss, ..Weather::default() };
    let expected = forecast(&terms, args.loss, &args.flow);
    let tried = try_out(&terms, weather, &args.flow, args.trial, args.seed);
    let tried = tried.map_err(|fault| Fault::new(format!("this link cannot be: {fault}")))?;
    if json {
        lines(args, &terms, &expected, &tried, out)?;
    } else {
        table(args, &terms, &expected, &tried, out)?;
    }
    let poor = |it: &Fate| it.delivered < args.want;
    Ok(Exit::negative_if(tried.fates.iter().any(poor)))
}

/// Those of the deployment, or what suits the rate.
fn terms(args: &PlanArgs) -> Result<Terms, Fault> {
    if let Some(config) = &args.config {
        return match deployment::read(config)??.egress {
            Egress::Diode(link) => Ok(link.terms),
            _ => Err(Fault::new(format!(
                "{}: its lane leads to no link of `diode`; a plan is made of those alone",
                config.display()
            ))),
        };
    }
    let mut terms = Terms::of_rate(0, args.rate.unwrap_or(0));
    terms.payload = args.payload.unwrap_or(terms.payload);
    (terms.small_repair, terms.block_repair) = (args.repair, args.block_repair);
    terms.check().map_err(|fault| Fault::new(format!("this link cannot be: {fault}")))?;
    Ok(terms)
}

fn table(
    args: &PlanArgs,
    terms: &Terms,
    expected: &Forecast,
    tried: &Forecast,
    out: &mut dyn Write,
) -> Result<(), Fault> {
    let table =
        Table::new(&["class", "an hour", "bytes", "validity", "delivered", "expired", "lost", "tried"]);
    let mut table = table.narrow(&[9, 9, 9, 9, 9, 9, 9], 9);
    for (flow, ours, theirs) in rows(args, expected, tried) {
        table.row([
            flow.class.name().to_owned(),
            flow.per_hour.to_string(),
            flow.bytes.to_string(),
            flow.validity.to_string(),
            percent(ours.delivered),
            percent(ours.expired),
            percent(ours.lost),
            percent(theirs.delivered),
        ]);
    }
    table.write(out)?;
    let (used, control) = (percent(expected.used), percent(expected.control));
    let (used_tried, control_tried) = (percent(tried.used), percent(tried.control));
    let fill = if terms.constant { ", and what fills it up" } else { "" };
    writeln!(
        out,
        "link: {used} in use, of it {control} heartbeats and manifests{fill} (tried: {used_tried}, {control_tried})"
    )?;
    let (payload, heartbeat, manifest) = (terms.payload, terms.heartbeat, terms.manifest);
    writeln!(out, "datagrams of {payload} bytes, heartbeats every {heartbeat}, manifests every {manifest}")?;
    if let Some(from) = terms.repeat_from {
        let again: Vec<String> = terms.repeats.iter().map(ToString::to_string).collect();
        writeln!(out, "from {} on again after {}, in the trial alone", from.name(), again.join(", "))?;
    }
    Ok(())
}

fn lines(
    args: &PlanArgs,
    terms: &Terms,
    expected: &Forecast,
    tried: &Forecast,
    out: &mut dyn Write,
) -> Result<(), Fault> {
    for (flow, ours, theirs) in rows(args, expected, tried) {
        let mut line = String::new();
        let mut json = Json::object(&mut line);
        json.text("class", flow.class.name());
        json.number("per_hour", size(flow.per_hour));
        json.number("size_bytes", flow.bytes);
        json.number("validity_ms", usize::try_from(flow.validity.nanos() / 1_000_000).unwrap_or(0));
        for (keys, fate) in [
            (["delivered_ppm", "expired_ppm", "lost_ppm"], ours),
            (["tried_delivered_ppm", "tried_expired_ppm", "tried_lost_ppm"], theirs),
        ] {
            for (key, value) in keys.iter().zip([fate.delivered, fate.expired, fate.lost]) {
                json.number(key, size(u64::from(value)));
            }
        }
        json.end();
        writeln!(out, "{line}")?;
    }
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    json.number("rate_bps", size(terms.rate.unwrap_or(0)));
    json.number("payload_bytes", terms.payload);
    json.number("used_ppm", size(u64::from(expected.used)));
    json.number("control_ppm", size(u64::from(expected.control)));
    json.number("tried_used_ppm", size(u64::from(tried.used)));
    json.number("tried_control_ppm", size(u64::from(tried.control)));
    json.end();
    writeln!(out, "{line}")?;
    Ok(())
}

fn rows<'a>(
    args: &'a PlanArgs,
    expected: &'a Forecast,
    tried: &'a Forecast,
) -> impl Iterator<Item = (&'a Flow, &'a Fate, &'a Fate)> {
    let fates = expected.fates.iter().zip(&tried.fates);
    args.flow.iter().zip(fates).map(|(flow, (ours, theirs))| (flow, ours, theirs))
}

fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// Millionths as percent, to the hundredth.
fn percent(millionths: u32) -> String {
    let hundredths = millionths.saturating_add(50) / 100;
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}
