//! `xtask bench-compare PATH`: the same measurements here and in a second checkout, in turn, as ratios. Times drift from
//! hour to hour; a ratio taken in one run does not.

use crate::bars::{Figures, measured};
use crate::tree;
use std::collections::BTreeMap;
use std::path::Path;

const ROUNDS: usize = 5;

/// Figures of every round, by name.
type Rounds = BTreeMap<String, Vec<f64>>;

/// Measures both checkouts and prints the ratio of every figure that both give.
pub(crate) fn run(other: &str) -> Result<bool, String> {
    let (here, there) = (tree::root(), Path::new(other));
    if !there.join("benches/Cargo.toml").is_file() {
        return Err(format!("{other} holds no benches/Cargo.toml; name the root of a second checkout"));
    }
    let there = there.canonicalize().map_err(|fault| format!("{other}: {fault}"))?;
    if there == here {
        return Err("the second checkout is this one".to_owned());
    }
    println!("building both");
    let (mut ours, mut theirs) = (Rounds::new(), Rounds::new());
    // The first round builds and warms up; it does not count.
    for round in 0..=ROUNDS {
        let sides: [(&Path, &mut Rounds); 2] = [(&here, &mut ours), (&there, &mut theirs)];
        for (root, rounds) in sides {
            let mut figures = Figures::default();
            figures.take(&measured(root)?)?;
            if round > 0 {
                for (name, (value, _)) in figures.values {
                    rounds.entry(name).or_default().push(value);
                }
            }
        }
    }
    print!("{}", table(&ours, &theirs));
    Ok(true)
}

/// One line a figure: both medians, and the median of the ratios of neighbouring runs.
fn table(ours: &Rounds, theirs: &Rounds) -> String {
    let mut out = format!("{:<34} {:>10} {:>10} {:>8}\n", "figure", "there", "here", "ratio");
    for (name, here) in ours {
        let Some(there) = theirs.get(name) else {
            out.push_str(&format!("{name:<34} {:>10} {:>10.3} {:>8}\n", "-", median(here), "-"));
            continue;
        };
        let ratios: Vec<f64> =
            here.iter().zip(there).filter(|(_, there)| **there != 0.0).map(|(a, b)| a / b).collect();
        let ratio = if ratios.is_empty() { "-".to_owned() } else { format!("{:.3}", median(&ratios)) };
        out.push_str(&format!("{name:<34} {:>10.3} {:>10.3} {ratio:>8}\n", median(there), median(here)));
    }
    out
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::{Rounds, table};

    #[test]
    fn ratios_are_of_neighbouring_runs_and_a_figure_of_one_side_has_none() {
        // The machine slowed down in the third round; the ratio does not care.
        let ours = Rounds::from([("a".to_owned(), vec![2.0, 2.0, 8.0]), ("new".to_owned(), vec![1.0])]);
        let theirs = Rounds::from([("a".to_owned(), vec![1.0, 1.0, 4.0])]);
        let text = table(&ours, &theirs);
        assert!(text.lines().any(|line| line.starts_with("a ") && line.ends_with("2.000")), "{text}");
        assert!(text.lines().any(|line| line.starts_with("new ") && line.ends_with('-')), "{text}");
    }
}
