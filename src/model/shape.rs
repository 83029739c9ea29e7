use std::net::IpAddr;

use ecow::{EcoString, eco_format};

use super::literals;
use super::words::split;
use crate::value::{Data, Hop, HopKind, Reason, Value, is_credential, is_placeholder, names_secret};

/// What a scalar is worth to the classifier, in words apart by blanks: its type and class, and the
/// text itself only where it stands in the closed list. Names, identifiers and secrets never show.
///
/// `key` is the nearest key above it. `None` where the value says nothing: null, or a free text
/// under a key that names things.
pub(super) fn shape(key: &str, value: &Value) -> Option<EcoString> {
    match &value.data {
        Data::Null => None,
        Data::Bool(value) => Some(if *value { "true".into() } else { "false".into() }),
        Data::Number(number) => {
            let number = number.as_f64();
            let version = if number.fract() == 0.0 { None } else { tls_version(key, &number.to_string()) };
            version.or_else(|| Some(of_number(key, number)))
        }
        Data::String(text) => of_text(key, text),
        Data::Unknown(unknown) => Some(of_unknown(&unknown.reason)),
        Data::List(_) | Data::Set(_) | Data::Object(_) => Some("empty".into()),
    }
    .map(|shape| reference(value).filter(|_| shape.starts_with("text")).unwrap_or(shape))
    .filter(|shape| !(is_open(shape) && NAMES.contains(&key)))
}

/// Whether a shape says no more than that there is something.
fn is_open(shape: &str) -> bool {
    ["text", "ref", "data", "unknown"].iter().any(|start| shape.starts_with(start))
}

fn of_unknown(reason: &Reason) -> EcoString {
    match reason {
        Reason::KnownAfterApply(what) | Reason::Computed(what) => refers(what),
        Reason::DataSource(what) => eco_format!("data {}", refers(what)),
        Reason::ModuleNotOnDisk(_) => "ref module".into(),
        Reason::NoDefault(_) => "unknown variable".into(),
        Reason::Undeclared(name) if name.contains('_') && !name.starts_with("var.") => refers(name),
        _ => "unknown".into(),
    }
}

/// The type that an address such as `module.a.aws_kms_key.k.arn` goes to.
fn refers(address: &str) -> EcoString {
    let parts: Vec<&str> = address.split('.').filter(|part| *part != "data").collect();
    let calls = parts.iter().step_by(2).take_while(|part| **part == "module").count();
    let Some(type_name) = parts.get(2 * calls) else { return "ref".into() };
    let words: Vec<EcoString> = split(type_name).collect();
    let last = words.len().saturating_sub(2);
    eco_format!("ref {}", words[last..].join(" "))
}

/// The resource that a known text was read from.
fn reference(value: &Value) -> Option<EcoString> {
    let mut hop: &Hop = value.origin.hop.as_deref()?;
    loop {
        if let HopKind::Resource { address, .. } = &hop.kind {
            return Some(refers(address));
        }
        hop = hop.next.first()?;
    }
}

fn of_number(key: &str, number: f64) -> EcoString {
    if split(key).any(|word| word == "port" || word == "ports") {
        return eco_format!("port {}", port(number));
    }
    let size = match number {
        n if n < 0.0 => "negative",
        n if n < 1.0 => "zero",
        n if n < 2.0 => "one",
        n if n < 7.0 => "few",
        n if n < 30.0 => "week",
        n if n < 90.0 => "month",
        n if n < 365.0 => "quarter",
        n if n < 1024.0 => "year",
        n if n < 65_536.0 => "thousands",
        _ => "huge",
    };
    eco_format!("number {size}")
}

fn port(number: f64) -> &'static str {
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and such a port has no class")]
    match number as i64 {
        i64::MIN..=0 | 65_535.. => "any",
        22 => "ssh",
        3389 => "rdp",
        20 | 21 | 23 | 25 | 69 | 110 | 135 | 137..=139 | 143 | 389 | 445 | 512..=514 => "legacy",
        80 | 8000 | 8080 => "plain",
        443 | 6443 | 8443 => "tls",
        1433 | 1521 | 3306 | 5432 | 6379 | 9042 | 9200 | 9300 | 11_211 | 27_017..=27_019 => "database",
        1..1024 => "low",
        _ => "high",
    }
}

/// What keys of names end in, where they are attributes of the resource itself.
const CALLED: &[&str] = &["bucket", "database", "identifier", "login", "name", "namespace", "user", "username"];

/// Words of keys whose value is chosen from what there is, though it is called a name.
const CHOSEN: &[&str] = &["class", "definition", "engine", "family", "plan", "policy", "role", "sku", "tier", "type"];

/// Whether the attribute at a path is what somebody called the resource: there, even a word that is
/// a setting elsewhere is a name.
pub(super) fn is_called(path: &str) -> bool {
    let key = match path {
        "metadata.name" | "metadata.namespace" | "pod.containers.name" | "pod.volumes.name" => return true,
        _ if path.contains('.') => return false,
        key => key,
    };
    let is_name = split(key).last().is_some_and(|last| CALLED.contains(&last.as_str()));
    is_name && !split(key).any(|word| CHOSEN.contains(&word.as_str()))
}

