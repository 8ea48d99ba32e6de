//! The networks from which a user may log in.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

/// The addresses a user may log in from: one or several ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads ranges, one after the other; `None` if one of them is none, or there is none at all.
    pub(crate) fn parse<'a>(ranges: impl Iterator<Item = &'a str>) -> Option<Self> {
        let ranges = ranges.map(range).collect::<Option<Vec<_>>>()?;
        (!ranges.is_empty()).then_some(Self(ranges))
    }

    /// True if `source` is in one of the ranges. An IPv4-mapped IPv6 address is the IPv4 address
    /// that it stands for, so no IPv6 range such as `::/0` contains it.
    pub(crate) fn contain(&self, source: IpAddr) -> bool {
        let source = source.to_canonical();
        self.0.iter().any(|range| range.contains(&source))
    }

    /// True if together they are all of IPv4 or all of IPv6.
    pub(crate) fn keep_nobody_out(&self) -> bool {
        IpNet::aggregate(&self.0).iter().any(|range| range.prefix_len() == 0)
    }
}

/// A CIDR range, its host bits set or not, or a single address.
fn range(text: &str) -> Option<IpNet> {
    let range = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()?;
    Some(canonical(range.trunc()))
}

/// A range of IPv4-mapped addresses is the IPv4 range it stands for.
fn canonical(range: IpNet) -> IpNet {
    if let IpNet::V6(v6) = range
        && let Some(address) = v6.addr().to_ipv4_mapped()
        && let Some(prefix) = v6.prefix_len().checked_sub(96)
        && let Ok(v4) = Ipv4Net::new(address, prefix)
    {
        return v4.into();
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(ranges: &str, address: &str) -> bool {
        Networks::parse(ranges.split(' ')).unwrap().contain(address.parse().unwrap())
    }

    #[test]
    fn what_is_in_a_range_and_what_is_not() {
        for (ranges, inside, outside) in [
            ("192.168.1.0/24", "192.168.1.255", "192.168.2.0"),
            ("192.168.1.5/16", "192.168.200.1", "192.169.0.1"),
            ("192.168.1.5", "192.168.1.5", "192.168.1.6"),
            ("192.168.1.5/32", "192.168.1.5", "192.168.1.4"),
            ("10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.0.0.1"),
            ("::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.1"),
            ("::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("2001:db8::1:2:3/64", "2001:db8::ffff", "2001:db8:0:1::1"),
            ("0.0.0.0/0", "255.255.255.255", "2001:db8::1"),
            ("::/0", "2001:db8::1", "10.0.0.1"),
            ("::/0", "2001:db8::1", "::ffff:10.0.0.1"),
            ("10.0.0.0/8 2001:db8::/32", "2001:db8::1", "172.16.0.1"),
            ("172.16.0.0/12 10.0.0.0/8", "10.0.0.1", "2001:db8::1"),
        ] {
            assert!(contains(ranges, inside), "{inside} is in {ranges}");
            assert!(!contains(ranges, outside), "{outside} is not in {ranges}");
        }
    }

    #[test]
    fn all_addresses_of_a_kind_keep_nobody_out() {
        for (ranges, open) in [
            ("0.0.0.0/0", true),
            ("::/0", true),
            ("0.0.0.0/0 ::/0", true),
            ("10.0.0.0/8 0.0.0.0/0", true),
            ("0.0.0.0/1 128.0.0.0/1", true),
            ("::ffff:0.0.0.0/96", true),
            ("0.0.0.0/1", false),
            ("0.0.0.0/1 8000::/1", false),
            ("10.0.0.0/8", false),
        ] {
            let networks = Networks::parse(ranges.split(' ')).unwrap();
            assert_eq!(networks.keep_nobody_out(), open, "{ranges}");
        }
    }

    #[test]
    fn what_is_no_range() {
        for text in ["", "x", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/", "/8", "010.0.0.1"] {
            assert_eq!(Networks::parse([text].into_iter()), None, "{text}");
            assert_eq!(Networks::parse(["10.0.0.0/8", text].into_iter()), None, "{text}");
        }
        assert_eq!(Networks::parse(std::iter::empty()), None);
    }
}
