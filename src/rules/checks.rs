use std::net::{IpAddr, Ipv4Addr};

use super::compile::{Check, LazyRegex};
use super::schema::{CidrClass, Scalar};
use crate::query::{Frames, Slot, policy, scalar_text};
use crate::value::{
    Data, Number, Partial, PartialSegment, Reason, Truth, Unknown, Value, Version, is_credential, is_placeholder,
    names_secret,
};

/// Blocks of which rules ask whether they are there at all. Terraform writes no dynamic blocks into
/// a plan's configuration, so one over something unknown looks as if nobody had set it.
pub const MAYBE_DYNAMIC: &[&str] = &[
    "access_config",
    "access_logs",
    "account_access",
    "additional_authentication_provider",
    "admin_ssh_key",
    "allow",
    "azure_active_directory_administrator",
    "azure_active_directory_role_based_access_control",
    "azuread_administrator",
    "client_authentication",
    "clone",
    "cloudwatch_config",
    "custom_claim",
    "customer_managed_key",
    "dedicated_serving_endpoint",
    "domain_endpoint_options",
    "ebs",
    "egress",
    "enabled_log",
    "encryption",
    "encryption_configuration",
    "expiration",
    "inbound_ip_rule",
    "ingress",
    "interceptor_configuration",
    "ip_security_restriction",
    "ipv6_access_config",
    "key_vault_secrets_provider",
    "kinesis_source_configuration",
    "log_config",
    "logging",
    "logging_config",
    "master_authorized_networks_config",
    "msk_source_configuration",
    "network_injection",
    "network_interface",
    "network_profile",
    "network_rule_set",
    "network_rules",
    "network_rulesets",
    "node_config",
    "node_pool",
    "oauth_config",
    "online_store_config",
    "optimized",
    "pii_entities_config",
    "private_cluster_config",
    "public_ip_address",
    "regexes_config",
    "restore_to_point_in_time",
    "retention_policy",
    "root_block_device",
    "rule",
    "rules",
    "s3_config",
    "s3_import",
    "sasl",
    "secret_versions_for_request_headers",
    "serverless_config",
    "ssh",
    "ssh_keys",
    "ssl",
    "tls",
    "viewer_certificate",
    "virtual_cluster_config",
    "virtual_network_rule",
    "vpc_config",
    "vpc_configuration",
    "vpc_options",
    "workload_identity_config",
    "x509",
];

/// Whether one slot passes one check. A list passes a check on scalars if an element does.
pub(crate) fn check(check: &Check, slot: &Slot<'_>, default: Option<&Scalar>, frames: &Frames<'_>) -> Truth {
    let value = match slot {
        Slot::Value(value) if !value.is_null() && !is_absent_in_code(check, value) => value.as_ref(),
        _ => match default {
            Some(scalar) => return on_value(check, &value_of(scalar), frames),
            None => return on_absent(check),
        },
    };
    on_value(check, value, frames)
}

/// The answer that holds for all values which an unknown may turn out to be. Whether a text is
/// written in the code is not asked of them.
fn on_candidates(check: &Check, candidates: &[Value], frames: &Frames<'_>) -> Truth {
    let mut answers = candidates.iter().map(|candidate| on_value(check, candidate, frames));
    let Some(first) = answers.next() else { return Truth::Unknown };
    if answers.all(|answer| answer == first) { first } else { Truth::Unknown }
}

/// Whether nobody sets a value, as far as the check wants to know it.
fn is_absent_in_code(check: &Check, value: &Value) -> bool {
    let Some(Reason::Unset(what)) = value.as_unknown().map(|unknown| &unknown.reason) else { return false };
    let asks_for_block = matches!(check, Check::Present(_) | Check::Empty(_));
    let name = what.rsplit('.').next().unwrap_or(what);
    !asks_for_block || MAYBE_DYNAMIC.binary_search(&name).is_err()
}

