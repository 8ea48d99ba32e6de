//! Addresses of clients, as far as the rules tell them apart.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IPv4 address, or the /64 network of an IPv6 address, which is what one host or household
/// holds.
///
/// An IPv4-mapped IPv6 address is the IPv4 address that it stands for.
///
/// ```
/// use session_limit_core::address::Address;
/// let of = |text: &str| Address::of(text.parse().unwrap());
/// assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
/// assert_eq!(of("2001:db8::1"), of("2001:db8::ffff"));
/// assert_ne!(of("2001:db8:0:1::1"), of("2001:db8::1"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(IpAddr);

impl Address {
    /// The address that `ip` belongs to.
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            v4 => v4,
        })
    }

    /// The version of IP, and the bits by which addresses of that version differ.
    pub(crate) fn to_bits(self) -> (u8, u64) {
        match self.0 {
            IpAddr::V4(ip) => (4, ip.to_bits().into()),
            IpAddr::V6(ip) => (6, (ip.to_bits() >> 64) as u64),
        }
    }

    /// The address of these bits, if there is one.
    pub(crate) fn from_bits(version: u8, bits: u64) -> Option<Self> {
        match version {
            4 => Some(Self(Ipv4Addr::from_bits(bits.try_into().ok()?).into())),
            6 => Some(Self(Ipv6Addr::from_bits(u128::from(bits) << 64).into())),
            _ => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(ip) => ip.fmt(f),
            IpAddr::V6(ip) => write!(f, "{ip}/64"),
        }
    }
}
