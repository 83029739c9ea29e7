use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A secret this long keeps its first four characters, so that its owner can tell which it is.
const LONG: usize = 20;
const HINT: usize = 4;

/// Words that name a secret when a name ends in them.
const WORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "pass",
    "secret",
    "secrets",
    "token",
    "apikey",
    "credential",
    "credentials",
    "psk",
];

/// Pairs of words that name a secret when a name ends in them.
const PAIRS: &[(&str, &str)] = &[
    ("api", "key"),
    ("access", "key"),
    ("secret", "key"),
    ("private", "key"),
    ("encryption", "key"),
    ("account", "key"),
    ("storage", "key"),
    ("auth", "key"),
    ("shared", "key"),
    ("master", "key"),
    ("signing", "key"),
    ("license", "key"),
    ("connection", "string"),
    ("secret", "string"),
    ("secret", "data"),
];

/// Words behind such a name that do not change what it holds.
const SUFFIXES: &[&str] = &["value", "plaintext", "base64", "b64", "wo", "default", "hash", "v1"];

/// Texts that stand in for a secret that is not there.
const PLACEHOLDERS: &[&str] =
    &["changeme", "change-me", "change_me", "replaceme", "replace-me", "replace_me", "placeholder", "redacted", "todo"];

/// Whether an attribute, key or environment variable of that name holds a secret itself:
/// `db_password` and `apiKey` do, `secretName`, `password_length` and `kms_key_id` do not.
pub fn names_secret(name: &str) -> bool {
    let mut words = words(name);
    while words.last().is_some_and(|word| SUFFIXES.contains(&word.as_str()) || is_number(word)) {
        words.pop();
    }
    match words.as_slice() {
        [.., last] if WORDS.contains(&last.as_str()) => true,
        [.., first, second] => PAIRS.contains(&(first, second)),
        _ => false,
    }
}

/// Whether a text stands in for a secret: empty, a constant, `changeme`, `<your token>`.
pub fn is_placeholder(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    let is_marked = |open, close| lower.starts_with(open) && lower.ends_with(close);
    lower.is_empty()
        || matches!(lower.as_str(), "true" | "false" | "null" | "none" | "~" | "yes" | "no" | "on" | "off")
        || PLACEHOLDERS.contains(&lower.as_str())
        || is_marked('<', '>')
        || lower.chars().all(|c| matches!(c, '*' | 'x' | '.' | '-'))
        || is_reference(&lower)
}

/// Whether a text holds a credential in one of the known formats that does not say of itself that
/// it stands in for another. Access keys of AWS's documentation count: test servers such as `MinIO`
/// are deployed with them.
pub fn is_credential(text: &str) -> bool {
    const STAND_INS: &[&str] =
        &["example", "changeme", "placeholder", "your-", "your_", "xxxx", "XXXX", "redacted", "REDACTED", "dummy"];
    let mut found = Vec::new();
    known_shapes(text, &mut found);
    let is_real = |secret: &str| !STAND_INS.iter().any(|word| secret.contains(word));
    found.into_iter().filter_map(|range| text.get(range)).any(is_real)
}

/// Byte ranges of `text` to hide: tokens of known shape, passwords in URLs, key bodies, and
/// values of names that [`names_secret`] says hold secrets. Sorted and disjoint.
pub fn secrets_in(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    known_shapes(text, &mut found);
    assigned(text, &mut found);
    assigned_blocks(text, &mut found);
    declared(text, &mut found);
    found.sort_by_key(|range| (range.start, range.end));
    found.dedup_by(|later, earlier| {
        let is_joined = later.start <= earlier.end;
        if is_joined {
            earlier.end = earlier.end.max(later.end);
        }
        is_joined
    });
    found
}

/// The text with each character of its secrets replaced by `*`.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    let found = secrets_in(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut found = found.iter().peekable();
    let mut shown = String::with_capacity(text.len());
    for (offset, c) in text.char_indices() {
        while found.next_if(|range| range.end <= offset).is_some() {}
        let is_hidden = found.peek().is_some_and(|range| range.start <= offset);
        shown.push(if is_hidden { '*' } else { c });
    }
    Cow::Owned(shown)
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit())
}

