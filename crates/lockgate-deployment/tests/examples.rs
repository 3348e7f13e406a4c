//! Every file of `examples/` in the notation: it reads, is in the canonical layout, and a deployment suits the lane of
//! this repository that it names.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::compiled;
use lockgate_bundle::trust::Trust;
use lockgate_deployment::{Deployment, Reception};
use std::path::PathBuf;

#[test]
fn every_example_can_be_used() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", "examples"].iter().collect();
    let rules = compiled(&["..", "..", "rules"]);
    let (mut deployments, mut trusts, mut far_sides) = (0, 0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "kdl") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read(&path).unwrap();
        let layout =
            lockgate_notation::format(&text, name).unwrap_or_else(|found| panic!("{}", found.render()));
        assert_eq!(layout.as_bytes(), text, "{name} is not in the canonical layout");
        if name.starts_with("trust") {
            let trust = Trust::read(name, &text).unwrap_or_else(|found| panic!("{}", found.render()));
            assert_eq!(trust.needs, 2, "{name}");
            trusts += 1;
            continue;
        }
        if Reception::is(&text) {
            let far = Reception::read(name, &text).unwrap_or_else(|found| panic!("{}", found.render()));
            assert_eq!(name, format!("{}.kdl", far.name));
            far_sides += 1;
            continue;
        }
        let deployment = Deployment::read(name, &text).unwrap_or_else(|found| panic!("{}", found.render()));
        assert_eq!(name, format!("{}.kdl", deployment.name));
        deployment.fit(&rules).unwrap_or_else(|found| panic!("{}", found.render()));
        deployments += 1;
    }
    assert_eq!((deployments, trusts, far_sides), (3, 1, 1));
}
