use std::borrow::Cow;

use crate::value::Number;

/// The value of a number literal: a whole number where it fits, else a double.
pub(super) fn number(text: &str) -> Number {
    match text.parse::<i64>() {
        Ok(whole) => Number::Int(whole),
        Err(_) => Number::from_f64(text.parse::<f64>().unwrap_or(0.0)),
    }
}

/// Resolves the escapes of a quoted string: `\n`, `\u00e9`, `$${`, `%%{` …
///
/// An escape that HCL does not know stays as it is written.
pub(super) fn unescape_quoted(raw: &str) -> Cow<'_, str> {
    if !raw.contains(['\\', '$', '%']) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['\\', '$', '%']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        rest = match from.strip_prefix('\\') {
            Some(after) => escape(after, &mut out),
            None => marker(from, &mut out),
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Resolves `$${` and `%%{`, the only escapes of heredocs and template files.
pub(super) fn unescape_bare(raw: &str) -> Cow<'_, str> {
    if !raw.contains("$${") && !raw.contains("%%{") {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.replace("$${", "${").replace("%%{", "%{"))
}

/// Pushes what the escape stands for and returns the text behind it.
fn escape<'a>(after: &'a str, out: &mut String) -> &'a str {
    let mut chars = after.chars();
    let plain = match chars.next() {
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some(c @ ('"' | '\\')) => c,
        Some('u') => return code_point(after, 4, out),
        Some('U') => return code_point(after, 8, out),
        _ => {
            out.push('\\');
            return after;
        }
    };
    out.push(plain);
    chars.as_str()
}

/// `after` starts at the `u`.
fn code_point<'a>(after: &'a str, n_digits: usize, out: &mut String) -> &'a str {
    let digits = after.get(1..=n_digits).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    let code = digits.and_then(|hex| u32::from_str_radix(hex, 16).ok());
    if let Some(c) = code.and_then(char::from_u32) {
        out.push(c);
        after.get(1 + n_digits..).unwrap_or("")
    } else {
        out.push('\\');
        after
    }
}

/// `from` starts at a `$` or `%`, which is doubled to write `${` or `%{` literally.
fn marker<'a>(from: &'a str, out: &mut String) -> &'a str {
    for (escaped, plain) in [("$${", "${"), ("%%{", "%{")] {
        if let Some(after) = from.strip_prefix(escaped) {
            out.push_str(plain);
            return after;
        }
    }
    let mut chars = from.chars();
    out.extend(chars.next());
    chars.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_is_resolved() {
        assert_eq!(unescape_quoted(r#"a\n\t\r\"\\ \u00e9 \U0001F600"#), "a\n\t\r\"\\ é 😀");
        assert_eq!(unescape_quoted("$${a} %%{b} $$ 100%"), "${a} %{b} $$ 100%");
        assert_eq!(unescape_quoted("$$${a}"), "$${a}");
        assert_eq!(unescape_quoted(r"\d \u12 \uD800 \"), r"\d \u12 \uD800 \");
    }

    #[test]
    fn heredocs_know_only_the_markers() {
        assert_eq!(unescape_bare(r"\n $${a} %%{b}"), r"\n ${a} %{b}");
    }

    #[test]
    fn whole_numbers_are_exact() {
        assert_eq!(number("9223372036854775807"), Number::Int(i64::MAX));
        assert_eq!(number("1e3"), Number::Int(1000));
        assert_eq!(number("0.5"), Number::Float(0.5));
        assert_eq!(number("18446744073709551616"), Number::Float(18_446_744_073_709_551_616.0));
    }
}
