//! `lockgate top`: the screen of a running lane, live. Only lines that changed are sent, and never more than fits a slow
//! link.

use crate::args::TopArgs;
use crate::command::status;
use crate::exit::{Exit, Fault};
use crate::show::screen::{self, Detail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use std::io::{self, IsTerminal, Read, Write};
use std::time::{Duration, Instant};

/// Time between two refreshes.
const REFRESH: Duration = Duration::from_secs(1);
/// A refresh is never longer than this, in bytes; what does not fit comes with the next one.
const REFRESH_BYTES_MAX: usize = 2_000;
/// Lines of a terminal that does not say how many it has.
const ROWS: usize = 24;
/// Another page, and no cursor.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l";
/// The cursor, and the page of before.
const LEAVE: &[u8] = b"\x1b[?25h\x1b[?1049l";

/// Runs the command. Where it cannot be live it prints one screen, as `status` does.
///
/// # Errors
/// [`Fault`] where the lane cannot be asked at first, or the output fails.
pub(crate) fn run(args: &TopArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let live = !args.once && !json && can_be_live();
    if !live {
        return status::run(&args.lane, json, out);
    }
    let socket = status::socket(&args.lane)?;
    let mut seen = status::look(&socket).map(|(_, status)| screen::lines(&status, Detail::Brief))?;
    let terminal = Terminal::take(out)?;
    let mut picture = Picture::default();
    let shown = loop {
        let frame = picture.frame(&seen, rows());
        if let Err(error) = out.write_all(frame.as_bytes()).and_then(|()| out.flush()) {
            break Err(Fault::from(error));
        }
        if is_left(REFRESH) {
            break Ok(Exit::Good);
        }
        match status::look(&socket) {
            Ok((_, status)) => seen = screen::lines(&status, Detail::Brief),
            Err(fault) => seen = screen::trouble(fault.message()),
        }
    };
    drop(terminal);
    shown
}

/// Whether there is somebody before a terminal.
pub(super) fn can_be_live() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Lines of the terminal.
pub(super) fn rows() -> usize {
    match tcgetwinsize(io::stdout()).map_or(0, |size| usize::from(size.ws_row)) {
        0 => ROWS,
        rows => rows,
    }
}

/// Waits; whether somebody pressed `q` or ctrl-C, or the terminal went away.
pub(super) fn is_left(wait: Duration) -> bool {
    let stdin = io::stdin();
    let begun = Instant::now();
    loop {
        let left = wait.saturating_sub(begun.elapsed());
        let Ok(nap) = Timespec::try_from(left) else { return true };
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&nap)) {
            Ok(0) => return false,
            Ok(_) => {
                let mut keys = [0_u8; 64];
                let count = stdin.lock().read(&mut keys).unwrap_or(0);
                let keys = keys.get(..count).unwrap_or_default();
                // Ctrl-C and ctrl-D come as bytes, since the terminal is asked not to make signals of them.
                if keys.is_empty() || keys.iter().any(|key| matches!(key, b'q' | b'Q' | 3 | 4)) {
                    return true;
                }
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return true,
        }
    }
}

/// What the terminal shows now.
#[derive(Debug, Default)]
pub(super) struct Picture {
    lines: Vec<String>,
    rows: usize,
    /// Where to go on, so that every line has its turn.
    next: usize,
}

impl Picture {
    /// What to send so that the terminal shows `lines`, as far as it fits into one refresh.
    pub(super) fn frame(&mut self, lines: &[String], rows: usize) -> String {
        let mut frame = String::new();
        if self.rows != rows {
            frame.push_str("\x1b[2J");
            *self = Self { lines: vec![String::new(); rows], rows, next: 0 };
        }
        for at in (self.next..rows).chain(0..self.next.min(rows)) {
            let line = lines.get(at).map_or("", String::as_str);
            let Some(shown) = self.lines.get_mut(at).filter(|shown| *shown != line) else { continue };
            let change = format!("\x1b[{};1H{line}\x1b[K", at.saturating_add(1));
            if frame.len().saturating_add(change.len()) > REFRESH_BYTES_MAX {
                self.next = at;
                return frame;
            }
            frame.push_str(&change);
            line.clone_into(shown);
        }
        self.next = 0;
        frame
    }
}

/// The terminal while it is ours: another page, no cursor, keys at once. It is given back on every way out.
pub(super) struct Terminal {
    before: Termios,
}

impl Terminal {
    pub(super) fn take(out: &mut dyn Write) -> Result<Self, Fault> {
        let fault = |error: rustix::io::Errno| Fault::of("the terminal", &error.into());
        let before = tcgetattr(io::stdin()).map_err(fault)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Flush, &raw).map_err(fault)?;
        let terminal = Self { before };
        out.write_all(ENTER)?;
        Ok(terminal)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nobody is left to tell where that fails.
        let mut out = io::stdout().lock();
        let _ = out.write_all(LEAVE).and_then(|()| out.flush());
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::{Picture, REFRESH_BYTES_MAX};

    /// What a terminal of 80 columns shows after `frame`.
    fn shown(frame: &str, page: &mut [String]) {
        for part in frame.split("\x1b[").skip(1) {
            if part == "2J" {
                page.iter_mut().for_each(String::clear);
                continue;
            }
            if part == "K" {
                continue;
            }
            let (row, text) = part.split_once(";1H").unwrap();
            page[row.parse::<usize>().unwrap() - 1] = text.to_owned();
        }
    }

    #[test]
    fn a_refresh_is_small_and_in_the_end_all_is_shown() {
        let mut picture = Picture::default();
        let mut page = vec![String::new(); 40];
        // Every line is full, and every one changes each time.
        for round in 0..5 {
            let lines: Vec<String> = (0..40).map(|at| format!("{:080}", at * 1_000 + round)).collect();
            let frame = picture.frame(&lines, 40);
            assert!(frame.len() <= REFRESH_BYTES_MAX && frame.len() > 1_500, "{}", frame.len());
            shown(&frame, &mut page);
        }
        let last: Vec<String> = (0..30).map(|at| format!("line {at}")).collect();
        for _ in 0..3 {
            shown(&picture.frame(&last, 40), &mut page);
        }
        assert_eq!(page[..30], last[..]);
        assert!(page[30..].iter().all(String::is_empty));
        assert_eq!(picture.frame(&last, 40), "", "what did not change is not sent");
    }

    #[test]
    fn a_terminal_of_another_size_is_drawn_anew() {
        let mut picture = Picture::default();
        let lines: Vec<String> = (0..30).map(|at| format!("line {at}")).collect();
        assert!(
            picture.frame(&lines, 24).starts_with("\x1b[2J") && !picture.frame(&lines, 24).contains("line")
        );
        assert!(picture.frame(&lines, 10).ends_with("line 9\x1b[K"));
    }
}
