//! What files there are and how they are cut: an instance of the file delivery table (RFC 6726, 3.2 to 3.4), in XML.
//!
//! Read within bounds, without a DTD; elements and attributes that are not named here are passed over, as the standard asks. A file that
//! is compressed, or cut by a code that is not known here, is none for us: nothing would take that off again.

use super::oti::{Code, Oti};
use super::text::{ntp_end, of_base64, of_ntp};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::{Time, base64};
use lockgate_diode::Hash;
use lockgate_marking::xml::{self, Bounds};
use roxmltree::Node;

/// Most bytes of an instance.
pub(super) const TEXT_MOST: usize = 64 << 10;
/// Most files of an instance.
const FILES_MOST: usize = 256;
/// Objects are numbered in 112 bits at most.
const OBJECT_BITS: u32 = 112;
const BOUNDS: Bounds = Bounds { bytes: TEXT_MOST, depth: 8, attributes: 32, declarations: 32, nodes: 16_384 };
/// Of RFC 6726, and of its use by 3GPP (TS 26.346), which most senders write.
const NAMESPACES: [&str; 2] = ["urn:ietf:params:xml:ns:fdt", "urn:IETF:metadata:2005:FLUTE:FDT"];

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Which object it is, never 0.
    pub object: u128,
    /// Bytes of the object, where the instance says them.
    pub transfer: Option<u64>,
    /// How it is cut, where the instance says it.
    pub oti: Option<Oti>,
    /// Its MD5, against chance.
    pub md5: Option<[u8; 16]>,
    /// BLAKE3 over all that is said of it: equal where the same is said of the same object.
    pub print: Hash,
}

/// An instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Until when it says anything.
    pub expires: Time,
    /// The files that can be taken.
    pub files: Vec<File>,
    /// Files that cannot be: compressed, of an unknown code, or malformed.
    pub others: usize,
}

impl Instance {
    /// Reads an instance; `now` tells of which 136 years its seconds are. `None` where it is not one, or over a bound.
    #[must_use]
    pub fn read(text: &[u8], now: Time) -> Option<Self> {
        let text = xml::text(text, &BOUNDS).ok()?;
        let document = xml::parse(text, &BOUNDS).ok()?;
        let root = document.root_element();
        let space = root.tag_name().namespace().filter(|name| NAMESPACES.contains(name))?;
        if root.tag_name().name() != "FDT-Instance" {
            return None;
        }
        let expires = of_ntp(narrow(root.attribute("Expires")?)?, now);
        let (mut files, mut others) = (Vec::new(), 0_usize);
        let is_file = |node: &Node<'_, '_>| node.has_tag_name((space, "File"));
        for node in root.children().filter(is_file) {
            if files.len().saturating_add(others) >= FILES_MOST {
                return None;
            }
            match file(node, root) {
                Some(file) if files.iter().all(|other: &File| other.object != file.object) => {
                    files.push(file)
                }
                _ => others = others.saturating_add(1),
            }
        }
        Some(Self { expires, files, others })
    }
}

/// A file as its element says it, and the instance for all.
fn file(node: Node<'_, '_>, root: Node<'_, '_>) -> Option<File> {
    let own = |name: &str| node.attribute(name);
    let of = |name: &str| own(name).or_else(|| root.attribute(name));
    let object = number(own("TOI")?)?;
    if object == 0 || object >> OBJECT_BITS != 0 {
        return None;
    }
    let location = own("Content-Location")?;
    if of("Content-Encoding").is_some_and(|encoding| !matches!(encoding, "" | "null" | "identity")) {
        return None;
    }
    let count = |name: &str| own(name).map_or(Some(None), |text| narrow(text).map(Some));
    let (length, transfer) = (count("Content-Length")?, count("Transfer-Length")?);
    // Nothing is taken off: what is sent is the file.
    if matches!((length, transfer), (Some(length), Some(transfer)) if length != transfer) {
        return None;
    }
    let transfer = transfer.or(length);
    let md5 = own("Content-MD5").map_or(Some(None), |text| of_base64(text).map(Some))?;
    let oti = match of("FEC-OTI-FEC-Encoding-ID") {
        None => None,
        Some(id) => Some(oti(narrow(id)?, transfer?, of)?),
    };
    let print =
        *blake3::hash(format!("{object} {transfer:?} {oti:?} {md5:?} {location}").as_bytes()).as_bytes();
    Some(File { object, transfer, oti, md5, print })
}

