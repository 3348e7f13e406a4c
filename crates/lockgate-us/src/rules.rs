//! The rules of the editions, as a table. Sources: the rules' own identifiers in ODNI ISM v2022-DEC (Schematron, public
//! release), CAPCO Register and Manual 2016, DoDM 5200.01 Volume 2; all openly published.

use crate::edition::{CAPCO, DOD, EVERY, ISM, V13};
use crate::grammar::Category;
use crate::rule::{Rule, Test};
use crate::vocabulary::{Aea, Dissem, Level, NonIc, NonUs};

macro_rules! rules {
    ($($code:literal $about:expr, $editions:expr, $when:expr => $needs:expr; $says:literal, $cites:literal;)*) => {
        /// Every rule; a code never changes its meaning.
        #[rustfmt::skip]
        pub const RULES: &[Rule] = &[$(
            Rule { code: $code, about: $about, editions: $editions, when: $when, needs: $needs, says: $says, cites: $cites },
        )*];
    };
}

rules! {
    "U101" None, EVERY, Test::UsOwned
        => Test::Not(&Test::Level(&[Level::R]));
        "RESTRICTED is no US classification; it stands on foreign and NATO information only", "ISM-ID-00040; DoDM 5200.01-V2 Encl. 4, 5.d";
    "U102" Some(Category::Dissem), EVERY, Test::Dissem(&[Dissem::Nf])
        => Test::Not(&Test::Dissem(&[Dissem::Rel, Dissem::Eyes]));
        "NOFORN excludes REL TO and EYES ONLY", "ISM-ID-00033";
    "U103" Some(Category::Dissem), EVERY, Test::Dissem(&[Dissem::Rel])
        => Test::Not(&Test::Dissem(&[Dissem::Eyes]));
        "REL TO excludes EYES ONLY", "ISM-ID-00033";
    "U104" Some(Category::Dissem), EVERY, Test::Dissem(&[Dissem::Nf])
        => Test::Not(&Test::Dissem(&[Dissem::Relido, Dissem::DisplayOnly]));
        "NOFORN excludes RELIDO and DISPLAY ONLY", "ISM-ID-00169; DoDM 5200.01-V2 App. 2, 2.d, 10.g.4";
    "U105" Some(Category::Dissem), V13 | CAPCO | ISM, Test::Dissem(&[Dissem::Relido])
        => Test::Not(&Test::Dissem(&[Dissem::DisplayOnly]));
        "RELIDO excludes DISPLAY ONLY", "ISM-ID-00169";
    "U106" Some(Category::Dissem), EVERY, Test::RelListed
        => Test::RelEnough;
        "a release list has USA and at least one more", "ISM-ID-00319; CAPCO 2016 G.1";
    "U107" Some(Category::Dissem), EVERY, Test::RelListed
        => Test::Dissem(&[Dissem::Rel, Dissem::Eyes]);
        "a release list without REL TO or EYES ONLY", "ISM-ID-00032";
    "U108" Some(Category::Dissem), EVERY, Test::DisplayListed
        => Test::Dissem(&[Dissem::DisplayOnly]);
        "a display list without DISPLAY ONLY", "ISM-ID-00168";
    "U109" Some(Category::Dissem), EVERY, Test::Dissem(&[Dissem::DisplayOnly])
        => Test::DisplayListed;
        "DISPLAY ONLY without a list", "ISM-ID-00213";
    "U110" Some(Category::Dissem), EVERY, Test::Dissem(&[Dissem::Oc, Dissem::Eyes])
        => Test::Level(&[Level::C, Level::S, Level::TS]);
        "ORCON and EYES ONLY stand on classified information only", "ISM-ID-00028";
    "U111" Some(Category::Dissem), EVERY, Test::Dissem(&[Dissem::Fouo])
        => Test::Level(&[Level::U]);
        "FOUO stands on unclassified information only", "ISM-ID-00030; DoDM 5200.01-V2 App. 2, 10.b.1";
    "U112" Some(Category::Dissem), ISM, Test::Dissem(&[Dissem::Fouo])
        => Test::Not(&Test::Any(&[Test::Dissem(&[Dissem::Rs, Dissem::Oc, Dissem::OcUsgov, Dissem::Imc, Dissem::Pr, Dissem::Dsen, Dissem::RawFisa, Dissem::Fisa]), Test::NonIc(&[NonIc::Ds, NonIc::Xd, NonIc::Nd, NonIc::Sbu, NonIc::SbuNf, NonIc::Les, NonIc::LesNf, NonIc::Ssi, NonIc::Nnpi])]));
        "another control takes the place of FOUO", "ISM-ID-00327, 00328";
    "U113" Some(Category::Dissem), EVERY, Test::Dissem(&[Dissem::Rs])
        => Test::Level(&[Level::S, Level::TS]);
        "RSEN stands on SECRET and TOP SECRET only", "ISM-ID-00164";
    "U114" Some(Category::Dissem), ISM, Test::Dissem(&[Dissem::RawFisa])
        => Test::Level(&[Level::S, Level::TS]);
        "RAWFISA stands on SECRET and TOP SECRET only", "ISM-ID-00393";
    "U115" Some(Category::Dissem), EVERY, Test::Dissem(&[Dissem::Imc])
        => Test::Level(&[Level::S, Level::TS]);
        "IMCON stands on SECRET and TOP SECRET only", "ISM-ID-00107; DoDM 5200.01-V2 App. 2, 1.b";
    "U116" Some(Category::Dissem), DOD, Test::Dissem(&[Dissem::Imc])
        => Test::Dissem(&[Dissem::Nf, Dissem::Rel, Dissem::Relido, Dissem::DisplayOnly, Dissem::Eyes]);
        "IMCON needs a marking for release or against it", "DoDM 5200.01-V2 App. 2, 1.c";
    "U117" Some(Category::Dissem), ISM, Test::Dissem(&[Dissem::OcUsgov])
        => Test::Dissem(&[Dissem::Oc]);
        "ORCON-USGOV needs ORCON", "ISM-ID-00302";
    "U118" Some(Category::Dissem), EVERY, Test::NatoOwned
        => Test::Not(&Test::Dissem(&[Dissem::Nf]));
        "NOFORN is no control of NATO's information", "DoDM 5200.01-V2 Encl. 4, 4.b.3";
    "U119" Some(Category::NonIc), EVERY, Test::NonIc(&[NonIc::Xd])
        => Test::Not(&Test::NonIc(&[NonIc::Nd]));
        "EXDIS excludes NODIS", "ISM-ID-00038; DoDM 5200.01-V2 App. 2, 1.d";
    "U120" Some(Category::NonIc), V13 | CAPCO | ISM, Test::NonIc(&[NonIc::Sbu, NonIc::SbuNf])
        => Test::Level(&[Level::U]);
        "SBU stands on unclassified information only", "ISM-ID-00037";
    "U121" Some(Category::NonIc), V13 | CAPCO | ISM, Test::NonIc(&[NonIc::Sbu])
        => Test::Not(&Test::NonIc(&[NonIc::SbuNf, NonIc::Xd, NonIc::Nd]));
        "SBU excludes SBU NOFORN, EXDIS and NODIS", "ISM-ID-00038";
    "U122" Some(Category::NonIc), V13 | CAPCO | ISM, Test::NonIc(&[NonIc::SbuNf])
        => Test::Not(&Test::NonIc(&[NonIc::Xd, NonIc::Nd]));
        "SBU NOFORN excludes EXDIS and NODIS", "ISM-ID-00038";
    "U123" Some(Category::NonIc), V13 | CAPCO | ISM, Test::NonIc(&[NonIc::Les])
        => Test::Not(&Test::NonIc(&[NonIc::LesNf]));
        "LES excludes LES NOFORN", "ISM-ID-00148";
    "U124" Some(Category::NonIc), V13 | CAPCO | ISM, Test::NonIc(&[NonIc::SbuNf, NonIc::LesNf])
        => Test::Not(&Test::Dissem(&[Dissem::Nf, Dissem::Rel, Dissem::Relido, Dissem::DisplayOnly, Dissem::Eyes]));
        "a NOFORN of another category excludes every release marking", "ISM-ID-00372";
    "U125" Some(Category::NonIc), CAPCO | ISM, Test::NonIc(&[NonIc::Xd, NonIc::Nd])
        => Test::Dissem(&[Dissem::Nf]);
        "EXDIS and NODIS need NOFORN", "ISM-ID-00313, 00314";
    "U126" Some(Category::NonIc), DOD, Test::NonIc(&[NonIc::Xd, NonIc::Nd])
        => Test::Not(&Test::Dissem(&[Dissem::Rel]));
        "EXDIS and NODIS exclude REL TO", "DoDM 5200.01-V2 App. 2, 1.c, 2.d";
    "U127" Some(Category::NonIc), CAPCO | ISM, Test::NonIc(&[NonIc::Ds])
        => Test::Level(&[Level::U]);
        "LIMDIS stands on unclassified information only", "ISM-ID-00346";
    "U128" Some(Category::NonIc), EVERY, Test::AnyAccm
        => Test::Level(&[Level::C, Level::S, Level::TS]);
        "ACCM stands on classified information only", "ISM-ID-00462";
    "U129" Some(Category::Sci), EVERY, Test::AnySci
        => Test::Level(&[Level::C, Level::S, Level::TS]);
        "SCI controls stand on classified information only", "ISM-ID-00016, 00043";
    "U130" Some(Category::Sci), V13 | CAPCO | ISM, Test::Sci("SI-G")
        => Test::Level(&[Level::TS]);
        "GAMMA stands on TOP SECRET only", "ISM-ID-00044";
    "U131" Some(Category::Sci), V13 | CAPCO | ISM, Test::Sci("SI-G")
        => Test::Dissem(&[Dissem::Oc]);
        "GAMMA needs ORCON", "ISM-ID-00045";
    "U132" Some(Category::Sci), CAPCO | ISM, Test::Sci("SI-G")
        => Test::Not(&Test::Dissem(&[Dissem::OcUsgov]));
        "GAMMA excludes ORCON-USGOV", "ISM-ID-00341";
    "U133" Some(Category::Sci), EVERY, Test::Sci("TK")
        => Test::Level(&[Level::S, Level::TS]);
        "TALENT KEYHOLE stands on SECRET and TOP SECRET only", "ISM-ID-00047";
    "U134" Some(Category::Sci), CAPCO | ISM, Test::Sci("TK-BLFH")
        => Test::Level(&[Level::TS]);
        "BLUEFISH stands on TOP SECRET only", "ISM-ID-00368";
    "U135" Some(Category::Sci), CAPCO | ISM, Test::Any(&[Test::Sci("TK-BLFH"), Test::Sci("TK-IDIT"), Test::Sci("TK-KAND")])
        => Test::Dissem(&[Dissem::Nf]);
        "compartments of TALENT KEYHOLE need NOFORN", "ISM-ID-00369 to 00371";
    "U136" Some(Category::Sci), EVERY, Test::Sci("HCS")
        => Test::Level(&[Level::S, Level::TS]);
        "HCS stands on SECRET and TOP SECRET only", "ISM-ID-00048; CAPCO 2016 H.4";
    "U137" Some(Category::Sci), EVERY, Test::Sci("HCS")
        => Test::Dissem(&[Dissem::Nf]);
        "HCS needs NOFORN", "ISM-ID-00049; DoDM 5200.01-V2 Encl. 4, 6.f";
    "U138" Some(Category::Sci), CAPCO, Test::Sci("HCS")
        => Test::SciBelow("HCS");
        "HCS needs a compartment", "CAPCO 2016 G.1";
    "U139" Some(Category::Sci), CAPCO | ISM, Test::Sci("HCS-O")
        => Test::Dissem(&[Dissem::Oc]);
        "HCS-O needs ORCON", "ISM-ID-00335; CAPCO 2016 H.4";
    "U140" Some(Category::Sci), CAPCO | ISM, Test::SciBelow("HCS-P")
        => Test::Dissem(&[Dissem::Oc]);
        "sub-compartments of HCS-P need ORCON", "ISM-ID-00336; CAPCO 2016 H.4";
    "U141" Some(Category::Sci), CAPCO | ISM, Test::SciBelow("HCS-P")
        => Test::Level(&[Level::TS]);
        "sub-compartments of HCS-P stand on TOP SECRET only", "ISM-ID-00453; CAPCO 2016 H.4";
    "U142" Some(Category::Sci), CAPCO | ISM, Test::Any(&[Test::Sci("HCS-O"), Test::SciBelow("HCS-P")])
        => Test::Not(&Test::Dissem(&[Dissem::OcUsgov]));
        "HCS-O and sub-compartments of HCS-P exclude ORCON-USGOV", "ISM-ID-00362, 00363; CAPCO 2016 H.4";
    "U143" Some(Category::Sci), V13 | CAPCO | ISM, Test::Sci("RSV")
        => Test::SciBelow("RSV");
        "RESERVE needs a compartment", "ISM-ID-00243; CAPCO 2016 H.4";
    "U144" Some(Category::Sci), V13 | CAPCO | ISM, Test::Sci("RSV")
        => Test::Level(&[Level::S, Level::TS]);
        "RESERVE stands on SECRET and TOP SECRET only", "ISM-ID-00242; CAPCO 2016 H.4";
    "U145" Some(Category::Sci), ISM, Test::Any(&[Test::Sci("RSV"), Test::Sci("BUR"), Test::Sci("KLM-R")])
        => Test::Dissem(&[Dissem::Nf]);
        "this control needs NOFORN", "ISM-ID-00463, 00464, 00469";
    "U146" Some(Category::Sci), ISM, Test::Any(&[Test::Sci("BUR"), Test::Sci("KLM")])
        => Test::Level(&[Level::S, Level::TS]);
        "this control stands on SECRET and TOP SECRET only", "ISM-ID-00465, 00466";
    "U147" Some(Category::Sci), ISM, Test::Any(&[Test::Sci("MVL"), Test::Sci("KLM-R")])
        => Test::Level(&[Level::TS]);
        "this control stands on TOP SECRET only", "ISM-ID-00468, 00472";
    "U148" Some(Category::Sci), ISM, Test::SciBelow("KLM-R")
        => Test::All(&[Test::Dissem(&[Dissem::Oc]), Test::Not(&Test::Dissem(&[Dissem::OcUsgov]))]);
        "sub-compartments of KLM-R need ORCON and exclude ORCON-USGOV", "ISM-ID-00470, 00471";
    "U149" Some(Category::Sar), EVERY, Test::AnySar
        => Test::Level(&[Level::C, Level::S, Level::TS]);
        "special access programs are classified", "ISM-ID-00016";
    "U150" Some(Category::Sar), DOD, Test::AnySar
        => Test::ProgramsAtMost(4);
        "more programs than are listed: SAR-MULTIPLE PROGRAMS", "DoDM 5200.01-V2 Encl. 4, 7.e";
    "U151" Some(Category::Aea), EVERY, Test::Aea(|one| !matches!(one, Aea::Dcni | Aea::Ucni))
        => Test::Level(&[Level::C, Level::S, Level::TS]);
        "RD, FRD and TFNI are classified", "ISM-ID-00174; DoDM 5200.01-V2 Encl. 4, 8.a.4, 8.b.2";
    "U152" Some(Category::Aea), EVERY, Test::Aea(|one| matches!(one, Aea::RdSigma(_) | Aea::FrdSigma(_) | Aea::RdCnwdi))
        => Test::Level(&[Level::S, Level::TS]);
        "SIGMA and CNWDI stand on SECRET and TOP SECRET only", "ISM-ID-00173, 00175";
    "U153" Some(Category::Aea), EVERY, Test::Aea(|one| matches!(one, Aea::Dcni | Aea::Ucni))
        => Test::Level(&[Level::U]);
        "UCNI stands on unclassified information only", "ISM-ID-00181";
    "U154" Some(Category::Aea), CAPCO | ISM, Test::Aea(|one| matches!(one, Aea::Rd | Aea::RdCnwdi | Aea::RdSigma(_)))
        => Test::Not(&Test::Aea(|one| matches!(one, Aea::Frd | Aea::FrdSigma(_) | Aea::Tfni)));
        "RD excludes FRD and TFNI", "ISM-ID-00321";
    "U155" Some(Category::Aea), CAPCO | ISM, Test::Aea(|one| matches!(one, Aea::Frd | Aea::FrdSigma(_)))
        => Test::Not(&Test::Aea(|one| matches!(one, Aea::Tfni)));
        "FRD excludes TFNI", "ISM-ID-00321";
    "U156" Some(Category::Aea), EVERY, Test::Aea(|one| matches!(one, Aea::RdSigma(_) | Aea::RdCnwdi))
        => Test::Aea(|one| matches!(one, Aea::Rd));
        "a part of RD without RD", "ISM-ID-00183, 00184";
    "U157" Some(Category::Aea), EVERY, Test::Aea(|one| matches!(one, Aea::FrdSigma(_)))
        => Test::Aea(|one| matches!(one, Aea::Frd));
        "a SIGMA of FRD without FRD", "ISM-ID-00185";
    "U158" Some(Category::Fgi), EVERY, Test::FgiHasUsa
        => Test::Never;
        "USA is not a foreign source", "DoDM 5200.01-V2 Encl. 4, 9";
    "U159" Some(Category::NonUs), EVERY, Test::AnyNonUs
        => Test::NatoWithin;
        "NATO's controls need NATO as owner or source", "ISM-ID-00163; DoDM 5200.01-V2 Encl. 4, 4.b.2.c";
    "U160" Some(Category::NonUs), EVERY, Test::NonUs(&[NonUs::Balk, NonUs::Bohemia])
        => Test::Level(&[Level::TS]);
        "BALK and BOHEMIA stand on COSMIC TOP SECRET only", "DoDM 5200.01-V2 Encl. 4, 4.b.2.c";
    "U161" Some(Category::NonUs), EVERY, Test::NonUs(&[NonUs::Atomal])
        => Test::Level(&[Level::C, Level::S, Level::TS]);
        "ATOMAL stands on CONFIDENTIAL and higher", "CAPCO 2016 G.1";
    "U162" None, V13 | CAPCO | ISM, Test::Joint
        => Test::UsOwned;
        "JOINT information is owned by the United States with others", "ISM-ID-00383; CAPCO 2016 H.3";
    "U163" None, ISM, Test::Joint
        => Test::OwnersInRel;
        "every owner of JOINT information is in REL TO", "ISM-ID-00377";
    "U164" None, EVERY, Test::All(&[Test::Joint, Test::RelListed])
        => Test::OwnersReleased;
        "every owner of JOINT information is in its REL TO", "CAPCO 2016 H.3; ISM-ID-00377";
    "U165" None, ISM, Test::HighWater
        => Test::All(&[Test::NatoWithin, Test::Not(&Test::NatoOwned)]);
        "the NATO high-water mark needs NATO as a source, and another owner", "ISM-ID-00522, 00524";
    "U166" None, EVERY, Test::HighWaterAboveLevel
        => Test::Never;
        "the NATO high-water mark is above the classification", "ISM-ID-00525";
    "U167" None, EVERY, Test::ExemptWithoutDate
        => Test::Not(&Test::Dated);
        "this exemption has neither date nor event", "ISM-ID-00133, 00176";
    "U168" Some(Category::Dissem), ISM, Test::Dissem(&[Dissem::Oc])
        => Test::Not(&Test::Dissem(&[Dissem::Relido]));
        "ORCON excludes RELIDO", "ISM-ID-00325";
    "U169" Some(Category::Dissem), ISM, Test::Dissem(&[Dissem::Eyes])
        => Test::RelWithin(&["USA", "AUS", "CAN", "GBR", "NZL"]);
        "EYES ONLY names AUS, CAN, GBR and NZL only", "ISM-ID-00345";
    "U170" Some(Category::Sci), ISM, Test::SciBelowBut("KLM", "KLM-R")
        => Test::Dissem(&[Dissem::Oc]);
        "compartments of KLAMATH other than R need ORCON", "ISM-ID-00397, 00398";
    "U171" Some(Category::NonIc), ISM, Test::NonIc(&[NonIc::Nnpi])
        => Test::Not(&Test::Dissem(&[Dissem::Relido]));
        "NNPI excludes RELIDO", "ISM-ID-00252";
    "U172" None, ISM, Test::Exempt("AEA")
        => Test::Aea(|_| true);
        "the exemption AEA needs atomic energy markings", "ISM-ID-00299";
    "U173" None, ISM, Test::DeclassEvent
        => Test::DeclassDate;
        "an event of declassification needs a date too", "ISM-ID-00385";
    "U174" Some(Category::Sci), DOD, Test::AnySci
        => Test::AnyDissem;
        "SCI controls need a dissemination control", "DoDM 5200.01-V2 Encl. 4, 6.c";
    "U175" Some(Category::Dissem), DOD, Test::Dissem(&[Dissem::Rel])
        => Test::Level(&[Level::C, Level::S, Level::TS]);
        "REL TO stands on classified information only", "DoDM 5200.01-V2 App. 2, 10.e.3";
    "U176" Some(Category::Sci), DOD, Test::Sci("KDK")
        => Test::Dissem(&[Dissem::Nf]);
        "KLONDIKE needs NOFORN", "DoDM 5200.01-V2 Encl. 4, 6.f";
}
