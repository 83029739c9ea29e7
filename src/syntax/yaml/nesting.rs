use super::MAX_DEPTH;

/// Offset at which brackets are nested so deep that the YAML parser, whose time grows with the
/// square of the depth, must not see the text; `None` for all healthy text.
///
/// Two estimates, either of which is enough: brackets alone, and brackets outside of quotes.
/// Both may be too high where text holds many unbalanced brackets, so that the limit is well
/// above [`MAX_DEPTH`].
pub(super) fn too_deep(text: &str) -> Option<usize> {
    const LIMIT: usize = 4 * MAX_DEPTH;
    let bytes = text.as_bytes();
    let n_open = bytes.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if n_open <= LIMIT {
        return None;
    }
    let (mut all, mut unquoted) = (0_usize, 0_usize);
    let (mut quote, mut is_token_start) = (None, true);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let is_outside = quote.is_none();
        match byte {
            b'[' | b'{' => {
                all += 1;
                unquoted += usize::from(is_outside);
            }
            b']' | b'}' => {
                all = all.saturating_sub(1);
                unquoted = unquoted.saturating_sub(usize::from(is_outside));
            }
            b'"' | b'\'' if is_outside && is_token_start && unquoted > 0 => quote = Some(byte),
            b'\\' if quote == Some(b'"') => at += 1,
            _ if quote == Some(byte) => quote = None,
            _ => {}
        }
        if all > LIMIT || unquoted > LIMIT {
            return Some(at);
        }
        is_token_start = matches!(byte, b'[' | b'{' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r');
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_do_not_hide_depth() {
        assert!(too_deep(&"[".repeat(600)).is_some());
        assert!(too_deep(&"{\"}\": ".repeat(600)).is_some());
        assert!(too_deep(&"{'}': ".repeat(600)).is_some());
        assert!(too_deep(&"{a: [1, '[']}\n".repeat(400)).is_none());
    }
}
