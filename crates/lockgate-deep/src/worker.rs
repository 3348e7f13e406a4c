//! The worker's side: jail first, then the question, then the answer, then the end.

use crate::answer::Answer;
use crate::jail::{Limits, enter};
use crate::question::{self, Ask};
use std::io::{Read, Write};
use std::process::ExitCode;

/// The hidden command under which this program is started again.
pub const COMMAND: &str = "deep-worker";

/// The first byte from a worker: the jail is closed.
pub(crate) const READY: u8 = b'R';
/// The first byte from a worker: there is no jail; what follows says why.
pub(crate) const NO_JAIL: u8 = b'N';

/// Does the work of one object on standard input and output. Never returns before the jail is closed or has failed.
pub fn work(limits: &Limits) -> ExitCode {
    // A panic names a place at most; here it names nothing, and ends the worker.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    if let Err(why) = enter(limits) {
        let told = output.write_all(&[NO_JAIL]).and_then(|()| output.write_all(why.0.as_bytes()));
        let _ = told.and_then(|()| output.flush());
        return ExitCode::from(3);
    }
    if output.write_all(&[READY]).and_then(|()| output.flush()).is_err() {
        return ExitCode::from(4);
    }
    let Some((ask, object)) = read_question(&mut input) else { return ExitCode::from(5) };
    let answer: Answer = crate::look_as(&object, ask);
    match output.write_all(&answer.to_bytes()).and_then(|()| output.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(4),
    }
}

/// What is asked, and the bytes of the object; `None` where there is no question, or it is not of the length that it announces.
fn read_question(input: &mut impl Read) -> Option<(Ask, Vec<u8>)> {
    let mut head = [0; question::HEAD_BYTES];
    input.read_exact(&mut head).ok()?;
    let (ask, length) = question::read_head(&head)?;
    let mut object = Vec::new();
    object.try_reserve_exact(length.saturating_add(1)).ok()?;
    // One byte more than announced would be a question of another kind.
    let limit = u64::try_from(length).ok()?.saturating_add(1);
    input.take(limit).read_to_end(&mut object).ok()?;
    (object.len() == length).then_some((ask, object))
}