fn is_reference(lower: &str) -> bool {
    let is_shell = lower
        .strip_prefix(['$', '`'])
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || "_({".contains(c)));
    let is_terraform =
        ["var.", "local.", "data.", "module.", "each.", "self.", "random_", "sensitive(", "arn:", "projects/"]
            .into_iter()
            .any(|prefix| lower.starts_with(prefix));
    is_shell || is_terraform
}

/// Lowercase words of a snake, kebab, dotted or camel case name.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let is_break = !c.is_alphanumeric();
        if (is_break || (c.is_uppercase() && was_lower)) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        was_lower = c.is_lowercase() || c.is_ascii_digit();
        if !is_break && let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn known_shapes(text: &str, found: &mut Vec<Range<usize>>) {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?-u:\b)(?:(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{20,}|github_pat_[0-9A-Za-z_]{20,}|glpat-[0-9A-Za-z_-]{16,}|[sr]k[-_][0-9A-Za-z_-]{20,}|xox[a-z]-[0-9A-Za-z-]{10,}|AIza[0-9A-Za-z_-]{30,}|ya29\.[0-9A-Za-z_-]{20,}|hf_[0-9A-Za-z]{20,}|npm_[0-9A-Za-z]{30,}|dop_v1_[0-9a-f]{40,}|SG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}|eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]*)",
        )
    });
    static URL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?i)://[^\s:/@"'<>]*:([^\s@"'<>]+)@|(?-u:\b)(?:password|pwd|accountkey|sharedaccesskey|sig)=([^\s;&"'\\]+)|hooks\.slack\.com/services/([0-9A-Z/]+)"#,
        )
    });
    static KEY: LazyLock<Regex> = LazyLock::new(|| regex(r"-----BEGIN [A-Z0-9 ]+-----((?s:.)*?)(?:-----END|\z)"));
    let mut hide_in = |part: &str, offset: usize| literal_parts(part, offset, found);
    if may_hold_token(text) {
        TOKEN.find_iter(text).for_each(|token| hide_in(token.as_str(), token.start()));
    }
    if text.contains("://") || text.contains('=') {
        let secrets = URL.captures_iter(text).filter_map(|all| (1..4).find_map(|group| all.get(group)));
        secrets.filter(|m| !is_placeholder(m.as_str())).for_each(|m| hide_in(m.as_str(), m.start()));
    }
    if text.contains("-----BEGIN") {
        found.extend(KEY.captures_iter(text).filter_map(|all| all.get(1)).map(|m| m.range()));
    }
}

/// Whether some word is long enough for a token; far cheaper than the search itself.
fn may_hold_token(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    text.as_bytes().split(|&b| !is_part(b)).any(|word| word.len() >= 15)
}

/// Values of names that hold secrets, in HCL, YAML, JSON (also inside of a string), and in pairs
/// of `name` and `value`.
fn assigned(text: &str, found: &mut Vec<Range<usize>>) {
    static ASSIGNMENT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"([A-Za-z_][0-9A-Za-z_.-]*)\\*["'`]?([ \t]*(?:=>|[=:]|(?-u:\b)(?:is|to|as|set to)[ \t]+`)[ \t]*)(?:\\+"([^"\\]*)|"((?:[^"\\\n]|\\.)*)"?|'([^'\n]*)|([^\s"'`#,{}\[\]|>&*!][^\s,;&"'`}\]]*))"#,
        )
    });
    for region in suspicious(text) {
        let mut pending_at = None;
        let mut at = region.start;
        while let Some(all) = ASSIGNMENT.captures_at(text, at) {
            let (Some(name), Some(sign)) = (all.get(1), all.get(2)) else { break };
            let Some((group, value)) = (3..7).find_map(|group| Some((group, all.get(group)?))) else { break };
            if name.start() >= region.end {
                break;
            }
            // A value may hold assignments itself: JSON in a string, a connection string, a command.
            at = value.start();
            let is_pair = name.as_str().eq_ignore_ascii_case("value")
                && pending_at.is_some_and(|end: usize| text.get(end..name.start()).is_some_and(is_near));
            if matches!(name.as_str(), "name" | "key" | "Name" | "Key") && names_secret(value.as_str()) {
                pending_at = Some(value.end());
            }
            let is_expression = group == 6 && sign.as_str().trim() == "=" && sign.as_str().len() > 1;
            if (is_pair || names_secret(name.as_str())) && !is_expression && !is_placeholder(value.as_str()) {
                literal_parts(value.as_str(), value.start(), found);
            }
        }
    }
}

