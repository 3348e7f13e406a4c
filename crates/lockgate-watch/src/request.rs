//! What may be asked over the control socket: a closed list, one line of JSON. Nothing in it can name, bring or change an
//! object.

use crate::json::{Bounds, JsonFault, Value};
use crate::words::words;

/// A request is at most so many bytes, the end of its line included.
pub const REQUEST_BYTES_MAX: usize = 256;

words! {
    /// Everything that can be asked.
    Request {
        /// What the lane shows.
        Status = "status",
        /// Take the bundle that lies in its place now.
        Reload = "reload",
        /// An operator says that the clock is right.
        ConfirmClock = "confirm-clock",
        /// Take nothing in any more, finish, stop.
        Drain = "drain",
    }
}

/// Why a line is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestFault {
    /// Not one JSON object within the bounds.
    NotAnObject(JsonFault),
    /// An object, but not of the form `{"ask":"status"}`.
    NotAsked,
    /// Nothing that can be asked.
    Unknown,
}

impl Request {
    /// Reads one line, without its end.
    ///
    /// # Errors
    /// [`RequestFault`] for everything that is not exactly one request.
    pub fn read(line: &[u8]) -> Result<Self, RequestFault> {
        let bounds = Bounds { bytes: REQUEST_BYTES_MAX, depth: 1, values: 2 };
        match Value::parse(line, bounds).map_err(RequestFault::NotAnObject)? {
            Value::Map(members) => match members.as_slice() {
                [(key, Value::Text(word))] if key == "ask" => Self::named(word).ok_or(RequestFault::Unknown),
                _ => Err(RequestFault::NotAsked),
            },
            _ => Err(RequestFault::NotAsked),
        }
    }

    /// The line that asks for it, with its end.
    pub fn line(self) -> String {
        format!("{{\"ask\":\"{}\"}}\n", self.name())
    }
}

impl RequestFault {
    /// What is wrong, for who asked; nothing of what was asked.
    pub fn says(self) -> String {
        let what = match self {
            Self::NotAnObject(JsonFault::TooMuch) => "too long, too deep or too much".to_owned(),
            Self::NotAnObject(JsonFault::NotJson(at)) => format!("no JSON at byte {at}"),
            Self::NotAnObject(JsonFault::TwiceTheKey(at)) => format!("a key stands twice before byte {at}"),
            Self::NotAsked => "not of the form {\"ask\":\"status\"}".to_owned(),
            Self::Unknown => "nothing that can be asked".to_owned(),
        };
        let words: Vec<_> = Self::words();
        format!("the request is {what}; ask for one of: {}", words.join(", "))
    }

    fn words() -> Vec<&'static str> {
        Request::ALL.iter().map(|request| request.name()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{REQUEST_BYTES_MAX, Request, RequestFault};
    use proptest::prelude::*;

    #[test]
    fn requests_read_back() {
        for request in Request::ALL {
            assert_eq!(Request::read(request.line().trim_end().as_bytes()), Ok(*request));
            assert_eq!(Request::read(request.line().as_bytes()), Ok(*request));
        }
    }

    #[test]
    fn nothing_else_is_a_request() {
        for line in [
            "",
            "{}",
            "[]",
            "status",
            "\"status\"",
            "{\"ask\":1}",
            "{\"ask\":[\"status\"]}",
            "{\"Ask\":\"status\"}",
            "{\"ask\":\"status\",\"x\":1}",
            "{\"ask\":\"status\"}{\"ask\":\"reload\"}",
            "{\"ask\":\"reload\",\"bundle\":\"x\"}",
            "{\"ask\":\"status\",\"ask\":\"reload\"}",
        ] {
            let fault = Request::read(line.as_bytes()).unwrap_err();
            assert!(fault.says().ends_with("status, reload, confirm-clock, drain"), "{line}");
        }
        assert_eq!(Request::read(b"{\"ask\":\"inject\"}"), Err(RequestFault::Unknown));
        let long = format!("{{\"ask\":{}\"status\"}}", " ".repeat(REQUEST_BYTES_MAX));
        assert!(matches!(Request::read(long.as_bytes()), Err(RequestFault::NotAnObject(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_request_or_a_fault(line in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Err(fault) = Request::read(&line) {
                prop_assert!(fault.says().len() < 200);
            }
        }
    }
}