fn oti<'a>(id: u64, transfer: u64, of: impl Fn(&str) -> Option<&'a str>) -> Option<Oti> {
    let symbol = narrow(of("FEC-OTI-Encoding-Symbol-Length")?)?;
    let code = match id {
        0 => Code::None { block: narrow(of("FEC-OTI-Maximum-Source-Block-Length")?)? },
        6 => {
            let [blocks, high, low, align] = of_base64(of("FEC-OTI-Scheme-Specific-Info")?)?;
            Code::RaptorQ { blocks, parts: u16::from_be_bytes([high, low]), align }
        }
        _ => return None,
    };
    let oti = Oti { code, symbol, transfer };
    oti.cut().ok().map(|_| oti)
}

/// A number as XML has it: digits, white space around them.
fn number(text: &str) -> Option<u128> {
    let digits = text.trim_matches([' ', '\t', '\n', '\r']);
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| digits.parse().ok())?
}

fn narrow<T: TryFrom<u128>>(text: &str) -> Option<T> {
    number(text).and_then(|number| T::try_from(number).ok())
}

/// What our sender says of one object: its start and its place make up the name, and nothing else.
pub(super) fn write(object: u64, oti: Oti, md5: Option<[u8; 16]>, expires: Time) -> String {
    let (start, place) = (object >> 32, object & 0xFFFF_FFFF);
    let (expires, Oti { code, symbol, transfer }) = (ntp_end(expires), oti);
    let how = match code {
        Code::None { block } => format!("FEC-OTI-Maximum-Source-Block-Length=\"{block}\""),
        Code::RaptorQ { blocks, parts, align } => {
            let [high, low] = parts.to_be_bytes();
            format!("FEC-OTI-Scheme-Specific-Info=\"{}\"", base64::encode(&[blocks, high, low, align]))
        }
    };
    let md5 = md5.map_or(String::new(), |md5| format!(" Content-MD5=\"{}\"", base64::encode(&md5)));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><FDT-Instance xmlns=\"{}\" Expires=\"{expires}\"><File TOI=\"{object}\" \
         Content-Location=\"file:///{start:08x}-{place}\" Content-Length=\"{transfer}\" Transfer-Length=\"{transfer}\"{md5} \
         FEC-OTI-FEC-Encoding-ID=\"{}\" FEC-OTI-Encoding-Symbol-Length=\"{symbol}\" {how}/></FDT-Instance>",
        NAMESPACES[0],
        code.id(),
    )
}

#[cfg(test)]
mod tests {
    use super::{Instance, write};
    use crate::flute::{Code, Oti};
    use alloc::format;
    use alloc::string::String;
    use lockgate_bytes::{Duration, Time};
    use proptest::prelude::*;

    fn now() -> Time {
        Time::from_unix_nanos(1_700_000_000_000_000_000)
    }

    #[test]
    fn what_is_written_is_read() {
        let plain = Oti { code: Code::None { block: 64 }, symbol: 1_400, transfer: 70_000 };
        let code = Code::RaptorQ { blocks: 1, parts: 1, align: 4 };
        for oti in [plain, Oti { code, ..plain }] {
            let until = now().plus(Duration::from_secs(60));
            let text = write(0x6565_0000_0000_0003, oti, Some([7; 16]), until);
            let read = Instance::read(text.as_bytes(), now()).unwrap();
            assert_eq!((read.expires, read.others, read.files.len()), (until, 0, 1));
            let file = &read.files[0];
            assert_eq!((file.object, file.oti), (0x6565_0000_0000_0003, Some(oti)));
            assert_eq!((file.transfer, file.md5), (Some(70_000), Some([7; 16])));
        }
    }

    fn instance(attributes: &str, files: &str) -> Option<Instance> {
        let text = format!(
            "<?xml version=\"1.0\"?><FDT-Instance xmlns=\"urn:IETF:metadata:2005:FLUTE:FDT\" xmlns:x=\"urn:x\" Expires=\"3908988800\" \
             {attributes}>{files}</FDT-Instance>"
        );
        Instance::read(text.as_bytes(), now())
    }

    const PLAIN: &str = "FEC-OTI-FEC-Encoding-ID=\"0\" FEC-OTI-Maximum-Source-Block-Length=\"64\" FEC-OTI-Encoding-Symbol-Length=\"1400\"";