/// Lines that hold a word of a secret's name, each with the two below it; most texts have none.
fn suspicious(text: &str) -> Vec<Range<usize>> {
    static WORD: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?i-u)pass|pwd|secret|token|credential|psk|[a-z_.-]key|connection"));
    let mut regions: Vec<Range<usize>> = Vec::new();
    let mut line_end = 0;
    for word in WORD.find_iter(text) {
        if word.start() < line_end {
            continue;
        }
        let start = text.get(..word.start()).and_then(|before| before.rfind('\n')).map_or(0, |index| index + 1);
        let after =
            |from: usize| text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |n| from + n + 1);
        line_end = after(word.end());
        let end = after(after(line_end));
        match regions.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => regions.push(start..end),
        }
    }
    regions
}

/// Lines of block scalars and heredocs under names that hold secrets.
fn assigned_blocks(text: &str, found: &mut Vec<Range<usize>>) {
    static BLOCK: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?m)^([ \t]*)["']?([A-Za-z_][0-9A-Za-z_.-]*)["']?[ \t]*[=:][ \t]*(?:[|>][0-9+-]*|<<[-~]?(\w+))[ \t]*\r?\n"#,
        )
    });
    if !(text.contains('|') || text.contains('>') || text.contains("<<")) {
        return;
    }
    for all in BLOCK.captures_iter(text) {
        let (Some(whole), Some(indent), Some(name)) = (all.get(0), all.get(1), all.get(2)) else { continue };
        if !names_secret(name.as_str()) {
            continue;
        }
        let terminator = all.get(3).map(|m| m.as_str());
        let mut offset = whole.end();
        for line in text.get(offset..).unwrap_or("").split_inclusive('\n') {
            let content = line.trim();
            let depth = line.len() - line.trim_start().len();
            let is_over = match terminator {
                Some(end) => content == end,
                None => !content.is_empty() && depth <= indent.len(),
            };
            if is_over {
                break;
            }
            let start = offset + depth.min(line.len());
            if !is_placeholder(content) {
                found.push(start..start + content.len());
            }
            offset += line.len();
        }
    }
}