fn value_of(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Bool(value) => Data::Bool(*value).into(),
        Scalar::Int(value) => Data::Number(Number::Int(*value)).into(),
        Scalar::Float(value) => Data::Number(Number::from_f64(*value)).into(),
        Scalar::Text(value) => Value::string(value.as_str()),
    }
}

fn on_absent(check: &Check) -> Truth {
    match check {
        Check::Present(expected) | Check::Secret(expected) | Check::Literal(expected) | Check::Reference(expected) => {
            Truth::from(!expected)
        }
        Check::Empty(expected) => Truth::from(*expected),
        _ => Truth::False,
    }
}

fn on_value(check: &Check, value: &Value, frames: &Frames<'_>) -> Truth {
    let asks_for_origin = matches!(check, Check::Literal(_) | Check::Reference(_) | Check::Secret(_));
    if let Some(candidates) = value.as_unknown().and_then(|unknown| unknown.candidates())
        && !asks_for_origin
    {
        return on_candidates(check, candidates, frames);
    }
    match (check, &value.data) {
        (Check::Present(true), _) => is_present(value, false),
        (Check::Present(false), _) => !is_present(value, false),
        (Check::Empty(true), _) => !is_present(value, true),
        (Check::Empty(false), _) => is_present(value, true),
        (Check::SameAs(path) | Check::LessThan(path) | Check::WideRangeTo(path), _) => match frames.first(path) {
            Slot::Absent => Truth::False,
            Slot::Value(other) => match (value.as_list(), other.as_list()) {
                (Some(items), None) => {
                    items.iter().map(|item| on_two(check, item, &other)).max().unwrap_or(Truth::False)
                }
                _ => on_two(check, value, &other),
            },
        },
        (_, Data::Unknown(unknown)) => on_unknown(check, unknown),
        (_, Data::List(items) | Data::Set(items)) => {
            items.iter().map(|item| on_value(check, item, frames)).max().unwrap_or(Truth::False)
        }
        (_, Data::Object(_) | Data::Null) => Truth::False,
        _ => scalar_text(value).map_or(Truth::False, |text| Truth::from(on_text(check, &text, value))),
    }
}

/// Whether a value is set, and, if asked, not an empty text, list or object.
///
/// What a provider computes or a data source reads is set to something; an input without a
/// value may still be null. A list of blocks whose number is not known may be empty.
fn is_present(value: &Value, and_filled: bool) -> Truth {
    let all_maybe = |items: &[Value]| {
        !items.is_empty()
            && items.iter().all(|item| item.as_unknown().is_some_and(|unknown| unknown.reason == Reason::Cardinality))
    };
    match &value.data {
        Data::Null => Truth::False,
        Data::Unknown(unknown) => match &unknown.reason {
            Reason::KnownAfterApply(_) | Reason::Withheld(_) | Reason::DataSource(_) | Reason::Impure(_) => Truth::True,
            _ if unknown.partial.is_some() => Truth::True,
            _ => Truth::Unknown,
        },
        Data::List(items) | Data::Set(items) if all_maybe(items) => Truth::Unknown,
        Data::List(items) | Data::Set(items) => Truth::from(!and_filled || !items.is_empty()),
        Data::Object(map) => Truth::from(!and_filled || !map.is_empty()),
        Data::String(text) => Truth::from(!and_filled || !text.is_empty()),
        Data::Bool(_) | Data::Number(_) => Truth::True,
    }
}

/// Compares a value with that at another path.
fn on_two(check: &Check, a: &Value, b: &Value) -> Truth {
    if a.as_unknown().is_some() || b.as_unknown().is_some() {
        return Truth::Unknown;
    }
    let (Some(a), Some(b)) = (scalar_text(a), scalar_text(b)) else {
        return Truth::from(matches!(check, Check::SameAs(_)) && a == b);
    };
    Truth::from(match check {
        Check::LessThan(_) => matches!((a.trim().parse::<f64>(), b.trim().parse::<f64>()), (Ok(a), Ok(b)) if a < b),
        Check::WideRangeTo(_) => is_wide_range(&a, &b),
        _ => a == b,
    })
}