/// Keys under which a free text is somebody's choice of a name.
const NAMES: &[&str] = &[
    "comment",
    "description",
    "email",
    "id",
    "label",
    "location",
    "name",
    "namespace",
    "owner",
    "prefix",
    "project",
    "region",
    "suffix",
    "title",
    "zone",
];

/// Whether a free text under a key says nothing.
pub(super) fn names_things(key: &str) -> bool {
    split(key).last().is_some_and(|last| NAMES.contains(&last.as_str()))
}

fn of_text(key: &str, text: &str) -> Option<EcoString> {
    let text = text.trim();
    if text.is_empty() {
        return Some("empty".into());
    }
    let lower = text.to_ascii_lowercase();
    if let Some(version) = tls_version(key, &lower) {
        return Some(version);
    }
    match lower.as_str() {
        "true" | "enabled" | "enable" | "on" | "yes" | "active" => return Some("true".into()),
        "false" | "disabled" | "disable" | "off" | "no" | "inactive" | "suspended" => return Some("false".into()),
        "*" => return Some("wildcard".into()),
        _ => {}
    }
    if let Ok(number) = text.parse::<f64>() {
        return Some(of_number(key, number));
    }
    if let Some(shape) = address(text) {
        return Some(shape);
    }
    let is_other = || is_placeholder(text) || text.contains("${") || names_a_place(text);
    if is_credential(text) || (names_secret(key) && !is_other()) {
        return Some("secret literal".into());
    }
    if text.starts_with("arn:") {
        let service = text.split(':').nth(2).unwrap_or_default();
        let end = if text.contains('*') { " wildcard" } else { "" };
        return Some(eco_format!("arn {}{end}", split(service).next().unwrap_or_default()));
    }
    if let Some(role) = text.strip_prefix("roles/") {
        return Some(eco_format!("role {}", split(role).take(4).collect::<Vec<_>>().join(" ")));
    }
    if text.contains("/roles/") {
        return Some("role custom".into());
    }
    if key == "role_definition_name" {
        return Some(eco_format!("role {}", split(text).take(4).collect::<Vec<_>>().join(" ")));
    }
    if let Some(group) = text.strip_prefix("http://acs.amazonaws.com/groups/global/") {
        return Some(eco_format!("literal {}", split(group).collect::<Vec<_>>().join(" ")));
    }
    if let Some(days) = days(text) {
        return Some(of_number("", days));
    }
    if let Some((scheme, _)) = text.split_once("://") {
        let class = match scheme {
            "http" | "ws" | "redis" | "ldap" | "ftp" | "amqp" | "tcp" => "url plain".into(),
            "https" | "wss" | "rediss" | "ldaps" | "amqps" | "tls" => "url tls".into(),
            "git" | "ssh" | "git::https" | "git::ssh" => source(text),
            _ => "url other".into(),
        };
        return Some(class);
    }
    if split(key).last().is_some_and(|last| last == "image") || key == "image_uri" {
        return Some(image(text));
    }
    if let Some(shape) = action(text) {
        return Some(shape);
    }
    if let Some(known) = literals::closed(text) {
        return Some(eco_format!("literal {known}"));
    }
    if names_things(key) {
        return None;
    }
    if is_constant(text) {
        return Some(eco_format!("literal {}", split(text).take(MAX_LITERAL).collect::<Vec<_>>().join(" ")));
    }
    if text.contains('\n') { Some("text lines".into()) } else { Some("text".into()) }
}

/// Whether a text under the key of a secret is a unit of time, or where the secret is kept: `app/db/password`.
fn names_a_place(text: &str) -> bool {
    let is_word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == '_');
    let is_path = text.contains('/') && text.trim_matches('/').split('/').all(is_word);
    is_path || ["seconds", "minutes", "hours", "days"].contains(&text)
}

/// The oldest version of TLS or SSL that a text names, however it is spelled: `TLSv1.2_2021`,
/// `Policy-Min-TLS-1-2-2019-07`, and under a key that speaks of TLS `1.2`. The text is in lower case.
fn tls_version(key: &str, lower: &str) -> Option<EcoString> {
    let named = ["tls", "ssl"].into_iter().find_map(|name| {
        let at = lower.as_bytes().windows(name.len()).position(|letters| letters == name.as_bytes())?;
        Some((name, lower.get(at + name.len()..)?))
    });
    let (name, rest) = match named {
        Some(named) => named,
        None if lower.split_once('.').is_some_and(|(major, minor)| is_digit(major) && is_digit(minor))
            && split(key).any(|it| it == "tls" || it == "ssl") =>
        {
            ("tls", lower)
        }
        None => return None,
    };
    let mut parts = rest.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let is_next = rest.trim_start_matches(['v', '_', '-', '.']).starts_with(|c: char| c.is_ascii_digit());
    let first = parts.next().filter(|part| is_next && part.len() <= 2)?;
    let (major, joined) = first.split_at_checked(1)?;
    let second = parts.next().filter(|part| part.len() == 1).unwrap_or("0");
    Some(eco_format!("version {name} {major} {}", if joined.is_empty() { second } else { joined }))
}

