//! What a client of the watch is answered: metrics, the status, and what became of a command.

use super::Eyes;
use crate::client::{Client, State, Wire};
use crate::http;
use crate::json::{Value, map};
use crate::listen;
use crate::log::{Event, Severity};
use crate::orders::Asked;
use crate::request::{REQUEST_BYTES_MAX, Request};
use std::sync::mpsc::TrySendError;

impl Eyes {
    /// Reads what clients ask, and writes what they are answered, as far as it goes without waiting.
    pub(super) fn serve_all(&mut self) {
        let mut clients = std::mem::take(&mut self.clients);
        for client in &mut clients {
            match (client.state, &client.wire) {
                (State::Reading, Wire::Control(_)) => self.control(client),
                (State::Reading, Wire::Metrics(_)) => {
                    let head = client.read(http::HEAD_BYTES_MAX);
                    if let Some(answer) = http::answer(head, || self.look()) {
                        client.answer(answer);
                    }
                }
                (State::Waiting, _) => {}
                _ => client.write(),
            }
        }
        self.clients = clients;
    }

    fn control(&self, client: &mut Client) {
        let (user, process) = client.peer.unwrap_or((u32::MAX, 0));
        let asked = client.read(REQUEST_BYTES_MAX);
        let Some(end) = asked.iter().position(|byte| *byte == b'\n') else {
            if asked.len() >= REQUEST_BYTES_MAX {
                client.answer(error("the request is too long"));
            }
            return;
        };
        // Only now, so that the answer does not cross the request and get lost.
        if !listen::may_ask(user, rustix::process::geteuid().as_raw()) {
            let values = [("user", &*user.to_string()), ("process", &*process.to_string())];
            let says = "somebody else asked over the control socket and was sent away";
            self.log.say((self.clock)(), Severity::Warning, Event::Control, says, &values);
            return client.answer(error("only the lane's own user and root may ask"));
        }
        let request = Request::read(asked.get(..end).unwrap_or_default());
        match request {
            _ if asked.len() > end.saturating_add(1) => client.answer(error("one request a connection")),
            Err(fault) => client.answer(error(&fault.says())),
            Ok(Request::Status) => {
                let mut line = self.look().json();
                line.push('\n');
                client.answer(line.into_bytes());
            }
            Ok(request) => match self.orders.try_send((client.number, Asked { request, user, process })) {
                Ok(()) => client.state = State::Waiting,
                Err(TrySendError::Full(_)) => {
                    client.answer(answer(false, "another command is being done; ask again"))
                }
                Err(TrySendError::Disconnected(_)) => client.answer(answer(false, "the lane is ending")),
            },
        }
    }

    /// Answers commands that are done, and logs who gave them, whether or not anybody still waits.
    pub(super) fn answer_commands(&mut self) {
        for (number, asked, done) in self.done.take() {
            let (good, says) = match &done {
                Ok(says) => (true, says),
                Err(says) => (false, says),
            };
            let values = [
                ("command", asked.request.name()),
                ("user", &*asked.user.to_string()),
                ("process", &*asked.process.to_string()),
                ("done", if good { "yes" } else { "no" }),
            ];
            let severity = if good { Severity::Notice } else { Severity::Error };
            self.log.say((self.clock)(), severity, Event::Control, says, &values);
            if let Some(client) = self.clients.iter_mut().find(|client| client.number == number) {
                client.answer(answer(good, says));
            }
        }
    }
}

fn error(says: &str) -> Vec<u8> {
    line(&map([("error", says.into())]))
}

fn answer(good: bool, says: &str) -> Vec<u8> {
    let says: String = says.chars().take(1_000).collect();
    line(&map([("ok", Value::Bool(good)), ("says", Value::Text(says))]))
}

fn line(value: &Value) -> Vec<u8> {
    let mut line = String::new();
    value.write(&mut line);
    line.push('\n');
    line.into_bytes()
}