/// Whether two addresses bound a range of 2^24 addresses or more, not all of them private.
fn is_wide_range(from: &str, to: &str) -> bool {
    let (Ok(from), Ok(to)) = (from.trim().parse::<Ipv4Addr>(), to.trim().parse::<Ipv4Addr>()) else { return false };
    let is_within_private = from.octets()[0] == to.octets()[0] && is_private(from.into()) && is_private(to.into());
    // The ends are often left out: 0.0.0.1 to 0.255.255.255 is meant as all of 0.0.0.0/8.
    let n_addresses = u64::from(u32::from(to)).saturating_sub(u64::from(u32::from(from))) + 3;
    n_addresses >= 1 << 24 && !is_within_private
}

/// What can be said of a text that is known in part.
fn on_unknown(check: &Check, unknown: &Unknown) -> Truth {
    match check {
        Check::In { values, ignore_case: false } if !values.iter().any(|v| unknown.may_equal(v)) => Truth::False,
        Check::EndsWith(ends) => ends.iter().map(|end| ends_with(unknown, end)).max().unwrap_or(Truth::False),
        Check::Matches(regex) if matches_known(regex, unknown) => Truth::True,
        Check::Secret(true) => holds_secret(unknown),
        Check::Secret(false) => !holds_secret(unknown),
        Check::Reference(expected) if unknown.partial.is_some() && unknown.candidates().is_none() => {
            Truth::from(!expected)
        }
        Check::Reference(expected) if !is_input(unknown) => Truth::from(*expected),
        Check::Literal(expected) if !is_input(unknown) => Truth::from(!expected),
        _ => Truth::Unknown,
    }
}

/// Whether a text ends so, as far as its end is known; what a provider computes does not.
fn ends_with(unknown: &Unknown, end: &str) -> Truth {
    match &unknown.partial {
        Some(Partial::Template(pieces)) => match pieces.last() {
            Some(PartialSegment::Known(text)) if text.ends_with(end) => Truth::True,
            Some(PartialSegment::Known(text)) if !end.ends_with(text.as_str()) => Truth::False,
            _ => Truth::Unknown,
        },
        _ if is_input(unknown) => Truth::Unknown,
        _ => Truth::False,
    }
}

/// Whether the text matches, whatever stands for its unknown pieces. A pattern that looks at what
/// is before a match can be decided by the first piece only, one that looks after it by the last.
fn matches_known(regex: &LazyRegex, unknown: &Unknown) -> bool {
    let Some(Partial::Template(pieces)) = &unknown.partial else { return false };
    let pieces = match (regex.looks_before_match(), regex.looks_after_match()) {
        (false, false) => pieces.as_slice(),
        (true, false) => pieces.get(..1).unwrap_or_default(),
        (false, true) => pieces.get(pieces.len().saturating_sub(1)..).unwrap_or_default(),
        (true, true) => &[],
    };
    pieces.iter().any(|piece| matches!(piece, PartialSegment::Known(text) if regex.is_match(text)))
}

/// Whether a credential stands in a text of which not all is known: one in a known piece does;
/// what a provider computes is not written in the code.
fn holds_secret(unknown: &Unknown) -> Truth {
    let pieces = match &unknown.partial {
        Some(Partial::Template(pieces)) => &pieces[..],
        _ => &[],
    };
    if pieces.iter().any(|piece| matches!(piece, PartialSegment::Known(text) if is_credential(text))) {
        return Truth::True;
    }
    if is_input(unknown) { Truth::Unknown } else { Truth::False }
}

/// Whether an unknown may still turn out to be a text in the code: what is computed may not.
fn is_input(unknown: &Unknown) -> bool {
    let is_computed = |reason: &Reason| {
        matches!(
            reason,
            Reason::KnownAfterApply(_)
                | Reason::Computed(_)
                | Reason::Unset(_)
                | Reason::Withheld(_)
                | Reason::DataSource(_)
                | Reason::Impure(_)
                | Reason::ModuleNotOnDisk(_)
        )
    };
    !is_computed(&unknown.reason)
}

