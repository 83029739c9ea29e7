/// Text of the input as Markdown that shows it and does nothing else: no link, image or element
/// comes from it. Pairs of single backticks stay code.
pub(super) fn plain(text: &str) -> String {
    let has_code = text.matches('`').count().is_multiple_of(2) && !text.contains("``");
    let mut plain = String::with_capacity(text.len() + 8);
    let mut is_code = false;
    for c in text.chars() {
        if c == '`' && has_code {
            is_code = !is_code;
        } else if !is_code
            && c.is_ascii_punctuation()
            && !matches!(c, '.' | ',' | ':' | ';' | '\'' | '"' | '/' | '(' | ')' | '-')
        {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

/// A block of code that nothing in it ends.
pub(super) fn fenced(code: &str, language: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{code}\n{fence}")
}

/// Code within a line.
pub(super) fn code(text: &str) -> String {
    let text = text.replace('`', "'");
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_input_becomes_no_markup() {
        assert_eq!(plain("`a_b` is *x*, see ![i](http://h)"), "`a_b` is \\*x\\*, see \\!\\[i\\](http://h)");
        assert_eq!(plain("a ` <b>"), "a \\` \\<b\\>");
        assert_eq!(plain("``[x](y)``"), "\\`\\`\\[x\\](y)\\`\\`");
        assert_eq!(fenced("a\n```\n![x](y)", "json"), "````json\na\n```\n![x](y)\n````");
        assert_eq!(code("a`b"), "`a'b`");
    }
}
