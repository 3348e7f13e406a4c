//! A strict reader of the Prometheus text format 0.0.4, written from its public description and from nothing else here.

use std::collections::{BTreeMap, BTreeSet};

/// One line of values.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

/// Reads a page; every rule that it breaks is a panic.
pub(crate) fn read(page: &str) -> Vec<Sample> {
    assert!(page.ends_with('\n'), "the last line has an end");
    let (mut help, mut kinds) = (BTreeSet::new(), BTreeMap::new());
    let (mut samples, mut seen, mut groups) = (Vec::new(), BTreeSet::new(), Vec::<String>::new());
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, _) = rest.split_once(' ').expect("HELP has a text");
            assert!(help.insert(name.to_owned()), "one HELP a metric: {name}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("TYPE has a kind");
            assert!(matches!(kind, "counter" | "gauge" | "histogram"), "{kind}");
            assert!(kinds.insert(name.to_owned(), kind.to_owned()).is_none(), "one TYPE a metric: {name}");
            assert!(help.contains(name), "HELP of {name}");
            groups.push(name.to_owned());
        } else {
            assert!(!line.starts_with('#') && !line.is_empty(), "{line}");
            let sample = sample(line);
            let family = family(&sample.name, &kinds);
            assert_eq!(groups.last(), Some(&family), "lines of one metric stand together: {line}");
            assert_eq!(kinds[&family] == "counter", sample.name.ends_with("_total"), "{line}");
            assert!(kinds[&family] != "counter" || sample.value >= 0.0);
            assert!(seen.insert((sample.name.clone(), format!("{:?}", sample.labels))), "twice: {line}");
            samples.push(sample);
        }
    }
    for name in kinds.iter().filter(|(_, kind)| *kind == "histogram").map(|(name, _)| name) {
        histograms(name, &samples);
    }
    samples
}

fn family(name: &str, kinds: &BTreeMap<String, String>) -> String {
    let of =
        |suffix| name.strip_suffix(suffix).filter(|base| kinds.get(*base).is_some_and(|k| k == "histogram"));
    let family = of("_bucket").or_else(|| of("_sum")).or_else(|| of("_count")).unwrap_or(name);
    assert!(kinds.contains_key(family), "TYPE of {name}");
    family.to_owned()
}

fn sample(line: &str) -> Sample {
    let open = line.find('{').expect("every line has a label");
    let name = &line[..open];
    assert!(is_name(name, true), "{name}");
    let (mut labels, mut rest) = (BTreeMap::new(), &line[open + 1..]);
    loop {
        let (label, after) = rest.split_once("=\"").expect("a label has a value");
        assert!(is_name(label, false), "{label}");
        let (mut value, mut letters) = (String::new(), after.char_indices());
        let end = loop {
            match letters.next().expect("a value has an end") {
                (at, '"') => break at,
                (_, '\\') => value.push(match letters.next().expect("an escape has a letter").1 {
                    'n' => '\n',
                    letter @ ('\\' | '"') => letter,
                    letter => panic!("no such escape: {letter}"),
                }),
                (_, letter) => value.push(letter),
            }
        };
        assert!(labels.insert(label.to_owned(), value).is_none(), "a label stands once: {line}");
        rest = &after[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => break,
        }
    }
    let value = rest.strip_prefix("} ").expect("one blank before the value");
    assert!(value.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)), "{value}");
    Sample { name: name.to_owned(), labels, value: value.parse().expect("a value is a number") }
}

fn is_name(name: &str, metric: bool) -> bool {
    let good = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || metric && byte == b':';
    !name.is_empty()
        && name.bytes().all(|byte| good(byte) || byte.is_ascii_digit())
        && !name.as_bytes()[0].is_ascii_digit()
        && (metric || !name.starts_with("__"))
}

/// Buckets rise, end at `+Inf`, and that one is the count.
fn histograms(name: &str, samples: &[Sample]) {
    let mut series: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    let key = |sample: &Sample| {
        let mut labels = sample.labels.clone();
        labels.remove("le");
        format!("{labels:?}")
    };
    for sample in samples.iter().filter(|sample| sample.name == format!("{name}_bucket")) {
        let bound = match sample.labels["le"].as_str() {
            "+Inf" => f64::INFINITY,
            bound => bound.parse().expect("a bound is a number"),
        };
        series.entry(key(sample)).or_default().push((bound, sample.value));
    }
    for (labels, buckets) in &series {
        assert!(buckets.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1), "{labels}");
        let (bound, count) = *buckets.last().expect("there is a bucket");
        assert!(bound.is_infinite(), "{labels}");
        let one = |suffix: &str| {
            let name = format!("{name}_{suffix}");
            let mut all = samples.iter().filter(|sample| sample.name == name && key(sample) == *labels);
            let found = all.next().expect("sum and count").value;
            assert!(all.next().is_none());
            found
        };
        assert!((one("count") - count).abs() < 0.5, "{labels}");
        assert!(one("sum") >= 0.0, "{labels}");
    }
}