fn on_text(check: &Check, text: &str, value: &Value) -> bool {
    match check {
        Check::In { values, ignore_case: true } => values.contains(&text.to_lowercase()),
        Check::In { values, ignore_case: false } => values.iter().any(|value| value == text),
        Check::Matches(regex) => regex.is_match(text),
        Check::EndsWith(ends) => ends.iter().any(|end| text.ends_with(end.as_str())),
        Check::Below(limit) => text.trim().parse::<f64>().is_ok_and(|number| number < *limit),
        Check::Above(limit) => text.trim().parse::<f64>().is_ok_and(|number| number > *limit),
        Check::Cidr(class) => is_cidr(text, *class),
        Check::CoversPort(ports) => covers_port(text, ports),
        Check::CoversAction(actions) => {
            let pattern = text.to_lowercase();
            actions.iter().any(|action| policy::covers(&pattern, action))
        }
        Check::VersionBelow(limit) => Version::parse(text).is_some_and(|version| version < *limit),
        Check::Secret(expected) => (value.as_str().is_some() && is_credential(text)) == *expected,
        Check::NamesSecret(expected) => names_secret(text) == *expected,
        Check::Placeholder(expected) => is_placeholder(text) == *expected,
        Check::Literal(expected) => text.trim().is_empty() != *expected,
        Check::Reference(expected) => !expected,
        Check::Present(_) | Check::Empty(_) | Check::SameAs(_) | Check::LessThan(_) | Check::WideRangeTo(_) => false,
    }
}

fn is_cidr(text: &str, class: CidrClass) -> bool {
    if ["*", "internet", "any"].contains(&text.trim().to_ascii_lowercase().as_str()) {
        return true;
    }
    let (address, prefix) = text.trim().split_once('/').map_or((text.trim(), None), |(a, p)| (a, Some(p)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let full = if address.is_ipv4() { 32 } else { 128 };
    let Ok(prefix) = prefix.map_or(Ok(full), str::parse::<u8>) else { return false };
    let is_wide = prefix <= if address.is_ipv4() { 8 } else { 16 };
    let is_world = prefix <= 1;
    is_world
        || match class {
            CidrClass::World => false,
            CidrClass::Wide => is_wide && !is_private(address),
            CidrClass::Public => !is_private(address),
        }
}

/// Ranges that are not routed on the internet: RFC 1918, 6598, 3927, 4193, 4291, loopback.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || a == 0 || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            v6.is_loopback() || v6.is_unspecified() || first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80
        }
    }
}

