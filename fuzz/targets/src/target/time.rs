//! `Time::parse`: what is written is read back as the same instant, and written the same way again.

use lockgate_bytes::Time;

pub(crate) const WORDS: &[&str] =
    &["Z", "T", "+00:00", "-14:00", ".000000001", "1678-01-01T00:00:00", "2261-12-31T23:59:59", "02-29"];

pub(crate) fn run(data: &[u8]) {
    let Ok(time) = Time::parse(data) else { return };
    let first = written(time);
    match Time::parse(&first) {
        Ok(again) if again == time => {}
        _ => panic!("an instant is written as one moment and read back as another"),
    }
    if written(time) != first {
        panic!("an instant is written in two ways");
    }
}

fn written(time: Time) -> Vec<u8> {
    let mut out = [0; 32];
    let used = time.write(&mut out);
    out.get(..used).map(<[u8]>::to_vec).unwrap_or_default()
}
