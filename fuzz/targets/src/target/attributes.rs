//! ISM attributes, one `name=value` a line, in every edition: what is read is written in one way that says the same, covers
//! itself, and is covered by what it makes alone.

use lockgate_us::{EDITIONS, Marking, document};

pub(crate) const WORDS: &[&str] = &[
    "classification=S\n",
    "classification=TS\n",
    "ownerProducer=USA\n",
    "ownerProducer=GBR USA\n",
    "joint=true\n",
    "SCIcontrols=SI SI-G SI-G-ABCD\n",
    "SARIdentifier=BP-J12\n",
    "atomicEnergyMarkings=RD RD-SG-14\n",
    "FGIsourceOpen=DEU NATO\n",
    "FGIsourceProtected=FGI\n",
    "nonUSControls=NATO-BOHEMIA\n",
    "disseminationControls=OC REL\n",
    "releasableTo=USA FVEY\n",
    "displayOnlyTo=AFG\n",
    "nonICmarkings=SBU-NF ACCM-X\n",
    "highWaterNATO=NATO-S\n",
    "declassDate=2051-03-01\n",
    "excludeFromRollup=true\n",
];

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let pairs = || text.lines().filter_map(|line| line.split_once('='));
    for edition in EDITIONS {
        let Ok(read) = Marking::read(pairs(), edition) else { continue };
        let written = read.attributes(edition);
        let again = Marking::read(written.iter().map(|(name, value)| (*name, value.as_str())), edition);
        if again.map(|again| again.visible()) != Ok(read.visible()) {
            panic!("{}: attributes do not survive being written", edition.name);
        }
        if !read.covers(&read, edition) {
            panic!("{}: a marking does not cover itself", edition.name);
        }
        if read.tokens().is_empty() {
            panic!("{}: a marking says nothing", edition.name);
        }
        let alone = document::roll_up(None, [&read], edition);
        if alone.is_some_and(|alone| !alone.covers(&read, edition)) {
            panic!("{}: a portion is above what it makes alone", edition.name);
        }
    }
}
