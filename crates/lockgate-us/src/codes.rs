//! Country and organisation codes of the US system, and who belongs to an organisation.
//!
//! Source: ODNI, ISM Country Codes and Tetragraphs (ISMCAT) 2022-NOV, public release: the list `RelTo` and the tetragraph
//! taxonomy, members as verified on 2022-11-02. Trigraphs are GENC, not ISO 3166-1: Kosovo is XKS, Palestine is absent.

/// The trigraphs, in alphabetical order, four characters each: a space stands behind the last one too.
pub(crate) const TRIGRAPHS: &str = "\
ABW AFG AGO AIA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AX2 AX3 AZE BDI BEL BEN BES BFA BGD BGR BHR \
BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM \
CPT CPV CRI CUB CUW CXR CYM CYP CZE DEU DGA DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK \
FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI \
HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR \
LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT \
MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG \
POL PRI PRK PRT PRY PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SLB SLE SLV SMR SOM SPM SRB SSD STP \
SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR URY \
USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM XAC XAZ XBI XBK XCR XCS XCY XEU XGL XGZ XHO XJA XJM XJN XJV \
XKM XKN XKR XKS XMW XNV XPL XPR XQZ XSP XSV XTR XWB XWK XXD YEM ZAF ZMB ZWE ";

/// What is known of an organisation's members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Members {
    /// These, as trigraphs with a space between two.
    Known(&'static str),
    /// Not published, or not to be taken apart.
    Withheld,
    /// The code is retired: information still bears it, nothing new does.
    Retired,
}

