//! Whether interfaces are still those that listeners were opened on. A socket that is bound to one, and a group that was joined
//! there, go by its number: where it is made anew under its old name, they hear nothing any more, and nothing fails.

use crate::config::{Config, Way};
use nix::errno::Errno;
use nix::net::if_::if_nametoindex;

/// The interfaces of a lane's listeners.
#[derive(Debug)]
pub(crate) struct Interfaces(Vec<Watched>);

#[derive(Debug)]
struct Watched {
    listener: usize,
    interface: String,
    /// The one that the listener hears; `None` where there was none when it was opened.
    heard: Option<u32>,
    /// There was none of its name at the last look.
    is_gone: bool,
}

/// What became of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is gone.
    Gone,
    /// It is back, and the listener hears it as before: it had another name meanwhile.
    Back,
    /// There is another one of its name.
    Anew(u32),
}

impl Interfaces {
    /// Those of the configuration, as they are now.
    pub(crate) fn of(config: &Config) -> Self {
        let listeners = config.listeners.iter().enumerate();
        let named = listeners.filter_map(|(listener, opened)| {
            let interface = match &opened.way {
                Way::Udp(udp) => udp.interface.clone(),
                Way::Tcp(tcp) => tcp.interface.clone()?,
                Way::Diode(diode) => diode.listen.interface.clone(),
                Way::Directory(_) => return None,
            };
            let heard = if_nametoindex(interface.as_str()).ok();
            Some(Watched { listener, interface, heard, is_gone: false })
        });
        Self(named.collect())
    }

    /// The first listener of which `now` says something else: its interface was made anew while it was opened, and nobody
    /// knows which of the two it hears.
    pub(crate) fn differs(&self, now: &Self) -> Option<usize> {
        let both = self.0.iter().zip(&now.0);
        both.into_iter().find(|(before, now)| before.heard != now.heard).map(|(before, _)| before.listener)
    }

    /// The listeners whose interface is not the one that they hear, and those whose interface is back.
    pub(crate) fn changes(&mut self) -> Vec<(usize, Change)> {
        let changed = self.0.iter_mut().filter_map(|watched| {
            let index = match if_nametoindex(watched.interface.as_str()) {
                Ok(index) => index,
                Err(Errno::ENODEV | Errno::ENXIO) => {
                    watched.is_gone = true;
                    return Some((watched.listener, Change::Gone));
                }
                // Nobody can say: to ask takes a descriptor, and there may be none.
                Err(_) => return None,
            };
            let was_gone = std::mem::take(&mut watched.is_gone);
            if watched.heard == Some(index) {
                // A second socket for the same address could not be opened beside the one that hears it.
                return was_gone.then_some((watched.listener, Change::Back));
            }
            Some((watched.listener, Change::Anew(index)))
        });
        changed.collect()
    }

    /// A listener was opened again on this one.
    pub(crate) fn hears(&mut self, listener: usize, index: u32) {
        if let Some(watched) = self.0.iter_mut().find(|watched| watched.listener == listener) {
            watched.heard = Some(index);
        }
    }
}