fn is_digit(text: &str) -> bool {
    text.len() == 1 && text.chars().all(|c| c.is_ascii_digit())
}

/// The days of a duration such as `7776000s`, `36h` or `30d`.
fn days(text: &str) -> Option<f64> {
    let (number, per_day) = match text.split_at_checked(text.len().checked_sub(1)?)? {
        (number, "s") => (number, 86_400.0),
        (number, "m") => (number, 1_440.0),
        (number, "h") => (number, 24.0),
        (number, "d") => (number, 1.0),
        _ => return None,
    };
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    Some(number.parse::<f64>().ok().filter(|_| is_number)? / per_day)
}

/// Most words of a constant that are told.
pub(super) const MAX_LITERAL: usize = 5;

/// Whether a text is spelled as constants of an API are: `TLS_1_2`, `AllowAll`.
fn is_constant(text: &str) -> bool {
    let is_plain = text.len() <= 32 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let is_upper = text.len() > 1 && !text.chars().any(|c| c.is_ascii_lowercase());
    let humps = text.chars().filter(char::is_ascii_uppercase).count();
    let is_camel = text.starts_with(|c: char| c.is_ascii_uppercase()) && !text.contains('_') && humps < text.len() / 2;
    is_plain && text.starts_with(|c: char| c.is_ascii_alphabetic()) && (is_upper || is_camel) && !tells(text)
}

/// Whether a text says what its author thinks of it.
fn tells(text: &str) -> bool {
    const TELLTALE: &[&str] = &[
        "allowed",
        "bad",
        "compliant",
        "demo",
        "example",
        "fail",
        "failed",
        "foo",
        "good",
        "insecure",
        "invalid",
        "negative",
        "ok",
        "pass",
        "passed",
        "positive",
        "safe",
        "sample",
        "secure",
        "test",
        "unsafe",
        "valid",
        "vulnerable",
    ];
    split(text).any(|word| TELLTALE.contains(&word.as_str()))
}

/// The class of an address or range of addresses.
fn address(text: &str) -> Option<EcoString> {
    let (ip, bits) = match text.split_once('/') {
        Some((ip, bits)) => (ip, Some(bits.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let ip: IpAddr = ip.parse().ok()?;
    let is_private = match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local() || ip.octets()[0] == 100,
        IpAddr::V6(ip) => ip.segments()[0] & 0xfe00 == 0xfc00 || ip.segments()[0] == 0xfe80,
    };
    let class = match bits {
        _ if ip.is_loopback() => "loopback",
        Some(0 | 1) => "any",
        None if ip.is_unspecified() => "any",
        _ if is_private => "private",
        Some(bits) if bits < 16 => "public wide",
        _ => "public narrow",
    };
    Some(eco_format!("cidr {class}"))
}

/// Whether an image, or a module's source, is pinned, and how.
fn image(text: &str) -> EcoString {
    let pin = match (text.split_once('@'), text.rsplit_once(':')) {
        (Some(_), _) => "digest",
        (None, Some((_, "latest"))) => "latest",
        (None, Some((_, tag))) if !tag.contains('/') => "version",
        _ => "untagged",
    };
    eco_format!("image {pin}")
}

/// Where a module comes from, and whether its version is fixed.
pub(super) fn source(text: &str) -> EcoString {
    let is_local = text.starts_with('.') || text.starts_with('/');
    let is_remote = ["::", "://", "git@"].iter().any(|mark| text.contains(mark)) || text.starts_with("github.com");
    let reference = text.split_once("ref=").map(|(_, reference)| reference.trim_start_matches("refs/"));
    let class = match reference.map(|reference| reference.strip_prefix("tags/").unwrap_or(reference)) {
        _ if is_local => "local",
        Some(reference) if reference.len() >= 40 && reference.chars().all(|c| c.is_ascii_hexdigit()) => "commit",
        Some(reference) if reference.starts_with(|c: char| c == 'v' || c.is_ascii_digit()) => "tag",
        Some(_) => "branch",
        None if is_remote => "unpinned",
        None => "registry",
    };
    eco_format!("source {class}")
}

/// `s3:Get*` as the service and the reach of the verb.
fn action(text: &str) -> Option<EcoString> {
    let (service, verb) = text.split_once(':')?;
    let is_service =
        !service.is_empty() && service.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit());
    let is_verb = verb == "*" || verb.starts_with(|c: char| c.is_ascii_uppercase());
    if !is_service || !is_verb || !verb.chars().all(|c| c.is_ascii_alphanumeric() || c == '*') {
        return None;
    }
    let service: EcoString = split(service).collect::<Vec<_>>().concat().into();
    let first = split(verb).next().unwrap_or_default();
    Some(match verb {
        "*" => eco_format!("action {service} all"),
        verb if verb.ends_with('*') => eco_format!("action {service} {first} some"),
        _ => eco_format!("action {service} {first}"),
    })
}
