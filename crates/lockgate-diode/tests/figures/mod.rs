//! Figures of tests, as `cargo xtask bars` reads them.

/// Prints one, where it is asked for (`LOCKGATE_FIGURES`). The assertions of the test stand beside it.
pub(crate) fn figure(name: &str, value: f64, unit: &str) {
    if std::env::var_os("LOCKGATE_FIGURES").is_some() {
        println!("{{\"name\":\"{name}\",\"value\":{value:.3},\"unit\":\"{unit}\"}}");
    }
}
