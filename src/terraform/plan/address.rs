use ecow::EcoString;

/// A step of an address or of a reference: `aws_s3_bucket`, `["x"]`, `[0]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Name(&'a str),
    /// With its brackets.
    Index(&'a str),
}

/// The steps of an address; brackets may hold quoted text with dots and brackets in it.
pub(super) fn parts(address: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = address;
    while !rest.is_empty() {
        let end = if rest.starts_with('[') { index_end(rest) } else { rest.find(['.', '[']).unwrap_or(rest.len()) };
        let (part, after) = rest.split_at(end);
        if part.starts_with('[') {
            parts.push(Part::Index(part));
        } else if !part.is_empty() {
            parts.push(Part::Name(part));
        }
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    parts
}

/// The length of an index that a text starts with, brackets included.
fn index_end(text: &str) -> usize {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ']' if !is_quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The address of the block behind an instance: all indexes left out.
pub(super) fn block(address: &str) -> EcoString {
    let mut block = EcoString::new();
    for part in parts(address) {
        if let Part::Name(name) = part {
            if !block.is_empty() {
                block.push('.');
            }
            block.push_str(name);
        }
    }
    block
}

/// The index at the end of an instance's address, empty where there is none.
pub(super) fn suffix(address: &str) -> &str {
    match parts(address).last() {
        Some(Part::Index(index)) => index,
        _ => "",
    }
}

/// The module path in front of a resource, with its last dot: `module.a["x"].`, or nothing.
pub(super) fn prefix(address: &str) -> &str {
    let parts = parts(address);
    let mut n_bytes = 0;
    let mut at = 0;
    while let (Some(Part::Name("module")), Some(Part::Name(name))) = (parts.get(at), parts.get(at + 1)) {
        n_bytes += "module.".len() + name.len() + 1;
        at += 2;
        if let Some(Part::Index(index)) = parts.get(at) {
            n_bytes += index.len();
            at += 1;
        }
    }
    address.get(..n_bytes).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_may_hold_anything() {
        let address = r#"module.a["x.y]\"z"].module.b[0].aws_s3_bucket.c["k"]"#;
        assert_eq!(block(address), "module.a.module.b.aws_s3_bucket.c");
        assert_eq!(suffix(address), "[\"k\"]");
        assert_eq!(prefix(address), r#"module.a["x.y]\"z"].module.b[0]."#);
        assert_eq!((block("data.a.b"), suffix("data.a.b"), prefix("data.a.b")), ("data.a.b".into(), "", ""));
    }

    #[test]
    fn any_text_has_parts() {
        for text in ["", ".", "[", "a[", "a..b", "[\"", "module", "module.", "ä[ö].ü"] {
            let _ = (parts(text), block(text), suffix(text), prefix(text));
        }
    }
}