    #[test]
    fn what_the_instance_says_for_all_holds_unless_a_file_says_otherwise() {
        let files = "<File TOI=\"1\" Content-Location=\"a\" Content-Length=\" 10 \"/><x:Other><x:In/></x:Other>\
                     <File TOI=\"2\" Content-Location=\"a\" Transfer-Length=\"11\" FEC-OTI-Encoding-Symbol-Length=\"4\" x:Any=\"1\"><x:In/></File>";
        let read = instance(&format!("Complete=\"true\" {PLAIN}"), files).unwrap();
        let symbols: alloc::vec::Vec<_> =
            read.files.iter().map(|file| file.oti.map(|oti| (oti.symbol, oti.transfer))).collect();
        assert_eq!((symbols, read.others), (alloc::vec![Some((1_400, 10)), Some((4, 11))], 0));
        // Its datagrams may say how it is cut.
        let read = instance("", "<File TOI=\"1\" Content-Location=\"a\"/>").unwrap();
        assert_eq!((read.files[0].oti, read.files[0].transfer), (None, None));
    }

    #[test]
    fn files_that_cannot_be_taken_are_counted_and_the_others_are_taken() {
        for bad in [
            "TOI=\"0\" Content-Location=\"a\"",
            "TOI=\"-1\" Content-Location=\"a\"",
            "TOI=\"5192296858534827628530496329220096\" Content-Location=\"a\"",
            "TOI=\"1\" Content-Location=\"a\"",
            "TOI=\"2\"",
            "TOI=\"2\" Content-Location=\"a\" Content-Encoding=\"gzip\"",
            "TOI=\"2\" Content-Location=\"a\" Content-Length=\"5\" Transfer-Length=\"6\"",
            "TOI=\"2\" Content-Location=\"a\" Content-Length=\"+5\"",
            "TOI=\"2\" Content-Location=\"a\" Content-Length=\"5\" Content-MD5=\"AAAA\"",
            "TOI=\"2\" Content-Location=\"a\" Content-Length=\"5\" FEC-OTI-FEC-Encoding-ID=\"5\"",
            "TOI=\"2\" Content-Location=\"a\" Content-Length=\"5\" FEC-OTI-FEC-Encoding-ID=\"6\" FEC-OTI-Scheme-Specific-Info=\"AAABBA==\"",
            "TOI=\"2\" Content-Location=\"a\" Content-Length=\"5\" FEC-OTI-Encoding-Symbol-Length=\"0\"",
        ] {
            let files = format!("<File TOI=\"1\" Content-Location=\"b\" Content-Length=\"5\"/><File {bad}/>");
            let read = instance(PLAIN, &files).unwrap();
            assert_eq!((read.files.len(), read.others), (1, 1), "{bad}");
        }
    }

    #[test]
    fn what_is_no_instance_or_over_a_bound_is_none() {
        let good = write(1, Oti { code: Code::None { block: 1 }, symbol: 1, transfer: 1 }, None, now());
        for (old, new) in [
            ("<FDT-Instance", "<!DOCTYPE a [<!ENTITY b \"c\">]><FDT-Instance"),
            ("urn:ietf:params:xml:ns:fdt", "urn:other"),
            ("Expires", "expires"),
            ("</FDT-Instance>", ""),
        ] {
            assert_eq!(Instance::read(good.replace(old, new).as_bytes(), now()), None, "{new}");
        }
        let many = |count: usize| -> String {
            (1..=count).map(|at| format!("<File TOI=\"{at}\" Content-Location=\"a\"/>")).collect()
        };
        assert_eq!(instance("", &many(256)).unwrap().files.len(), 256);
        assert_eq!(instance("", &many(257)), None);
        assert_eq!(instance("", &"<x:a>".repeat(9)), None);
        assert_eq!(instance("", &" ".repeat(70_000)), None);
    }

    proptest! {
        #[test]
        fn a_text_that_is_changed_is_read_or_not(at in 0_usize..400, byte: u8) {
            let oti = Oti { code: Code::RaptorQ { blocks: 1, parts: 1, align: 4 }, symbol: 1_400, transfer: 70_000 };
            let mut text = write(1, oti, Some([7; 16]), now()).into_bytes();
            let at = at % text.len();
            text[at] = byte;
            if let Some(read) = Instance::read(&text, now()) {
                prop_assert!(read.files.len() <= 1);
            }
        }
    }
}