/// Defaults of Terraform's variables that are sensitive, or are named like a secret.
fn declared(text: &str, found: &mut Vec<Range<usize>>) {
    static VARIABLE: LazyLock<Regex> =
        LazyLock::new(|| regex(r#"(?m)^[ \t]*variable[ \t]+"?([0-9A-Za-z_-]+)"?[ \t]*\{"#));
    static DEFAULT: LazyLock<Regex> = LazyLock::new(|| regex(r#"\bdefault[ \t]*=[ \t]*"((?:[^"\\\n]|\\.)*)"#));
    static SENSITIVE: LazyLock<Regex> = LazyLock::new(|| regex(r"\bsensitive[ \t]*=[ \t]*true\b"));
    if !text.contains("variable") {
        return;
    }
    for all in VARIABLE.captures_iter(text) {
        let (Some(head), Some(name)) = (all.get(0), all.get(1)) else { continue };
        let rest = text.get(head.end()..).unwrap_or("");
        let ends = ["\n}", "\nvariable"].map(|end| rest.find(end).unwrap_or(rest.len()));
        let body = rest.get(..ends[0].min(ends[1])).unwrap_or("");
        let is_secret = names_secret(name.as_str()) || SENSITIVE.is_match(body);
        let default = DEFAULT.captures(body).and_then(|all| all.get(1)).filter(|_| is_secret);
        if let Some(default) = default.filter(|default| !is_placeholder(default.as_str())) {
            literal_parts(default.as_str(), head.end() + default.start(), found);
        }
    }
}

fn is_near(between: &str) -> bool {
    between.bytes().filter(|&b| b == b'\n').count() <= 2
}

/// Adds what lies outside of `${…}`, without the hint of a long secret.
fn literal_parts(secret: &str, offset: usize, found: &mut Vec<Range<usize>>) {
    static INTERPOLATION: LazyLock<Regex> = LazyLock::new(|| regex(r"[$%]\{[^}]*\}|\{\{.*?\}\}|\$\([^)]*\)"));
    let n_shown = if secret.chars().count() >= LONG { HINT } else { 0 };
    let mut start = secret.char_indices().nth(n_shown).map_or(0, |(index, _)| index);
    for hole in INTERPOLATION.find_iter(secret) {
        if start < hole.start() {
            found.push(offset + start..offset + hole.start());
        }
        start = start.max(hole.end());
    }
    if start < secret.len() {
        found.push(offset + start..offset + secret.len());
    }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_decides() {
        for name in [
            "password",
            "db_password",
            "DB_PASSWORD",
            "apiKey",
            "api-key",
            "secret_string",
            "auth.token",
            "password_wo",
        ] {
            assert!(names_secret(name), "{name}");
        }
        for name in ["secretName", "password_length", "kms_key_id", "tokenTTL", "secret_arn", "key", "compass", ""] {
            assert!(!names_secret(name), "{name}");
        }
    }

    #[test]
    fn defaults_of_secret_variables_are_hidden() {
        let hidden = |text: &str| without_secrets(text).matches('*').count();
        assert_eq!(hidden("variable \"db_password\" {\n  type = string\n  default = \"hunter2\"\n}\n"), 7);
        assert_eq!(hidden("variable \"x\" {\n  default = \"hunter2\"\n  sensitive = true\n}\n"), 7);
        assert_eq!(hidden("variable db_password { default = \"hunter2\" }"), 7);
        assert_eq!(hidden("variable \"x\" {\n  default = \"hunter2\"\n}\nlocals {\n  sensitive = true\n}\n"), 0);
        assert_eq!(hidden("variable \"db_password\" {}\nvariable \"x\" {\n  default = \"y\"\n}\n"), 0);
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_length(text in "[a-z0-9=:\"'{}$ \n|<大-]{0,80}", name in "password|token|x") {
            let text = format!("{name} = \"{text}\n{name}: {text}");
            let shown = without_secrets(&text);
            proptest::prop_assert_eq!(shown.chars().count(), text.chars().count());
        }
    }

    fn hidden(text: &str) -> Vec<&str> {
        secrets_in(text).into_iter().map(|range| text.get(range).unwrap()).collect()
    }

    #[test]
    fn literals_of_secret_names_are_found() {
        assert_eq!(hidden(r#"password = "hunter2""#), ["hunter2"]);
        assert_eq!(hidden("password: hunter2\nname: x"), ["hunter2"]);
        assert_eq!(hidden(r#""token": "a\"b""#), [r#"a\"b"#]);
        assert_eq!(hidden(r#"env = "[{\"name\":\"DB_PASSWORD\",\"value\":\"hunter2\"}]""#), ["hunter2"]);
        assert_eq!(hidden("- name: DB_PASSWORD\n  value: hunter2\n- name: HOST\n  value: db"), ["hunter2"]);
        assert_eq!(hidden("`password` is `hunter2`"), ["hunter2"]);
        assert_eq!(hidden("mysql --password=hunter2 -h db"), ["hunter2"]);
    }

    #[test]
    fn blocks_under_secret_names_are_found() {
        assert_eq!(hidden("password: |\n  hunter2\n\n  more\nname: x\n"), ["hunter2", "more"]);
        assert_eq!(hidden("token = <<-EOT\n  hunter2\nEOT\nname = 1\n"), ["hunter2"]);
    }

    #[test]
    fn references_and_placeholders_are_not_secrets() {
        for text in [
            "password = var.db_password",
            r#"password = "${var.db_password}""#,
            r#"password = """#,
            "password: changeme",
            "automountServiceAccountToken: true",
            "secretName: tls",
            "postgres://user:${var.password}@db",
            "https://example.com/a:b",
        ] {
            assert!(hidden(text).is_empty(), "{text}: {:?}", hidden(text));
        }
    }

    #[test]
    fn an_interpolation_does_not_shield_the_literal_beside_it() {
        assert_eq!(hidden(r#"password = "hunter2-${var.env}""#), ["hunter2-"]);
    }
}
