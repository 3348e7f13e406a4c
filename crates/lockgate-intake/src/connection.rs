//! One TCP connection: bytes in, frames out. It never writes, but for a TLS handshake.

use crate::desk::{Desk, Missed, Moment};
use crate::pace::{Lapse, Pace};
use crate::tcp::TcpDoor;
use crate::tls::{self, Gatekeeper};
use crate::{Cut, Framer, Patience, Room, Why};
use lockgate_bytes::Duration;
use mio::net::TcpStream;
use rustls::ServerConnection;
use std::io::{ErrorKind, Read, Result};
use std::net::IpAddr;

/// What is left to do for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// There may be more to read.
    More,
    /// Wait for the next event.
    Wait,
    /// It is over.
    Close,
}

pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    pub(crate) listener: usize,
    pub(crate) peer: IpAddr,
    /// True where an event said so and nothing said otherwise since.
    pub(crate) is_ready: bool,
    source: Option<usize>,
    tls: Option<Box<ServerConnection>>,
    framer: Framer,
    pace: Pace,
    skipped: u64,
}

impl Connection {
    pub(crate) fn new(
        stream: TcpStream,
        peer: IpAddr,
        door: &TcpDoor,
        tls: Option<Box<ServerConnection>>,
        at: Moment,
    ) -> Self {
        let pace = Pace::new(at.steady, tls.is_some());
        let framer = Framer::new(&door.tcp.framing, door.size_max);
        let (listener, source) = (door.listener, door.source);
        Self { stream, listener, peer, is_ready: true, source, tls, framer, pace, skipped: 0 }
    }

    /// Reads once, and cuts what came.
    pub(crate) fn read(
        &mut self,
        door: &TcpDoor,
        work: &mut Work<'_>,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> Next {
        let Some(mut session) = self.tls.take() else {
            let outcome = self.stream.read(work.scratch);
            return self.take(outcome, work, desk, at);
        };
        let next = self.read_tls(&mut session, door.gatekeeper.as_ref(), work, desk, at);
        self.tls = Some(session);
        next
    }

    /// Ends it: what is unfinished is turned away. For whichever reason, `why` says it.
    pub(crate) fn end(&mut self, why: Why, room: &mut Room, desk: &mut Desk<'_>, at: Moment) {
        let unfinished = self.framer.unfinished();
        if !unfinished.is_empty() {
            let (listener, source) = (self.listener, self.source);
            let missed = Missed { listener, source, why, size: unfinished.len(), bytes: Some(unfinished) };
            desk.turn_away(missed, at);
        }
        self.framer.close(room);
    }

    /// True where the client has been too slow; then it is over, and told why.
    pub(crate) fn lapses(
        &mut self,
        patience: &Patience,
        room: &mut Room,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> bool {
        match self.pace.lapse(patience, at.steady) {
            None => return false,
            Some(Lapse::Idle) => desk.count(self.listener, |counters| counters.idle_closes.add(1)),
            Some(Lapse::Frame) => self.end(Why::Stalled, room, desk, at),
            Some(Lapse::Handshake) => self.is_out(Why::HandshakeStalled, desk, at),
        }
        true
    }

    /// Forgives a pause in which nothing was read.
    pub(crate) fn forgive(&mut self, pause: Duration) {
        self.pace.forgive(pause);
    }

    /// Tries again to send what a handshake has left to send.
    pub(crate) fn write(&mut self) {
        if let Some(session) = &mut self.tls {
            send(session, &mut self.stream);
        }
    }

    fn take(&mut self, outcome: Result<usize>, work: &mut Work<'_>, desk: &mut Desk<'_>, at: Moment) -> Next {
        match outcome {
            Ok(0) => Next::Close,
            Ok(count) => {
                let bytes = work.scratch.get(..count).unwrap_or(&[]);
                if self.cut(bytes, work.room, desk, at) { Next::More } else { Next::Close }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Next::Wait,
            Err(error) if error.kind() == ErrorKind::Interrupted => Next::More,
            Err(_) => Next::Close,
        }
    }

    fn read_tls(
        &mut self,
        session: &mut ServerConnection,
        gatekeeper: Option<&Gatekeeper>,
        work: &mut Work<'_>,
        desk: &mut Desk<'_>,
        at: Moment,
    ) -> Next {
        match session.read_tls(&mut self.stream) {
            Ok(0) => {
                if self.source.is_none() {
                    self.is_out(Why::Handshake, desk, at);
                }
                return Next::Close;
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Next::Wait,
            Err(error) if error.kind() == ErrorKind::Interrupted => return Next::More,
            Err(_) => {
                // A reset before the end of the handshake is one that failed, as an orderly end is.
                if self.source.is_none() {
                    self.is_out(Why::Handshake, desk, at);
                }
                return Next::Close;
            }
        }
        let processed = session.process_new_packets();
        // The handshake's answer, or the alert that says what is wrong with it.
        send(session, &mut self.stream);
        if let Err(error) = processed {
            self.is_out(tls::why(&error), desk, at);
            return Next::Close;
        }
        if self.source.is_none() && !session.is_handshaking() {
            match gatekeeper.ok_or(Why::Handshake).and_then(|keeper| keeper.admit(session)) {
                Ok(source) => {
                    self.source = Some(source);
                    // Nothing of it was cut before. A client of short messages fills no buffer as others may.
                    self.framer.narrow(desk.largest(source));
                }
                Err(why) => {
                    self.is_out(why, desk, at);
                    return Next::Close;
                }
            }
            self.pace.shaken(at.steady);
        }
        loop {
            let outcome = session.reader().read(work.scratch);
            match self.take(outcome, work, desk, at) {
                Next::More => {}
                // All that was decrypted is cut; there may be more in the socket.
                Next::Wait => return Next::More,
                Next::Close => return Next::Close,
            }
        }
    }

    /// Cuts bytes of the stream; false where the connection has to be closed.
    fn cut(&mut self, bytes: &[u8], room: &mut Room, desk: &mut Desk<'_>, at: Moment) -> bool {
        let Some(source) = self.source else { return false };
        let (mut rest, mut completed) = (bytes, false);
        loop {
            match self.framer.next(&mut rest, room) {
                Cut::Frame(frame) => {
                    completed = true;
                    desk.frame(self.listener, source, frame, at);
                }
                Cut::More => break,
                Cut::Lost(why) => {
                    let size = self.framer.unfinished().len().saturating_add(rest.len());
                    let missed =
                        Missed { listener: self.listener, source: Some(source), why, size, bytes: None };
                    desk.turn_away(missed, at);
                    self.framer.close(room);
                    return false;
                }
            }
        }
        let skipped = self.framer.skipped_bytes();
        let more = skipped.saturating_sub(self.skipped);
        self.skipped = skipped;
        desk.count(self.listener, |counters| counters.separator_bytes.add(more));
        self.pace.progress(at.steady, completed, self.framer.unfinished().len());
        true
    }

    /// The client itself is turned away, not something that it sent.
    fn is_out(&self, why: Why, desk: &mut Desk<'_>, at: Moment) {
        let (listener, source) = (self.listener, self.source);
        desk.turn_away(Missed { listener, source, why, size: 0, bytes: None }, at);
    }
}

/// What all connections of the thread share.
pub(crate) struct Work<'a> {
    pub(crate) scratch: &'a mut [u8],
    pub(crate) room: &'a mut Room,
}

/// Sends what the session has to send, as far as the socket takes it. What is left waits for the next event.
fn send(session: &mut ServerConnection, stream: &mut TcpStream) {
    while session.wants_write() {
        if session.write_tls(stream).is_err() {
            break;
        }
    }
}
