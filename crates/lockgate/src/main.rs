//! Lockgate: the command line.

fn main() {}
