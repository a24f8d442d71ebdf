//! Which addresses are everybody's, and which are of this machine or the networks that it is in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is one of the public network. Special ranges are those of the registries of RFC 6890.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [first, second, rest @ ..] = address.segments();
    // What a network of IPv6 alone calls addresses of IPv4 (RFC 6052).
    if (first, second) == (0x64, 0xff9b) && rest[..4] == [0; 4] {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    let unicast = first & 0xe000 == 0x2000;
    // Documentation, and two tunnels in which addresses of IPv4 hide.
    let special =
        (first == 0x2001 && (second == 0xdb8 || second == 0)) || first == 0x2002 || first == 0x3fff;
    unicast && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_networks_of_one_s_own_are_told_from_public_ones() {
        for (address, public) in [
            ("1.1.1.1", true),
            ("100.63.0.1", true),
            ("172.15.0.1", true),
            ("223.255.255.254", true),
            ("2606:4700::1111", true),
            ("64:ff9b::101:101", true),
            ("::ffff:1.1.1.1", true),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("127.0.0.1", false),
            ("127.9.9.9", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("192.0.0.8", false),
            ("192.168.1.1", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::7f00:1", false),
            ("::ffff:10.0.0.1", false),
            ("64:ff9b::a00:1", false),
            ("64:ff9b:1::101:101", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("2002:a00:1::", false),
            ("fc00::1", false),
            ("fe80::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }
}