/// Whether `*`, `22`, `20-25` or a comma list of those covers one of the ports.
fn covers_port(text: &str, ports: &[i64]) -> bool {
    text.split(',').map(str::trim).any(|part| {
        if part == "*" {
            return true;
        }
        let bounds =
            part.split_once('-').map_or((part.parse(), part.parse()), |(a, b)| (a.trim().parse(), b.trim().parse()));
        matches!(bounds, (Ok(from), Ok(to)) if ports.iter().any(|port| (from..=to).contains(port)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_has_many_spellings() {
        for text in ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "*", "Internet", "0:0:0:0:0:0:0:0/0"] {
            assert!(is_cidr(text, CidrClass::World), "{text}");
        }
        for text in ["10.0.0.0/8", "8.8.8.8/32", "not a block", ""] {
            assert!(!is_cidr(text, CidrClass::World), "{text}");
        }
        assert!(is_cidr("8.8.8.8/32", CidrClass::Public));
        assert!(!is_cidr("10.1.2.3/32", CidrClass::Public));
        assert!(!is_cidr("fd00::/8", CidrClass::Public));
    }

    #[test]
    fn wide_blocks_and_ranges_hold_public_addresses() {
        assert!(is_cidr("8.0.0.0/8", CidrClass::Wide) && is_cidr("0.0.0.0/0", CidrClass::Wide));
        assert!(!is_cidr("10.0.0.0/8", CidrClass::Wide) && !is_cidr("8.8.0.0/16", CidrClass::Wide));
        assert!(is_wide_range("0.0.0.1", "255.255.255.254") && is_wide_range("8.0.0.0", "8.255.255.255"));
        assert!(!is_wide_range("10.0.0.0", "10.255.255.255") && !is_wide_range("0.0.0.0", "0.0.0.0"));
        assert!(!is_wide_range("8.8.8.0", "8.8.8.255") && !is_wide_range("9.0.0.0", "8.0.0.0"));
    }

    #[test]
    fn a_known_piece_may_settle_a_match() {
        let regex = |pattern: &str| LazyRegex::new(pattern);
        let piece = PartialSegment::Known("user:".into());
        let rest = PartialSegment::Unknown(Value::string(""));
        let partial = Some(Partial::Template(vec![piece, rest]));
        let unknown = Unknown { reason: Reason::NoDefault("x".into()), span: None, partial };
        assert!(matches_known(&regex("^user:"), &unknown) && matches_known(&regex("ser"), &unknown));
        assert!(!matches_known(&regex("^user:$"), &unknown) && !matches_known(&regex("^group:"), &unknown));
        assert!(!matches_known(&regex("user:$"), &unknown));
    }

    #[test]
    fn computed_text_is_no_literal() {
        let computed = Unknown { reason: Reason::KnownAfterApply("x.y".into()), span: None, partial: None };
        let input = Unknown { reason: Reason::NoDefault("x".into()), span: None, partial: None };
        assert_eq!(on_unknown(&Check::Literal(true), &computed), Truth::False);
        assert_eq!(on_unknown(&Check::Literal(true), &input), Truth::Unknown);
        assert_eq!(on_unknown(&Check::Reference(true), &computed), Truth::True);
        assert_eq!(on_unknown(&Check::Reference(true), &input), Truth::Unknown);
        let partial = Some(Partial::Template(vec![PartialSegment::Known("x".into())]));
        assert_eq!(on_unknown(&Check::Reference(true), &Unknown { partial, ..computed }), Truth::False);
    }

    fn templated(pieces: &[&str], last: Option<&str>, reason: &Reason) -> Unknown {
        let hole = || PartialSegment::Unknown(Value::unknown(reason.clone(), None));
        let known = |text: &str| PartialSegment::Known(text.into());
        let mut segments: Vec<PartialSegment> = pieces.iter().flat_map(|text| [known(text), hole()]).collect();
        segments.extend(last.map(known));
        Unknown { reason: reason.clone(), span: None, partial: Some(Partial::Template(segments)) }
    }

    #[test]
    fn a_known_end_settles_how_a_text_ends() {
        let partition = || Reason::DataSource("data.aws_partition.current.partition".into());
        let arn = templated(&["arn:"], Some(":iam::aws:policy/AdministratorAccess"), &partition());
        assert_eq!(ends_with(&arn, ":aws:policy/AdministratorAccess"), Truth::True);
        assert_eq!(ends_with(&arn, ":aws:policy/IAMFullAccess"), Truth::False);
        assert_eq!(ends_with(&templated(&["arn:"], None, &partition()), "Access"), Truth::Unknown);
        let computed = Unknown { reason: partition(), span: None, partial: None };
        assert_eq!(ends_with(&computed, "Access"), Truth::False);
    }

    #[test]
    fn a_credential_in_a_known_piece_is_one() {
        let given = || Reason::NoDefault("region".into());
        let script = templated(&["AWS_ACCESS_KEY_ID=AKIAQ3EGHWQ2ZXLWQ7AB\nREGION="], None, &given());
        assert_eq!(holds_secret(&script), Truth::True);
        assert_eq!(holds_secret(&templated(&["REGION="], None, &given())), Truth::Unknown);
    }

    #[test]
    fn port_lists_are_read() {
        assert!(covers_port("20-25, 80", &[22]));
        assert!(covers_port("*", &[22]));
        assert!(!covers_port("2200-2300", &[22]));
    }
}
