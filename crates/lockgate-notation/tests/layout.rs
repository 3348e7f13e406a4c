//! The one layout, by example.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests compute freely"
)]

use lockgate_notation::format;

fn laid_out(text: &str) -> String {
    format(text.as_bytes(), "a.kdl").unwrap_or_else(|faults| panic!("{}", faults.render()))
}

#[test]
fn a_file_in_the_layout_stays_as_it_is() {
    let text = r####"// A type of this test.
type "buoy" version="2" tier=1 {
    title "Sensor buoy contact"
    identify prefix=0xB0A1
    limits size="512B"

    /* Two kinds of comments
       stand here. */
    record buoy order=any { // children in any order
        field magic uint bits=16 is=0xB0A1
        field lat int bits=32 lsb="180/2^31" min=-90.50 max=+90.0 // exact
        field length uint bits=16 measures=record                 // bytes
        require #"x == "y""#
        require #"""
            a &&
              b
            """#
        /-spare bits=4
        mask bits=8 /-{
            spare bits=6
        }
        empty {}
    }
}
"####;
    assert_eq!(laid_out(text), text);
}

#[test]
fn blanks_and_line_ends_are_brought_into_order() {
    let cases = [
        ("", ""),
        ("\n\n", ""),
        ("a", "a\n"),
        ("\n\n\na\n\n\n\nb\n\n", "a\n\nb\n"),
        ("a   1\tb  =  2", "a 1 b=2\n"),
        ("a{b{c}}", "a {\n    b {\n        c\n    }\n}\n"),
        ("a;b; c // d", "a\nb\nc // d\n"),
        ("a; // b\nc", "a // b\nc\n"),
        ("a {\n\n}\n", "a {}\n"),
        ("a {\n\n b\n\n}\n", "a {\n    b\n}\n"),
        ("a { // b\n}\n", "a { // b\n}\n"),
        ("a \\\n   1 \\ // b\n 2\n", "a \\\n    1 \\ // b\n    2\n"),
        ("a \\\n\nb\n", "a\n\nb\n"),
        ("/-  a\n", "/-a\n"),
        ("/-a {};  /* x */ ", "/-a {} /* x */\n"),
        ("/-\n\na\n", "/-a\n"),
        ("a /- 1 /-\n b=2\n", "a /-1 /-b=2\n"),
        ("a\r\nb \"\"\"\r\n  x\r\n  \"\"\"\r\n", "a\nb \"\"\"\r\n  x\r\n  \"\"\"\n"),
        ("a 1 // x\nbb 1   // y\n", "a 1  // x\nbb 1 // y\n"),
        ("    // own   \na\n", "// own\na\n"),
    ];
    for (text, expected) in cases {
        assert_eq!(laid_out(text), expected, "{text:?}");
        assert_eq!(laid_out(expected), expected);
    }
}

#[test]
fn a_wrong_file_is_not_laid_out() {
    let faults = format(b"a x=1 x=2\n", "a.kdl").expect_err("wrong");
    assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["N009"]);
}
