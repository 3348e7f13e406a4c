//! The attempts to forge a state, none of which may compile.

#[test]
fn no_state_can_be_forged() {
    trybuild::TestCases::new().compile_fail("tests/forging/*.rs");
}
