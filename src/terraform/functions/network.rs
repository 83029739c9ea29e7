use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ecow::eco_format;

use super::signature::Param::{Number as Num, Text};
use super::signature::{Function, integer, list, text};
use crate::terraform::eval::Fail;
use crate::value::{Data, Value};

pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "cidrhost" => Function::new(&[Text, Num], |_, a| host(&Prefix::parse(text(a, 0))?, integer(a, 1)?.into())),
        "cidrnetmask" => Function::new(&[Text], |_, a| netmask(&Prefix::parse(text(a, 0))?)),
        "cidrsubnet" => Function::new(&[Text, Num, Num], |_, a| {
            let subnet = Prefix::parse(text(a, 0))?.subnet(integer(a, 1)?, integer(a, 2)?)?;
            Ok(Value::string(subnet.to_string()))
        }),
        "cidrsubnets" => Function::new(&[Text], |_, a| subnets(a)).rest(Num),
        "cidrcontains" => Function::new(&[Text, Text], |_, a| contains(text(a, 0), text(a, 1))),
        _ => return None,
    })
}

/// An address range: the first `length` of `width` bits are fixed.
#[derive(Clone, Copy)]
struct Prefix {
    bits: u128,
    length: u32,
    width: u32,
}

impl Prefix {
    fn parse(text: &str) -> Result<Self, Fail> {
        let refuse = || Fail::Invalid(eco_format!("{text:?} is no address range such as 10.0.0.0/8"));
        let (address, length) = text.split_once('/').ok_or_else(refuse)?;
        let (bits, width) = parse_address(address).ok_or_else(refuse)?;
        let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
        let length = length.parse().ok().filter(|&n: &u32| digits && n <= width).ok_or_else(refuse)?;
        Ok(Self { bits: bits & !low_mask(width - length), length, width })
    }

    fn last(&self) -> u128 {
        self.bits | low_mask(self.width - self.length)
    }

    fn subnet(&self, new_bits: i64, number: i64) -> Result<Self, Fail> {
        let added = u32::try_from(new_bits).ok().filter(|n| self.length + n <= self.width);
        let Some(added) = added else { return Err(Fail::invalid("there are not enough address bits left")) };
        let number = u128::try_from(number).map_err(|_| Fail::invalid("the network number must not be negative"))?;
        if number > low_mask(added) {
            return Err(Fail::Invalid(eco_format!("the network number {number} does not fit {added} bits")));
        }
        let length = self.length + added;
        let shifted = number.checked_shl(self.width - length).unwrap_or(0);
        Ok(Self { bits: self.bits | shifted, length, width: self.width })
    }
}

impl std::fmt::Display for Prefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", address(self.bits, self.width), self.length)
    }
}

fn low_mask(n_bits: u32) -> u128 {
    if n_bits >= 128 { u128::MAX } else { (1 << n_bits) - 1 }
}

/// Leading zeros in a dotted address are decimal, as in older versions of Go.
fn parse_address(text: &str) -> Option<(u128, u32)> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(|ip| (ip.to_bits(), 128));
    }
    let parts: Option<Vec<u8>> = text.split('.').map(|part| part.parse().ok()).collect();
    let parts: [u8; 4] = parts?.try_into().ok()?;
    Some((Ipv4Addr::from(parts).to_bits().into(), 32))
}

fn address(bits: u128, width: u32) -> IpAddr {
    match u32::try_from(bits) {
        Ok(bits) if width == 32 => Ipv4Addr::from_bits(bits).into(),
        _ => Ipv6Addr::from_bits(bits).into(),
    }
}

/// A negative number counts back from the end of the range.
fn host(prefix: &Prefix, number: i128) -> Result<Value, Fail> {
    let room = low_mask(prefix.width - prefix.length);
    let magnitude = number.unsigned_abs();
    let fits = if number < 0 { magnitude - 1 <= room } else { magnitude <= room };
    if !fits {
        return Err(Fail::Invalid(eco_format!("{prefix} has no host number {number}")));
    }
    let bits = if number < 0 { prefix.last() - (magnitude - 1) } else { prefix.bits | magnitude };
    Ok(Value::string(address(bits, prefix.width).to_string()))
}

fn netmask(prefix: &Prefix) -> Result<Value, Fail> {
    if prefix.width != 32 {
        return Err(Fail::invalid("only an IPv4 range has a netmask"));
    }
    let bits = low_mask(32) & !low_mask(32 - prefix.length);
    Ok(Value::string(address(bits, 32).to_string()))
}

/// Consecutive subnets, each aligned to its own size.
fn subnets(args: &[Value]) -> Result<Value, Fail> {
    let prefix = Prefix::parse(text(args, 0))?;
    let mut next = Some(prefix.bits);
    let mut all = Vec::new();
    for i in 1..args.len() {
        let new_bits = integer(args, i)?;
        if new_bits < 1 {
            return Err(Fail::invalid("a subnet needs at least one more bit"));
        }
        let mut subnet = prefix.subnet(new_bits, 0)?;
        let size = low_mask(subnet.width - subnet.length);
        let start = next.and_then(|at| at.checked_add(size)).map(|at| at & !size);
        let Some(start) = start.filter(|&start| start <= prefix.last()) else {
            return Err(Fail::invalid("the range has no room for all subnets"));
        };
        subnet.bits = start;
        next = subnet.last().checked_add(1);
        all.push(Value::string(subnet.to_string()));
    }
    Ok(list(all))
}

fn contains(outer: &str, inner: &str) -> Result<Value, Fail> {
    let outer = Prefix::parse(outer)?;
    let inner = match parse_address(inner) {
        Some((bits, width)) => Prefix { bits, length: width, width },
        None => Prefix::parse(inner)?,
    };
    if outer.width != inner.width {
        return Err(Fail::invalid("both must be IPv4 or both IPv6"));
    }
    Ok(Data::Bool(outer.bits <= inner.bits && inner.last() <= outer.last()).into())
}
