//! The slow path of a lane: which formats are looked into, what may leave, and who decides.

use super::{Unlabelled, unlabelled};
use crate::codes;
use crate::report::{Text, own};
use lockgate_bytes::{Decimal, Duration, Span};
use lockgate_core::{Area, DEGREE, Fidelity, Making, Point, Reading};
use lockgate_notation::{At, Fields};
use std::ops::RangeInclusive;

/// The slow path of a lane.
#[derive(Clone, Debug)]
pub struct SlowPath {
    /// The formats that are looked into.
    pub accepts: Vec<&'static str>,
    /// The largest object that is looked into, in bytes.
    pub size_max: usize,
    /// True where what was built anew may be released.
    pub rebuilt: bool,
    /// Where it says that this needs no people, if it does.
    pub(crate) unasked: Option<Span>,
    /// How it is built anew.
    pub making: Making,
    /// Where their pictures have to lie.
    pub area: Option<Area>,
    /// The data category of such objects.
    pub(crate) category: Option<Text>,
    /// The default label of those without one, where it is not the lane's.
    pub(crate) unlabelled: Option<Unlabelled>,
    /// How many people decide.
    pub people: u64,
    /// How long one of them keeps an object.
    pub lease: Duration,
    pub(crate) answers: Vec<Text>,
    pub(crate) people_span: Span,
}

impl SlowPath {
    /// True where what was built anew may be released without people, as long as nothing stands against it.
    pub fn is_unasked(&self) -> bool {
        self.unasked.is_some()
    }

    /// Families of codes, such as `LG-W`, that people may answer.
    pub fn answers(&self) -> impl Iterator<Item = &str> {
        self.answers.iter().map(|answer| answer.value.as_str())
    }
}

/// The largest object that a lane without `size` looks into, in bytes: a scanned document of fifty pages.
const SIZE_USUAL: u64 = 32 << 20;
/// What a lane may say, in bytes. The line before the workers, and the pool that all that waits is in, are sized for it.
const SIZES: RangeInclusive<u64> = 1 << 10..=64 << 20;

pub(super) fn slow(fields: &mut Fields<'_, '_>) -> Option<SlowPath> {
    let formats =
        ["pdf", "jpeg", "png", "nitf", "tiff", "gif", "bmp", "webp", "jpeg2000", "zip", "tar", "gzip"];
    let accepts = fields.within("accept", |part| part.args_word("a format", &formats));
    let size = size(fields);
    let release = fields.child_word_opt("release", &["nothing", "rebuilt", "rebuilt-unasked"]);
    let rebuild = fields.child_word_opt("rebuild", &["lossy", "lossless"]);
    let convert = fields.child_word_opt("convert", &["nothing", "png"]);
    let ocr = fields.child_word_opt("ocr", &["where-present", "required", "off"]);
    let area = fields.within_opt("area", area);
    if let (Some(Some(area)), Some(accepts)) = (&area, &accepts)
        && accepts.iter().all(|form| form.value != "nitf")
    {
        let message = "`area` is asked of every object, and only `nitf`, which the lane does not accept, says where it lies";
        fields.error(&codes::AREA, area.span, message);
    }
    let unasked =
        release.as_ref().filter(|release| release.value == "rebuilt-unasked").map(|release| release.span);
    let rebuilt = release.is_some_and(|release| release.value != "nothing");
    if !rebuilt {
        of_what_stays(fields);
    }
    let category = fields.child_text_opt("category").map(own);
    let unlabelled = fields.within_opt("unlabelled", unlabelled);
    let review = fields.within("review", |part| {
        let (people, lease) = (part.prop_uint("people"), part.prop_duration("lease"));
        let answers = part.within_opt("answers", |answers| answers.args_text_some("a family of codes"));
        Some((people?, lease?, answers.unwrap_or_default()))
    });
    let (people, lease, answers) = review??;
    Some(SlowPath {
        accepts: accepts?.into_iter().map(|word| word.value).collect(),
        size_max: usize::try_from(size?).unwrap_or(usize::MAX),
        rebuilt,
        unasked,
        making: Making {
            fidelity: match rebuild.map(|word| word.value) {
                Some("lossless") => Fidelity::Lossless,
                _ => Fidelity::Lossy,
            },
            convert: convert.is_some_and(|convert| convert.value == "png"),
            reading: match ocr.map(|word| word.value) {
                Some("required") => Reading::Required,
                Some("off") => Reading::Off,
                _ => Reading::WherePresent,
            },
        },
        area: match area {
            Some(area) => Some(area?.value),
            None => None,
        },
        category,
        unlabelled: match unlabelled {
            Some(unlabelled) => Some(unlabelled?),
            None => None,
        },
        people: people.value,
        lease: lease.value,
        answers: answers.into_iter().map(own).collect(),
        people_span: people.span,
    })
}

/// The largest object; `None` where what the lane says is none.
fn size(fields: &mut Fields<'_, '_>) -> Option<u64> {
    let said = fields.within_opt("size", |part| part.arg_size("a size"));
    let Some(said) = said else { return Some(SIZE_USUAL) };
    let size = said?;
    if !SIZES.contains(&size.value) {
        let message = "the largest object of no known type has 1KiB to 64MiB";
        fields.error(&codes::SLOW_SIZE, size.span, message);
        return None;
    }
    Some(size.value)
}

/// An area: degrees north and east of two of its corners.
fn area(fields: &mut Fields<'_, '_>) -> Option<At<Area>> {
    let names = ["south", "west", "north", "east"];
    let [south, west, north, east] = names.map(|name| fields.prop_decimal(name));
    let (south, west, north, east) = (south?, west?, north?, east?);
    let corner = |latitude: At<Decimal>, longitude: At<Decimal>| {
        Point::new(arc(latitude.value)?, arc(longitude.value)?)
    };
    let area = corner(south, west).zip(corner(north, east)).and_then(|(one, other)| Area::new(one, other));
    let span = fields.noun_span();
    if area.is_none() {
        let message =
            "`area` has nothing in it, is not on the earth, or has more than five digits behind a point";
        fields.error(&codes::AREA, span, message);
    }
    area.map(|area| At::new(area, span))
}

/// Degrees in thousandths of a second; `None` where that is not a whole number, or there are too many.
fn arc(degrees: Decimal) -> Option<i32> {
    let places = u32::from(degrees.scale());
    let parts = i64::from(DEGREE).checked_mul(degrees.mantissa())?;
    let one = 10_i64.checked_pow(places)?;
    let whole = parts.checked_div(one)?;
    (places <= 5 && whole.checked_mul(one)? == parts).then(|| i32::try_from(whole).ok())?
}

/// Reports what says how objects of no known type cross, on a lane where none does: nobody would read it. How they are built
/// anew counts there too, since people see what would be.
fn of_what_stays(fields: &mut Fields<'_, '_>) {
    for part in fields.children_of(&["category", "unlabelled"]) {
        let message = format!("`{}` says how objects of no known type cross, and none does", part.name);
        fields.error(&codes::STAYS, part.name_span, message);
    }
}
