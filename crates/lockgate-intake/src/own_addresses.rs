//! The addresses that this machine has: a listener opens on no other.

use nix::ifaddrs::getifaddrs;
use std::io;
use std::net::IpAddr;

/// The addresses of all interfaces.
///
/// # Errors
/// Those of the system.
pub fn own_addresses() -> io::Result<Vec<IpAddr>> {
    let all = getifaddrs().map_err(io::Error::from)?.filter_map(|one| one.address);
    let ip = |address: nix::sys::socket::SockaddrStorage| {
        let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
    };
    Ok(all.filter_map(ip).collect())
}

#[cfg(test)]
mod tests {
    use super::own_addresses;
    use std::net::{IpAddr, Ipv4Addr};

    #[test]
    fn loopback_is_ours_and_an_address_for_documents_is_not() {
        let own = own_addresses().unwrap();
        assert!(own.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)), "{own:?}");
        assert!(!own.contains(&IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7))), "{own:?}");
    }
}
