//! What fields of the shipped categories mean to the guard. A specification does not say it.

/// The data category of a type's objects.
pub(super) fn data_category(category: &str) -> &'static str {
    match category {
        "034" | "065" | "002" | "063" => "sensor-status",
        _ => "air-track",
    }
}

/// Settings of fields and items by path.
const SETTINGS: &[(&str, &str)] = &[
    ("i048.i161.trn", "role=identity.track"),
    ("i062.i040", "role=identity.track"),
    ("i021.i161.trnum", "role=identity.track"),
    ("i048.i140", "role=time.observed"),
    ("i034.i030", "role=time.observed"),
    ("i062.i070", "role=time.observed"),
    ("i021.i077", "role=time.observed"),
    ("i062.i105.lat", "role=position.lat"),
    ("i062.i105.lon", "role=position.lon"),
    ("i021.i130.lat", "role=position.lat"),
    ("i021.i130.lon", "role=position.lon"),
    // Military identification, and what tells of flight plans.
    ("i048.i050", "sensitive=#true drop-safe=#true"),
    ("i048.i055", "sensitive=#true drop-safe=#true"),
    ("i048.i060", "sensitive=#true drop-safe=#true"),
    ("i048.i065", "sensitive=#true drop-safe=#true"),
    ("i062.i110", "sensitive=#true drop-safe=#true"),
    ("i062.i120", "sensitive=#true drop-safe=#true"),
    // How old the codes are says that there were some.
    ("i062.i295", "sensitive=#true drop-safe=#true"),
    ("i062.i390", "sensitive=#true drop-safe=#true"),
    // What a transponder says of the aircraft.
    ("i048.i220", "sensitive=#true drop-safe=#true"),
    ("i048.i240", "sensitive=#true drop-safe=#true"),
    ("i048.i250", "sensitive=#true drop-safe=#true"),
    ("i048.i260", "sensitive=#true drop-safe=#true"),
    ("i062.i245", "sensitive=#true drop-safe=#true"),
    ("i062.i380", "sensitive=#true drop-safe=#true"),
    ("i021.i080", "sensitive=#true"),
    ("i021.i170", "sensitive=#true drop-safe=#true"),
    ("i021.i250", "sensitive=#true drop-safe=#true"),
    ("i021.i260", "sensitive=#true drop-safe=#true"),
];

/// What to write behind the field at `path`; a blank before each setting.
pub(super) fn settings(path: &str) -> String {
    let mut text = String::new();
    if path.ends_with(".i010.sac") || path.ends_with(".i010.sic") {
        text.push_str(" role=identity.source");
    }
    if let Some((_, settings)) = SETTINGS.iter().find(|(known, _)| *known == path) {
        text.push(' ');
        text.push_str(settings);
    }
    text
}

/// What value `number` of the table at `path` means: simulated and test targets.
pub(super) fn value(path: &str, number: u64) -> &'static str {
    let simulated = ["i048.i020.sim", "i048.i020.tst", "i062.i080.sim", "i021.i040.sim", "i021.i040.tst"];
    if number == 1 && simulated.contains(&path) { " means=flag.simulation" } else { "" }
}
