//! The shipped types load without an error.

use crate::common;

#[test]
fn every_shipped_type_loads() {
    common::cot();
}
