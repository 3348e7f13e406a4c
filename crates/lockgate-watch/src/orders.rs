//! Commands of an operator: handed to the shell on a thread of their own, one at a time, so that nothing else waits.

use crate::request::Request;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What an operator may tell the lane to do; the shell does it.
pub trait Commands: Send + 'static {
    /// Does it. What it says goes to the operator and into the log, so it never holds payload.
    ///
    /// # Errors
    /// Why it was not done, for the operator.
    fn run(&mut self, asked: &Asked) -> Result<String, String>;
}

/// A command, and who gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What is to be done; never [`Request::Status`].
    pub request: Request,
    /// The user at the other end of the socket, as the kernel tells it.
    pub user: u32,
    /// The process at the other end.
    pub process: i32,
}

/// The number of the client that gave a command, the command, and what came of it.
pub(crate) type Answer = (u64, Asked, Result<String, String>);

/// Answers of commands on their way back to the loop.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    answers: Arc<Mutex<Vec<Answer>>>,
    wake: Arc<UnixStream>,
}

impl Done {
    pub(crate) fn new(wake: UnixStream) -> Self {
        Self { answers: Arc::default(), wake: Arc::new(wake) }
    }

    fn put(&self, number: u64, asked: Asked, answer: Result<String, String>) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push((number, asked, answer));
        let _ = (&*self.wake).write(&[0]);
    }

    pub(crate) fn take(&self) -> Vec<Answer> {
        std::mem::take(&mut *self.answers.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Starts the thread that does commands, one at a time.
pub(crate) fn serve(mut commands: impl Commands, done: Done) -> io::Result<SyncSender<(u64, Asked)>> {
    let (sender, orders): (_, Receiver<(u64, Asked)>) = sync_channel(1);
    thread::Builder::new().name("commands".to_owned()).spawn(move || {
        for (number, asked) in orders {
            let answer = commands.run(&asked);
            done.put(number, asked, answer);
        }
    })?;
    Ok(sender)
}