/// The organisations ("tetragraphs", whatever their length), in alphabetical order.
#[rustfmt::skip]
pub(crate) const GROUPS: &[(&str, Members)] = &[
    ("ACGU", Members::Known("AUS CAN GBR USA")),
    ("AMSP", Members::Known("\
        AUS AUT BEL CAN DEU DNK ESP EST FIN FRA GBR ITA JPN KOR NLD NOR NZL PRT ROU SWE TUR USA")),
    ("AOSC", Members::Retired),
    ("APFS", Members::Withheld),
    ("ASEA", Members::Known("BRN IDN KHM LAO MMR MYS PHL SGP THA USA VNM")),
    ("AUSTRALIA_GROUP", Members::Known("\
        ARG AUS AUT BEL BGR CAN CHE CYP CZE DEU DNK ESP EST FIN FRA GBR GRC HRV HUN IRL ISL ITA JPN KOR \
        LTU LUX LVA MLT NLD NOR NZL POL PRT ROU SVK SVN SWE TUR UKR USA")),
    ("BHTF", Members::Retired),
    ("BWCS", Members::Known("\
        AFG AGO ALB AND ARE ARG ARM ATG AUS AUT AZE BDI BEL BEN BFA BGD BGR BHR BHS BIH BLR BLZ BOL BRA \
        BRB BRN BTN BWA CAF CAN CHE CHL CHN CIV CMR COD COG COK COL CPV CRI CUB CYP CZE DEU DMA DNK DOM \
        DZA ECU ESP EST ETH FIN FJI FRA GAB GBR GEO GHA GIN GMB GNB GNQ GRC GRD GTM GUY HND HRV HUN IDN \
        IND IRL IRN IRQ ISL ITA JAM JOR JPN KAZ KEN KGZ KHM KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO \
        LTU LUX LVA MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MOZ MRT MUS MWI MYS NER NGA NIC \
        NIU NLD NOR NPL NRU NZL OMN PAK PAN PER PHL PLW PNG POL PRK PRT PRY QAT ROU RUS RWA SAU SDN SEN \
        SGP SLB SLE SLV SMR SRB STP SUR SVK SVN SWE SWZ SYC TGO THA TJK TKM TLS TON TTO TUN TUR TZA UGA \
        UKR URY USA UZB VAT VCT VEN VNM VUT WSM YEM ZAF ZMB ZWE")),
    ("CFCK", Members::Known("KOR USA")),
    ("CFOD", Members::Retired),
    ("CFUP", Members::Retired),
    ("CLFC", Members::Withheld),
    ("CMFC", Members::Known("\
        ARE AUS BEL BHR BRA CAN DEU DNK EGY ESP FRA GBR GRC IDN IND ITA JOR JPN KOR KWT MYS NLD NOR NZL \
        PAK PHL PRT QAT SAU SGP SYC THA TUR USA")),
    ("CMFP", Members::Known("\
        AUS BRN CAN CHL DEU DNK ESP FRA GBR IDN IND ITA JPN KOR MYS NLD NZL PER PHL SGP THA USA")),
    ("CPMT", Members::Known("CAN GBR IRL USA")),
    ("CTOC", Members::Withheld),
    ("CWCS", Members::Known("\
        AFG AGO ALB AND ARE ARG ARM ATG AUS AUT AZE BDI BEL BEN BFA BGD BGR BHR BHS BIH BLR BLZ BOL BRA \
        BRB BRN BTN BWA CAF CAN CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CYP CZE DEU DJI DMA \
        DNK DOM DZA ECU ERI ESP EST ETH FIN FJI FRA FSM GAB GBR GEO GHA GIN GMB GNB GNQ GRC GRD GTM GUY \
        HND HRV HTI HUN IDN IND IRL IRN IRQ ISL ITA JAM JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN \
        LBR LBY LCA LIE LKA LSO LTU LUX LVA MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MOZ MRT \
        MUS MWI MYS NAM NER NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PER PHL PLW PNG POL PRT PRY QAT \
        ROU RUS RWA SAU SDN SEN SGP SLB SLE SLV SMR SOM SRB STP SUR SVK SVN SWE SWZ SYC SYR TCD TGO THA \
        TJK TKM TLS TON TTO TUN TUR TUV TZA UGA UKR URY USA UZB VAT VCT VEN VNM VUT WSM YEM ZAF ZMB ZWE")),
    ("ECTF", Members::Retired),
    ("EFOR", Members::Retired),
    ("EU", Members::Withheld),
    ("EUDA", Members::Retired),
    ("FRME", Members::Known("AUS BEL CAN DEU DNK ESP FRA GBR ITA NLD NOR NZL USA")),
    ("FVEY", Members::Known("AUS CAN GBR NZL USA")),
    ("GCCH", Members::Withheld),
    ("GCTF", Members::Retired),
    ("GFNX", Members::Withheld),
    ("GMIF", Members::Known("\
        ALB AUS BEL BGR CAN CZE DEU DNK ESP EST FRA GBR GRC HRV HUN ISL ITA JPN LTU LUX LVA MKD MNE NLD \
        NOR NZL POL PRT ROU SVK SVN TUR USA")),
    ("IESC", Members::Retired),
    ("IMSC", Members::Withheld),
    ("IMSP", Members::Known("AUS CAN FRA GBR JPN KOR NZL PHL USA")),
    ("IPMC", Members::Withheld),
    ("IRKS", Members::Withheld),
    ("ISAF", Members::Retired),
    ("ISSG", Members::Withheld),
    ("KFOR", Members::Withheld),
    ("MCFI", Members::Retired),
    ("MESF", Members::Withheld),
    ("MGEU", Members::Withheld),
    ("MIFH", Members::Retired),
    ("MLEC", Members::Known("AUS CAN ESP FRA GBR NLD NZL USA")),
    ("MNTF", Members::Withheld),
    ("MPFL", Members::Retired),
    ("NACT", Members::Withheld),
    ("NATO", Members::Known("\
        ALB BEL BGR CAN CZE DEU DNK ESP EST FRA GBR GRC HRV HUN ISL ITA LTU LUX LVA MKD MNE NLD NOR POL \
        PRT ROU SVK SVN TUR USA")),
    ("NCFE", Members::Known("\
        BEL BGR CAN CZE DEU DNK ESP FRA GBR GRC HUN ISL ITA LUX NLD NOR POL PRT ROU SVK TUR USA")),
    ("NKIC", Members::Withheld),
    ("NRDC", Members::Withheld),
    ("NSG", Members::Known("\
        ARG AUS AUT BEL BGR BLR BRA CAN CHE CHN CYP CZE DEU DNK ESP EST FIN FRA GBR GRC HRV HUN IRL ITA \
        JPN KAZ KOR LTU LUX LVA MLT NLD NOR NZL POL PRT ROU RUS SVK SVN SWE TUR UKR USA ZAF")),
    ("OSAG", Members::Retired),
    ("OSTY", Members::Known("\
        BEL BGR BIH BLR CAN CZE DEU DNK ESP EST FIN FRA GBR GEO GRC HRV HUN ISL ITA LTU LUX LVA NLD NOR \
        POL PRT ROU RUS SVK SVN SWE TUR UKR USA")),
    ("PAWA", Members::Known("AUT BEL CAN DEU DNK ESP EST FIN FRA GBR ITA NLD NOR NZL PRT USA")),
    ("PGMF", Members::Retired),
    ("PSMX", Members::Known("AUS CAN DEU FRA GBR JPN KOR NZL USA")),
    ("RISC", Members::Withheld),
    ("RSMA", Members::Retired),
    ("SFOR", Members::Retired),
    ("SOFP", Members::Withheld),
    ("SPAA", Members::Retired),
    ("TEYE", Members::Known("AUS GBR USA")),
    ("TFTC", Members::Known("ARE BHR KWT OMN QAT SAU USA")),
    ("UNCK", Members::Known("AUS BEL CAN COL DNK FRA GBR GRC ITA KOR NLD NOR NZL PHL THA TUR USA ZAF")),
];
