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
    /// The one that the listener hears; `None` where it hears none.
    heard: Option<u32>,
}

/// What became of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is gone.
    Gone,
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
            Some(Watched { listener, interface, heard })
        });
        Self(named.collect())
    }

    /// The listeners whose interface is not the one that they hear.
    pub(crate) fn changes(&mut self) -> Vec<(usize, Change)> {
        let changed = self.0.iter_mut().filter_map(|watched| {
            let index = match if_nametoindex(watched.interface.as_str()) {
                Ok(index) => index,
                Err(Errno::ENODEV | Errno::ENXIO) => {
                    watched.heard = None;
                    return Some((watched.listener, Change::Gone));
                }
                // Nobody can say: to ask takes a descriptor, and there may be none.
                Err(_) => return None,
            };
            (watched.heard != Some(index)).then_some((watched.listener, Change::Anew(index)))
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
