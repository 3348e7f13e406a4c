//! Binary labels and clearances: no bytes break the reader, its verdicts agree with each other, and nothing behind the
//! end of a label is ever let pass.

use super::label::judge;
use lockgate_marking::LabelFile;

pub(crate) const WORDS: &[&str] =
    &["1", "0", "\u{2}\u{1}\u{4}", "\u{6}\u{1}\u{29}", "\u{c}\u{5}CLEAR", "0\u{0}", "1\u{0}", "\u{0}\u{0}"];

pub(crate) fn run(data: &[u8]) {
    let label = judge(data);
    if label.is_some() && data.first() == Some(&0x31) {
        let longer = [data, &[0]].concat();
        if LabelFile::read(&longer).is_well_formed() {
            panic!("a byte behind the end of a label is let pass");
        }
    }
}
