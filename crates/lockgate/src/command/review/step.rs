//! `review claim`, `approve`, `reject` and `return`: signs what was looked at, hands it in, and waits for the lane's answer.

use super::desk::Desk;
use super::{Word, hand_in, statement};
use crate::args::ReviewStepArgs;
use crate::clock;
use crate::command::way::digest;
use crate::deployment::keys;
use crate::exit::{Exit, Fault};
use crate::ocr;
use crate::show::held::number;
use lockgate_attest::{REVIEW_LIFE_SECONDS_MAX, ReviewGrounds, ReviewStep, SignedReview};
use lockgate_audit::{Event, Review};
use lockgate_bytes::{Digest, Duration};
use lockgate_core::{Deep, Json, Prospect, Unopened};
use lockgate_deep::Jailed;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// How often the log is looked at for an answer.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(50);

/// What the lane made of a statement.
struct Answer {
    review: Review,
    /// Where enough people have approved: the verdict of the decision that took the object's place.
    verdict: Option<String>,
}

/// Signs one step and hands it in; negative where the lane refuses it, or does not answer in time.
///
/// # Errors
/// [`Fault`] where anything cannot be read or written, or there is nothing to sign.
pub(crate) fn step(
    step: ReviewStep,
    args: &ReviewStepArgs,
    json: bool,
    out: &mut dyn Write,
) -> Result<Exit, Fault> {
    let now = clock::now();
    let key = keys::signing(&args.key)?;
    let mut desk = Desk::open(&args.config)?;
    let folder = desk.deployment.review.as_ref().map(|path| PathBuf::from(path.as_str()));
    let folder = folder.ok_or_else(|| {
        Fault::new("the deployment names no review folder; add `review \"/var/lib/lockgate/review\"` to it")
    })?;
    let item = desk.item(args.entry)?;
    let policy = desk.policy(now)?;
    // Only an approval speaks of what would leave.
    let (mut workers, mut unopened) = (Jailed::new(ocr::settings(&desk.deployment.reader)), Unopened);
    let deep: &mut dyn Deep = if step == ReviewStep::Approve { &mut workers } else { &mut unopened };
    let prospect = desk.prospect(&item, &policy, now, deep)?;
    is_what_was_seen(args, &prospect)?;
    let holds = life(&args.holds)?;
    let word = Word {
        step,
        entry: args.entry,
        by: &args.by,
        grounds: grounds(step, args)?,
        text: &args.text,
        expires: now.plus(holds),
    };
    let terms = statement(&word, &policy, &prospect)?;
    let signed = SignedReview::sign(terms, &key).ok_or_else(|| {
        Fault::new("--text is longer than 500 bytes, or holds characters that no screen shows")
    })?;
    hand_in(&folder, &signed)?;
    let answer = wait(&mut desk, &signed, length(&args.wait, "--wait")?)?;
    let people = policy.review().map_or(1, |review| review.people);
    let approved = desk.standing(args.entry, clock::now()).approved.len();
    let said = Said {
        step,
        entry: args.entry,
        by: &args.by,
        digest: signed.digest(),
        answer: answer.as_ref(),
        missing: people.saturating_sub(approved).max(1),
    };
    if json {
        said.line(out)?
    } else {
        said.text(out)?
    }
    Ok(Exit::negative_if(answer.is_none_or(|answer| answer.review.refused.is_some())))
}

/// What is signed is what was looked at, where the reviewer says what that was.
fn is_what_was_seen(args: &ReviewStepArgs, prospect: &Prospect) -> Result<(), Fault> {
    let Some(only) = &args.only else { return Ok(()) };
    let seen = digest(only).ok_or_else(|| Fault::new(format!("--only {only}: no SHA-256")))?;
    let known = [Some(prospect.input()), prospect.output().map(|(digest, _)| digest)];
    match known.contains(&Some(seen)) {
        true => Ok(()),
        false => Err(Fault::new("--only: the object under this entry is another one now; look at it again")),
    }
}

/// Why it is done; a claim needs no word for it.
fn grounds(step: ReviewStep, args: &ReviewStepArgs) -> Result<ReviewGrounds, Fault> {
    match (step, args.because) {
        (ReviewStep::Claim, None) => Ok(ReviewGrounds::Looking),
        (_, Some(grounds)) if grounds.0.are_for(step) => Ok(grounds.0),
        _ => {
            let may = ReviewGrounds::ALL.into_iter().filter(|grounds| grounds.are_for(step));
            let may: Vec<&str> = may.map(ReviewGrounds::name).collect();
            let says = format!("{} needs --because with one of: {}", step.name(), may.join(", "));
            Err(Fault::new(says))
        }
    }
}

/// How long a statement holds. No lane takes one that holds longer than a day, so none is signed.
fn life(text: &str) -> Result<Duration, Fault> {
    let nanos = i64::try_from(length(text, "--for")?.as_nanos()).unwrap_or(i64::MAX);
    match Duration::from_nanos(nanos) {
        holds if holds.nanos() <= 0 => Err(Fault::new(format!(
            "--for {text}: a statement that has ended counts for nothing; write it like 1h"
        ))),
        holds if holds <= Duration::from_secs(REVIEW_LIFE_SECONDS_MAX) => Ok(holds),
        _ => {
            Err(Fault::new(format!("--for {text}: no statement holds longer than a day; write at most 24h")))
        }
    }
}

