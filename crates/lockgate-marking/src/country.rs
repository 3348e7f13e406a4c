//! ISO 3166-1 (2020, with the changes published until 2025): alpha-3 and numeric codes of 249 countries and areas.

/// Six characters an entry, alpha-3 then numeric, in alphabetical order.
const TABLE: &[u8] = b"\
ABW533AFG004AGO024AIA660ALA248ALB008AND020ARE784ARG032ARM051ASM016ATA010ATF260ATG028AUS036AUT040AZE031\
BDI108BEL056BEN204BES535BFA854BGD050BGR100BHR048BHS044BIH070BLM652BLR112BLZ084BMU060BOL068BRA076BRB052BRN096BTN064BVT074BWA072\
CAF140CAN124CCK166CHE756CHL152CHN156CIV384CMR120COD180COG178COK184COL170COM174CPV132CRI188CUB192CUW531CXR162CYM136CYP196CZE203\
DEU276DJI262DMA212DNK208DOM214DZA012\
ECU218EGY818ERI232ESH732ESP724EST233ETH231\
FIN246FJI242FLK238FRA250FRO234FSM583\
GAB266GBR826GEO268GGY831GHA288GIB292GIN324GLP312GMB270GNB624GNQ226GRC300GRD308GRL304GTM320GUF254GUM316GUY328\
HKG344HMD334HND340HRV191HTI332HUN348\
IDN360IMN833IND356IOT086IRL372IRN364IRQ368ISL352ISR376ITA380\
JAM388JEY832JOR400JPN392\
KAZ398KEN404KGZ417KHM116KIR296KNA659KOR410KWT414\
LAO418LBN422LBR430LBY434LCA662LIE438LKA144LSO426LTU440LUX442LVA428\
MAC446MAF663MAR504MCO492MDA498MDG450MDV462MEX484MHL584MKD807MLI466MLT470MMR104MNE499MNG496MNP580MOZ508MRT478MSR500MTQ474MUS480MWI454MYS458MYT175\
NAM516NCL540NER562NFK574NGA566NIC558NIU570NLD528NOR578NPL524NRU520NZL554\
OMN512\
PAK586PAN591PCN612PER604PHL608PLW585PNG598POL616PRI630PRK408PRT620PRY600PSE275PYF258\
QAT634\
REU638ROU642RUS643RWA646\
SAU682SDN729SEN686SGP702SGS239SHN654SJM744SLB090SLE694SLV222SMR674SOM706SPM666SRB688SSD728STP678SUR740SVK703SVN705SWE752SWZ748SXM534SYC690SYR760\
TCA796TCD148TGO768THA764TJK762TKL772TKM795TLS626TON776TTO780TUN788TUR792TUV798TWN158TZA834\
UGA800UKR804UMI581URY858USA840UZB860\
VAT336VCT670VEN862VGB092VIR850VNM704VUT548\
WLF876WSM882\
YEM887\
ZAF710ZMB894ZWE716";

/// All alpha-3 codes with their numeric codes (three digits), in alphabetical order.
pub fn alpha3() -> impl Iterator<Item = ([u8; 3], [u8; 3])> {
    TABLE.chunks_exact(6).filter_map(|entry| match entry {
        [a, b, c, x, y, z] => Some(([*a, *b, *c], [*x, *y, *z])),
        _ => None,
    })
}

/// True where `code` is an alpha-3 code of ISO 3166-1, in capitals.
pub fn is_alpha3(code: &[u8]) -> bool {
    numeric_of(code).is_some()
}

/// The alpha-3 code of the country with this numeric code, three digits as in `008`.
pub fn alpha3_of(numeric: &[u8]) -> Option<[u8; 3]> {
    alpha3().find(|(_, number)| number.as_slice() == numeric).map(|(code, _)| code)
}

/// The same of the code of a value in a policy file, where zeros in front do not count: `8` and `008` are one code.
pub(crate) fn alpha3_of_code(code: &str) -> Option<[u8; 3]> {
    let mut number = [b'0'; 3];
    let digits = code.trim_start_matches('0').as_bytes();
    let from = number.len().checked_sub(digits.len())?;
    number.get_mut(from..)?.copy_from_slice(digits);
    alpha3_of(&number)
}

/// The numeric code of a country.
pub(crate) fn numeric_of(code: &[u8]) -> Option<[u8; 3]> {
    alpha3().find(|(alpha, _)| alpha.as_slice() == code).map(|(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::{alpha3, alpha3_of, alpha3_of_code, is_alpha3};
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    #[test]
    fn the_table_is_whole_sorted_and_unique() {
        let codes: Vec<_> = alpha3().collect();
        assert_eq!(codes.len(), 249);
        assert!(codes.is_sorted_by(|a, b| a.0 < b.0));
        let numbers: BTreeSet<_> = codes.iter().map(|(_, number)| *number).collect();
        assert_eq!(numbers.len(), 249);
        for (alpha, number) in codes {
            assert!(alpha.iter().all(u8::is_ascii_uppercase) && number.iter().all(u8::is_ascii_digit));
            assert_eq!(alpha3_of(&number), Some(alpha));
        }
    }

    #[test]
    fn codes_are_exact() {
        assert!(is_alpha3(b"MKD") && is_alpha3(b"SVN"));
        for code in ["NOM", "FYR", "svn", "SV", "SVNX", "XKS", "", "004"] {
            assert!(!is_alpha3(code.as_bytes()), "{code}");
        }
        assert_eq!(alpha3_of(b"807"), Some(*b"MKD"));
        assert_eq!(alpha3_of(b"8"), None);
        for code in ["8", "08", "008", "0008"] {
            assert_eq!(alpha3_of_code(code), Some(*b"ALB"), "{code}");
        }
        for code in ["", "0", "000", "8000", "8a", "-8", "+8", "80000000000000000000"] {
            assert_eq!(alpha3_of_code(code), None, "{code}");
        }
    }
}
