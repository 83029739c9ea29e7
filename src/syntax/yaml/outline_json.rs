use std::ops::Range;

use ecow::EcoString;

use super::MAX_DEPTH;
use super::outline::{Entry, Outline, Part, PartId, Shape};

/// The outline of a JSON text in one pass; `None` where it is not JSON through and through.
///
/// Plans are JSON of many megabytes in a single line, which a YAML grammar reads slowly.
pub(super) fn outline(text: &str, segment: Range<usize>) -> Option<Outline> {
    let bytes = text.as_bytes().get(..segment.end)?;
    let mut scanner = Scanner { text, bytes, at: segment.start, parts: Vec::new() };
    scanner.blank();
    if !matches!(scanner.peek(), Some(b'{' | b'[')) {
        return None;
    }
    let root = scanner.value(0)?;
    scanner.blank();
    (scanner.at == bytes.len()).then(|| Outline::of_parts(scanner.parts, root))
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    parts: Vec<Part>,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.blank();
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn add(&mut self, start: usize, shape: Shape) -> Option<PartId> {
        self.parts.push(Part { range: start..self.at, shape });
        u32::try_from(self.parts.len() - 1).ok()
    }

    fn value(&mut self, depth: usize) -> Option<PartId> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.blank();
        let start = self.at;
        let shape = match self.peek()? {
            b'{' => Shape::Mapping(self.members(depth)?),
            b'[' => Shape::Sequence(self.items(depth)?),
            b'"' => {
                self.string()?;
                Shape::Scalar
            }
            _ => {
                self.word()?;
                Shape::Scalar
            }
        };
        self.add(start, shape)
    }

    fn members(&mut self, depth: usize) -> Option<Vec<Entry>> {
        let mut entries = Vec::new();
        self.at += 1;
        if self.take(b'}').is_some() {
            return Some(entries);
        }
        loop {
            self.blank();
            let key_range = self.string()?;
            let key = self.key(&key_range)?;
            self.take(b':')?;
            let value = self.value(depth + 1)?;
            entries.push(Entry { key, key_range, value: Some(value) });
            if self.take(b',').is_none() {
                self.take(b'}')?;
                return Some(entries);
            }
        }
    }

    fn items(&mut self, depth: usize) -> Option<Vec<PartId>> {
        let mut items = Vec::new();
        self.at += 1;
        if self.take(b']').is_some() {
            return Some(items);
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take(b',').is_none() {
                self.take(b']')?;
                return Some(items);
            }
        }
    }

    /// The range of a string, quotes included.
    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        (self.peek() == Some(b'"')).then_some(())?;
        self.at += 1;
        while self.peek()? != b'"' {
            self.at += if self.peek() == Some(b'\\') { 2 } else { 1 };
        }
        self.at += 1;
        Some(start..self.at)
    }

    /// A number, or `true`, `false`, `null`.
    fn word(&mut self) -> Option<()> {
        let start = self.at;
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        while self.peek().is_some_and(is_part) {
            self.at += 1;
        }
        serde_json::from_str::<serde_json::Value>(self.text.get(start..self.at)?).ok().map(|_| ())
    }

    fn key(&self, range: &Range<usize>) -> Option<EcoString> {
        let quoted = self.text.get(range.clone())?;
        let plain = quoted.get(1..quoted.len() - 1)?;
        if plain.contains('\\') {
            serde_json::from_str::<String>(quoted).ok().map(EcoString::from)
        } else {
            Some(plain.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_read(text: &str) -> bool {
        outline(text, 0..text.len()).is_some()
    }

    #[test]
    fn only_whole_json_is_read() {
        assert!(is_read(r#" {"a\n": [1, -2.5e3, true, null, "x\"y", {}, []], "ä": {}} "#));
        for text in
            ["", "a: 1", "{a: 1}", "{\"a\": 1", "{\"a\": 1} x", "[1,]", "[tru]", "\"a\"", "{\"a\" 1}", "[\"\\", "[1 2]"]
        {
            assert!(!is_read(text), "{text}");
        }
        assert!(!is_read(&"[".repeat(10_000)));
    }

    #[test]
    fn parts_have_the_ranges_of_the_text() {
        let text = r#"{"a": ["x", {"b": 12}]}"#;
        let outline = outline(text, 0..text.len()).unwrap();
        let ranges: Vec<&str> =
            (0..).map_while(|id| outline.get(id)).map(|part| text.get(part.range.clone()).unwrap()).collect();
        assert_eq!(ranges, [r#""x""#, "12", r#"{"b": 12}"#, r#"["x", {"b": 12}]"#, text]);
    }
}
