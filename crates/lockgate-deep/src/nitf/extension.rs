//! Extensions: tagged records in areas of headers and subheaders, and in overflow segments (STDI-0002).

use super::fields::Fields;
use crate::{Answer, codes};

/// Records that say how a picture was taken or lies on the ground. A list of names, not of meanings: what is on it is a
/// note, what is not could be anything.
const KNOWN: &[&[u8; 6]] = &[
    b"ACCHZB", b"ACCPOB", b"ACCVTB", b"ACFTA ", b"ACFTB ", b"AIMIDA", b"AIMIDB", b"AIPBCA", b"ASTORA",
    b"BANDSA", b"BANDSB", b"BLOCKA", b"BNDPLB", b"CCINFA", b"CSCCGA", b"CSCRNA", b"CSDIDA", b"CSEPHA",
    b"CSEXRA", b"CSPROA", b"CSSFAA", b"CSSHPA", b"ENGRDA", b"EXOPTA", b"EXPLTA", b"EXPLTB", b"FREESA",
    b"GEOLOB", b"GEOPSB", b"GRDPSB", b"HISTOA", b"ICHIPA", b"ICHIPB", b"IMASDA", b"IMRFCA", b"IOMAPA",
    b"J2KLRA", b"MAPLOB", b"MENSRA", b"MENSRB", b"MPDSRA", b"MSDIRA", b"MSTGTA", b"MTIRPA", b"MTIRPB",
    b"NBLOCA", b"OFFSET", b"PATCHA", b"PATCHB", b"PIAEVA", b"PIAIMB", b"PIAIMC", b"PIAPEA", b"PIAPEB",
    b"PIAPRC", b"PIAPRD", b"PIATGA", b"PIATGB", b"PIXQLA", b"PRADAA", b"PRJPSB", b"REGPTB", b"RPC00A",
    b"RPC00B", b"RPFDES", b"RPFHDR", b"RPFIMG", b"RSMAPA", b"RSMDCA", b"RSMECA", b"RSMGGA", b"RSMGIA",
    b"RSMIDA", b"RSMPCA", b"RSMPIA", b"SECTGA", b"SENSRA", b"SENSRB", b"SNSPSB", b"SOURCB", b"STDIDA",
    b"STDIDB", b"STDIDC", b"STEROB", b"STREOB", b"TRGTA ", b"USE00A", b"USE26A", b"VPAMSA",
];

/// Records of one area; more are not read.
const RECORDS_MAX: usize = 2_000;

/// An area with its length before it: 5 digits, then, where it is not empty, 3 digits of overflow, then the records.
pub(super) fn area(fields: &mut Fields<'_>, name: &str, answer: &mut Answer) -> Option<()> {
    let length = fields.number(5)?;
    if length == 0 {
        return Some(());
    }
    fields.skip(3)?;
    let at = fields.at();
    let records = fields.text(length.checked_sub(3)?)?;
    answer.says_text(&format!("{name}, extensions"), records);
    self::records(records, name, at, answer);
    Some(())
}

/// The records of an area or an overflow segment: a name of 6, a length of 5 digits, and as many bytes.
pub(super) fn records(records: &[u8], name: &str, at: usize, answer: &mut Answer) {
    let mut fields = Fields::new(records);
    for _ in 0..RECORDS_MAX {
        let here = at.saturating_add(fields.at());
        if fields.at() == records.len() {
            return;
        }
        let record = (|| {
            let tag = fields.fixed::<6>()?;
            let length = fields.number(5)?;
            fields.skip(length)?;
            Some((tag, length))
        })();
        let Some((tag, length)) = record else {
            answer.found(codes::UNOWNED, format!("{name} from byte {here}"));
            return;
        };
        let code = if KNOWN.contains(&tag) { codes::NITF_EXTENSION } else { codes::NITF_UNKNOWN_EXTENSION };
        let tag = String::from_utf8_lossy(tag);
        answer.found(code, format!("{tag} in the {name} at byte {here}, {length} bytes"));
    }
    answer.found(codes::TOO_MANY, format!("{name} at byte {at}"));
}