fn length(text: &str, name: &str) -> Result<std::time::Duration, Fault> {
    let nanos = Duration::parse(text).and_then(|span| u64::try_from(span.nanos()).ok());
    nanos
        .map(std::time::Duration::from_nanos)
        .ok_or_else(|| Fault::new(format!("{name} {text}: write it like 15m or 2h")))
}

/// Reads the log until it speaks of the statement; and, where that was the last approval, of what became of the object.
fn wait(
    desk: &mut Desk,
    signed: &SignedReview,
    patience: std::time::Duration,
) -> Result<Option<Answer>, Fault> {
    let (digest, begun) = (signed.digest(), Instant::now());
    let mut answer: Option<Answer> = None;
    loop {
        desk.read_on(&mut |_, event| match event {
            Event::Review(review) if review.sha256 == digest && answer.is_none() => {
                answer = Some(Answer { review: (**review).clone(), verdict: None });
            }
            Event::Decision(decision) => {
                if let Some(answer) = answer.as_mut().filter(|answer| answer.review.object == decision.again)
                {
                    answer.verdict = Some(decision.verdict().name().to_owned());
                }
            }
            _ => {}
        })?;
        let is_answered =
            answer.as_ref().is_some_and(|answer| !answer.review.complete || answer.verdict.is_some());
        if is_answered || begun.elapsed() >= patience {
            return Ok(answer);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// What is said of it.
struct Said<'a> {
    step: ReviewStep,
    entry: u64,
    by: &'a str,
    digest: Digest,
    answer: Option<&'a Answer>,
    /// How many more people have to approve, where it is not enough yet.
    missing: usize,
}

impl Said<'_> {
    fn line(&self, out: &mut dyn Write) -> Result<(), Fault> {
        let mut line = String::new();
        let mut json = Json::object(&mut line);
        json.text("step", self.step.name());
        number(&mut json, "entry", self.entry);
        json.text("by", self.by);
        json.digest("statement", &self.digest);
        json.boolean("answered", self.answer.is_some());
        let review = self.answer.map(|answer| &answer.review);
        json.boolean("accepted", review.is_some_and(|review| review.refused.is_none()));
        json.text_or_null("refused", review.and_then(|review| review.refused.as_deref()));
        json.boolean("complete", review.is_some_and(|review| review.complete));
        json.text_or_null("verdict", self.answer.and_then(|answer| answer.verdict.as_deref()));
        json.end();
        writeln!(out, "{line}").map_err(Fault::from)
    }

    fn text(&self, out: &mut dyn Write) -> Result<(), Fault> {
        let Some(answer) = self.answer else {
            writeln!(out, "handed in; the lane has not answered yet")?;
            writeln!(
                out,
                "`lockgate audit show` tells its answer; a lane that does not run takes it up when it starts"
            )?;
            return Ok(());
        };
        if let Some(id) = &answer.review.refused {
            let code = lockgate_reason::named(id);
            writeln!(out, "refused   {id}: {}", code.map_or("", |code| code.says()))?;
            writeln!(out, "          {}", code.map_or("", |code| code.remedy()))?;
            return Ok(());
        }
        let (step, entry) = (self.step.name(), self.entry);
        writeln!(out, "on record {step} of {entry} by {}", self.by)?;
        match (&answer.verdict, answer.review.complete) {
            (Some(verdict), _) => writeln!(out, "          decided again: {verdict}")?,
            (None, true) => writeln!(out, "          enough people have approved; it is decided again")?,
            (None, false) if self.step == ReviewStep::Approve => match self.missing {
                1 => writeln!(out, "          one more person has to claim and approve it")?,
                more => {
                    writeln!(out, "          {more} more people have to claim and approve it, one by one")?
                }
            },
            (None, false) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Said, life};
    use lockgate_attest::ReviewStep;
    use lockgate_audit::Review;
    use lockgate_bytes::{Digest, Time};

    #[test]
    fn it_says_how_many_people_are_missing() {
        let review = Review {
            at: Time::from_unix_nanos(0),
            epoch: 1,
            lane: "down".to_owned(),
            object: Some(7),
            step: Some(ReviewStep::Approve),
            by: None,
            nonce: None,
            until: None,
            complete: false,
            refused: None,
            sha256: Digest([0; 32]),
            statement: None,
        };
        let answer = Answer { review, verdict: None };
        let text = |missing| {
            let (step, digest) = (ReviewStep::Approve, Digest([0; 32]));
            let said = Said { step, entry: 7, by: "m-novak", digest, answer: Some(&answer), missing };
            let mut out = Vec::new();
            said.text(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(text(1).contains("one more person has to claim and approve it"), "{}", text(1));
        assert!(text(2).contains("2 more people have to claim and approve it"), "{}", text(2));
    }

    #[test]
    fn no_statement_is_signed_for_more_than_a_day_or_for_no_time() {
        let lives = [("1h", true), ("24h", true), ("1ms", true), ("86401s", false), ("25h", false)];
        for (text, good) in lives.into_iter().chain([("soon", false), ("0s", false), ("0h", false)]) {
            let said = life(text);
            assert_eq!(said.is_ok(), good, "{text}");
            assert!(said.err().is_none_or(|fault| fault.message().contains(&format!("--for {text}"))));
        }
    }
}
