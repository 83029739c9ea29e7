use std::ops::Range;
use std::sync::Arc;

use super::outline::{Outline, Part, PartId, Shape};
use super::visit::Flavor;
use super::{outline_json, split, write};
use crate::syntax::lines::Lines;
use crate::syntax::{Content, Member, Splice};
use crate::value::{Path, Step, Value};

/// One document of a file, ready for changes that keep its layout.
#[derive(Debug)]
pub struct Draft {
    text: Arc<str>,
    outline: Outline,
    flavor: Flavor,
}

/// Why a change cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The text stands at an anchor, and is used elsewhere too.
    Shared,
    /// The text is laid out in a way that no change is known for.
    Layout,
}

/// What a path leads to.
#[derive(Clone)]
struct Spot {
    key: Option<Range<usize>>,
    value: Option<PartId>,
    /// Whether it stands in flow style, which JSON is.
    is_in_flow: bool,
}

/// A member or element with its separators left out: where it starts and ends.
type Entry = Range<usize>;

impl Draft {
    /// The document of that index; `None` where there is none that can be outlined.
    pub fn new(text: &Arc<str>, document: u32) -> Option<Self> {
        let segment = split::segments(text).get(document as usize)?.clone();
        let is_json = outline_json::outline(text, segment.clone()).is_some();
        let flavor = if is_json { Flavor::Json } else { Flavor::Yaml };
        let outline = Outline::new(text, segment);
        outline.root()?;
        Some(Self { text: Arc::clone(text), outline, flavor })
    }

    fn lines(&self) -> Lines<'_> {
        Lines(&self.text)
    }

    /// The path to the value that stands at a range, or, where the range starts at its key, to the
    /// member.
    pub fn path_to(&self, range: &Range<usize>) -> Option<Path> {
        let mut path = Path::default();
        let mut part = self.outline.root()?;
        loop {
            if self.outline.part(part).range == *range {
                return Some(path);
            }
            let (step, next) = match &self.outline.part(part).shape {
                Shape::Mapping(entries) => entries
                    .iter()
                    .find_map(|entry| {
                        let value = self.outline.part(entry.value?);
                        (entry.key_range.start <= range.start && range.end <= value.range.end)
                            .then(|| (Step::Key(entry.key.clone()), entry))
                            .and_then(|(step, entry)| Some((step, entry.value?, entry.key_range.start)))
                    })
                    .map(|(step, value, key)| ((step, key), value))?,
                Shape::Sequence(items) => items.iter().enumerate().find_map(|(n, item)| {
                    let own = &self.outline.part(*item).range;
                    let is_around = own.start <= range.start && range.end <= own.end;
                    is_around.then(|| ((Step::Index(u32::try_from(n).unwrap_or(u32::MAX)), usize::MAX), *item))
                })?,
                Shape::Scalar | Shape::Alias(_) => return None,
            };
            path = path.with(step.0);
            if step.1 == range.start && self.outline.part(next).range.end == range.end {
                return Some(path);
            }
            part = next;
        }
    }

    fn spot(&self, path: &Path) -> Result<Spot, Refusal> {
        let mut spot = Spot { key: None, value: self.outline.root(), is_in_flow: false };
        for step in &path.0 {
            let part = spot.value.ok_or(Refusal::Layout)?;
            let is_in_flow = self.is_flow(part);
            spot = match (&self.outline.part(part).shape, step) {
                (Shape::Alias(_), _) => return Err(Refusal::Shared),
                (Shape::Mapping(entries), Step::Key(key)) => {
                    let own = entries.iter().rev().find(|entry| entry.key == *key);
                    let has_merge = entries.iter().any(|entry| entry.key == "<<");
                    let missing = if has_merge { Refusal::Shared } else { Refusal::Layout };
                    let own = own.ok_or(missing)?;
                    Spot { key: Some(own.key_range.clone()), value: own.value, is_in_flow }
                }
                (Shape::Sequence(items), Step::Index(index)) => {
                    let item = items.get(*index as usize).ok_or(Refusal::Layout)?;
                    Spot { key: None, value: Some(*item), is_in_flow }
                }
                _ => return Err(Refusal::Layout),
            };
        }
        match spot.value.map(|part| &self.outline.part(part).shape) {
            Some(Shape::Alias(_)) => Err(Refusal::Shared),
            _ => Ok(spot),
        }
    }

    fn str(&self, range: Range<usize>) -> &str {
        self.lines().str(range)
    }

    /// Where a value ends; the parser counts comments that follow to what they follow.
    fn end(&self, part: PartId) -> usize {
        let Part { range, shape } = self.outline.part(part);
        let last = match shape {
            _ if self.is_flow(part) => return range.end,
            Shape::Mapping(entries) => entries.last().map(|entry| (entry.value, self.key_end(&entry.key_range))),
            Shape::Sequence(items) => items.last().map(|item| (Some(*item), range.end)),
            Shape::Scalar | Shape::Alias(_) => None,
        };
        match last {
            Some((Some(inner), _)) => self.end(inner),
            Some((None, end)) => end,
            None => range.end,
        }
    }

    /// Behind the colon of a key, or behind the key where it stands alone.
    fn key_end(&self, key: &Range<usize>) -> usize {
        self.colon(key).unwrap_or(key.end)
    }

    fn is_flow(&self, part: PartId) -> bool {
        self.str(self.outline.part(part).range.clone()).starts_with(['{', '['])
    }

    /// Gives the value at a path another text.
    ///
    /// # Errors
    /// [`Refusal`]
    pub fn set(&self, path: &Path, value: &Value) -> Result<Vec<Splice>, Refusal> {
        let spot = self.spot(path)?;
        let Some(part) = spot.value else {
            let key = spot.key.ok_or(Refusal::Layout)?;
            let colon = self.colon(&key).ok_or(Refusal::Layout)?;
            let text = format!(" {}", write::flow(value, self.flavor));
            return Ok(vec![Splice { range: colon..colon, text }]);
        };
        let part = self.outline.part(part);
        let old = self.str(part.range.clone());
        if !matches!(part.shape, Shape::Scalar) && !old.starts_with(['{', '[']) {
            return Err(Refusal::Layout);
        }
        let text = match value.as_str() {
            Some(text) if old.starts_with('\'') && !text.contains(['\'', '\n']) => format!("'{text}'"),
            Some(text) if old.starts_with('"') => write::quoted(text),
            _ => write::flow(value, self.flavor),
        };
        Ok(vec![Splice { range: part.range.clone(), text }])
    }

    /// Behind the colon of a key.
    fn colon(&self, key: &Range<usize>) -> Option<usize> {
        let rest = self.text.get(key.end..)?;
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        rest.get(blank..)?.starts_with(':').then_some(key.end + blank + 1)
    }

    /// Takes members or elements out of the mapping or list at a path, and adds members.
    ///
    /// # Errors
    /// [`Refusal`]
    pub fn change(&self, path: &Path, removed: &[Step], added: &[Member]) -> Result<Vec<Splice>, Refusal> {
        let spot = self.spot(path)?;
        let Some(part) = spot.value else { return self.fill(&spot, None, added) };
        let range = self.outline.part(part).range.start..self.end(part);
        let (entries, gone) = self.entries(part, removed)?;
        match &self.outline.part(part).shape {
            Shape::Scalar if removed.is_empty() && matches!(self.str(range.clone()), "null" | "~" | "") => {
                self.fill(&spot, Some(range), added)
            }
            Shape::Scalar | Shape::Alias(_) => Err(Refusal::Layout),
            _ if self.is_flow(part) && entries.is_empty() => self.fill(&spot, Some(range), added),
            _ if self.is_flow(part) => Ok(self.in_flow(&range, &entries, &gone, added)),
            Shape::Mapping(_) => self.in_mapping(&spot, &entries, &gone, added),
            Shape::Sequence(_) => self.in_list(&spot, &range, &entries, &gone),
        }
    }

    /// Members and elements in their order, and which of them go.
    fn entries(&self, part: PartId, removed: &[Step]) -> Result<(Vec<Entry>, Vec<bool>), Refusal> {
        let range_of = |part: PartId| self.outline.part(part).range.start..self.end(part);
        match &self.outline.part(part).shape {
            Shape::Mapping(entries) => {
                let whole = |entry: &super::outline::Entry| {
                    let end = entry.value.map_or_else(|| self.key_end(&entry.key_range), |value| self.end(value));
                    entry.key_range.start..end
                };
                let gone = entries.iter().map(|entry| removed.contains(&Step::Key(entry.key.clone())));
                let gone: Vec<bool> = gone.collect();
                let has_all = gone.iter().filter(|gone| **gone).count() == removed.len();
                if has_all { Ok((entries.iter().map(whole).collect(), gone)) } else { Err(Refusal::Layout) }
            }
            Shape::Sequence(items) => {
                let is_gone = |n: usize| removed.contains(&Step::Index(u32::try_from(n).unwrap_or(u32::MAX)));
                Ok((items.iter().map(|item| range_of(*item)).collect(), (0..items.len()).map(is_gone).collect()))
            }
            Shape::Scalar | Shape::Alias(_) => Ok((Vec::new(), Vec::new())),
        }
    }

    /// How far in a mapping in a mapping stands.
    fn step(&self) -> String {
        let lines = self.lines();
        let steps = self.outline.parts().filter_map(|part| {
            let Shape::Mapping(entries) = &part.shape else { return None };
            entries.iter().find_map(|entry| {
                let value = self.outline.part(entry.value?);
                let Shape::Mapping(inner) = &value.shape else { return None };
                let first = inner.first()?.key_range.start;
                let is_apart = lines.start(first) > lines.start(entry.key_range.start);
                let (inner, outer) = (lines.indent(first), lines.indent(entry.key_range.start));
                let column = lines.column(entry.key_range.start);
                let deeper = if column == outer.len() {
                    inner.strip_prefix(outer)?.to_owned()
                } else {
                    " ".repeat(inner.len().checked_sub(column)?)
                };
                (is_apart && !deeper.is_empty()).then_some(deeper)
            })
        });
        steps.min_by_key(String::len).unwrap_or_else(|| "  ".to_owned())
    }

    /// Puts members where nothing, null or an empty mapping stands.
    fn fill(&self, spot: &Spot, old: Option<Range<usize>>, added: &[Member]) -> Result<Vec<Splice>, Refusal> {
        if added.is_empty() {
            return Ok(Vec::new());
        }
        let lines = self.lines();
        let layout = (&*self.step(), lines.ending());
        if self.flavor == Flavor::Json {
            let range = old.ok_or(Refusal::Layout)?;
            let is_pretty = self.text.trim().contains('\n');
            let text = if is_pretty {
                let indent = lines.indent(range.start);
                format!("{{{}{}{indent}}}", write::json(added, &format!("{indent}{}", layout.0), layout), layout.1)
            } else {
                write::flow(&write::value(&Content::Block(added.to_vec())), Flavor::Json)
            };
            return Ok(vec![Splice { range, text }]);
        }
        let key = spot.key.as_ref().ok_or(Refusal::Layout)?;
        let colon = self.colon(key).ok_or(Refusal::Layout)?;
        if spot.is_in_flow {
            let text = format!(" {}", write::flow(&write::value(&Content::Block(added.to_vec())), Flavor::Yaml));
            return Ok(vec![Splice { range: colon..old.map_or(colon, |old| old.end), text }]);
        }
        let indent = " ".repeat(lines.column(key.start) + layout.0.len());
        let block = write::block(added, &indent, layout);
        let end = lines.end(old.as_ref().map_or(colon, |old| old.end));
        let inserted = Splice { range: end..end, text: block };
        let emptied = old.map(|old| Splice { range: colon..old.end, text: String::new() });
        match emptied {
            Some(emptied) if emptied.range.end == end => Ok(vec![Splice { range: emptied.range, ..inserted }]),
            emptied => Ok(emptied.into_iter().chain([inserted]).collect()),
        }
    }

    fn in_flow(&self, range: &Range<usize>, entries: &[Entry], gone: &[bool], added: &[Member]) -> Vec<Splice> {
        let lines = self.lines();
        let (open, close) = (range.start + 1, range.end - 1);
        let is_list = self.str(range.clone()).starts_with('[');
        let kept: Vec<usize> = (0..entries.len()).filter(|n| !gone[*n]).collect();
        let inner = self.str(open..close);
        if kept.is_empty() && added.is_empty() {
            return vec![Splice { range: open..close, text: String::new() }];
        }
        let layout = (&*self.step(), lines.ending());
        let is_apart = !is_list && lines.start(entries[0].start) > lines.start(open);
        let new = if is_apart && self.flavor == Flavor::Json {
            write::json(added, lines.indent(entries[0].start), layout)
        } else {
            let indent =
                if is_apart { format!("{}{}", layout.1, lines.indent(entries[0].start)) } else { " ".to_owned() };
            let line = |member: &Member| {
                let key = write::name(&member.name, self.flavor);
                format!("{indent}{key}: {}", write::flow(&write::value(&member.content), self.flavor))
            };
            added.iter().map(line).collect::<Vec<_>>().join(",")
        };
        let Some(&last) = kept.last() else {
            let tail = inner.get(inner.trim_end().len()..).unwrap_or("");
            let head = if is_apart || inner.starts_with(' ') { &*new } else { new.trim_start() };
            return vec![Splice { range: open..close, text: format!("{head}{tail}") }];
        };
        let mut splices = Vec::new();
        let mut n = 0;
        while n < last {
            // A run that goes, up to the next one that stays.
            let next = (n..=last).find(|at| !gone[*at]).unwrap_or(last);
            if next > n {
                splices.push(Splice { range: entries[n].start..entries[next].start, text: String::new() });
            }
            n = next + 1;
        }
        let end = entries[last].end;
        let tail = entries.last().map_or(end, |entry| entry.end);
        let text = if added.is_empty() { String::new() } else { format!(",{new}") };
        if !text.is_empty() || tail > end {
            splices.push(Splice { range: end..tail, text });
        }
        splices
    }

    fn in_mapping(
        &self,
        spot: &Spot,
        entries: &[Entry],
        gone: &[bool],
        added: &[Member],
    ) -> Result<Vec<Splice>, Refusal> {
        let lines = self.lines();
        let first = entries.first().ok_or(Refusal::Layout)?;
        let indent = " ".repeat(lines.column(first.start));
        let layout = (&*self.step(), lines.ending());
        let new = write::block(added, &indent, layout);
        let Some(last) = (0..entries.len()).rev().find(|n| !gone[*n]) else {
            let range = first.start..entries.last().map_or(first.end, |last| last.end);
            let text = new.trim_start().to_owned();
            if !added.is_empty() {
                return Ok(vec![Splice { range, text }]);
            }
            return self.emptied(spot, &range, "{}");
        };
        let mut splices = Vec::new();
        for (n, entry) in entries.iter().enumerate().filter(|(n, _)| gone[*n]) {
            let start = lines.start(entry.start);
            let is_alone = lines.str(start..entry.start).trim().is_empty();
            let range = match entries.get(n + 1) {
                _ if is_alone => start..lines.next(entry.end),
                // The next member takes its place behind the dash.
                Some(next) if !gone[n + 1] && !lines.str(entry.end..next.start).contains('#') => {
                    entry.start..next.start
                }
                _ => return Err(Refusal::Layout),
            };
            splices.push(Splice { range, text: String::new() });
        }
        if !added.is_empty() {
            let at = lines.end(entries[last].end);
            splices.push(Splice { range: at..at, text: new });
        }
        splices.sort_by_key(|splice| splice.range.start);
        Ok(splices)
    }

    fn in_list(
        &self,
        spot: &Spot,
        range: &Range<usize>,
        entries: &[Entry],
        gone: &[bool],
    ) -> Result<Vec<Splice>, Refusal> {
        let lines = self.lines();
        if gone.iter().all(|gone| *gone) {
            return self.emptied(spot, range, "[]");
        }
        let mut splices = Vec::new();
        for entry in entries.iter().zip(gone).filter(|(_, gone)| **gone).map(|(entry, _)| entry) {
            let before = self.str(0..entry.start).trim_end_matches([' ', '\t', '\r', '\n']);
            let dash = before.len().checked_sub(1).filter(|_| before.ends_with('-')).ok_or(Refusal::Layout)?;
            let start = lines.start(dash);
            if !lines.str(start..dash).trim().is_empty() {
                return Err(Refusal::Layout);
            }
            splices.push(Splice { range: start..lines.next(entry.end), text: String::new() });
        }
        Ok(splices)
    }

    /// Writes an empty mapping or list where all that stood there goes.
    fn emptied(&self, spot: &Spot, range: &Range<usize>, text: &str) -> Result<Vec<Splice>, Refusal> {
        let lines = self.lines();
        let start = match &spot.key {
            Some(key) => self.colon(key).ok_or(Refusal::Layout)?,
            None => range.start,
        };
        if lines.str(start..range.start).contains('#') {
            return Err(Refusal::Layout);
        }
        let pad = if spot.key.is_some() { " " } else { "" };
        Ok(vec![Splice { range: start..range.end, text: format!("{pad}{text}") }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::spliced;
    use crate::value::Data;

    fn path(text: &str) -> Path {
        let steps = text.split('.').filter(|step| !step.is_empty());
        Path(steps.map(|step| step.parse().map_or_else(|_| Step::Key(step.into()), Step::Index)).collect())
    }

    fn draft(text: &str) -> Draft {
        Draft::new(&Arc::from(text), 0).unwrap()
    }

    fn done(text: &str, splices: &[Splice]) -> String {
        spliced(text, splices.iter().map(|splice| (splice.range.clone(), &*splice.text)))
    }

    fn added(text: &str, at: &str) -> Result<String, Refusal> {
        let member = Member { name: "k".into(), content: Content::Value(Data::Bool(true).into()) };
        let nested = Member { name: "n".into(), content: Content::Block(vec![member.clone()]) };
        draft(text).change(&path(at), &[], &[member, nested]).map(|splices| done(text, &splices))
    }

    fn removed(text: &str, at: &str) -> Result<String, Refusal> {
        let mut path = path(at);
        let last = path.0.pop().unwrap();
        draft(text).change(&path, &[last], &[]).map(|splices| done(text, &splices))
    }

    #[test]
    fn members_follow_their_siblings() {
        let cases = [
            ("a:\n  b: 1 # one\n# two\nc: 2\n", "a", "a:\n  b: 1 # one\n  k: true\n  n:\n    k: true\n# two\nc: 2\n"),
            (
                "l:\n- x: 1\n  y: |\n    t\n- z\n",
                "l.0",
                "l:\n- x: 1\n  y: |\n    t\n  k: true\n  n:\n    k: true\n- z\n",
            ),
            (
                "a:\n    b:\n        c: 1",
                "a.b",
                "a:\n    b:\n        c: 1\n        k: true\n        n:\n            k: true",
            ),
            ("a: {b: 1}\n", "a", "a: {b: 1, k: true, n: {k: true}}\n"),
            ("a: {} # empty\n", "a", "a: # empty\n  k: true\n  n:\n    k: true\n"),
            ("a:\r\nb: 1\r\n", "a", "a:\r\n  k: true\r\n  n:\r\n    k: true\r\nb: 1\r\n"),
            ("- a: null\n", "0.a", "- a:\n    k: true\n    n:\n      k: true\n"),
            (r#"{"a": {"b": 1}}"#, "a", r#"{"a": {"b": 1, "k": true, "n": { "k": true }}}"#),
            (
                "{\n\t\"a\": {},\n\t\"b\": 1\n}\n",
                "a",
                "{\n\t\"a\": {\n\t  \"k\": true,\n\t  \"n\": {\n\t    \"k\": true\n\t  }\n\t},\n\t\"b\": 1\n}\n",
            ),
            ("{\n  \"b\": 1\n}\n", "", "{\n  \"b\": 1,\n  \"k\": true,\n  \"n\": {\n    \"k\": true\n  }\n}\n"),
        ];
        for (text, at, wanted) in cases {
            assert_eq!(added(text, at).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_goes_takes_its_lines() {
        let cases = [
            ("a: 1\nb: # x\n  c: 2\nd: 3\n", "b", "a: 1\nd: 3\n"),
            ("- a: 1\n  b: 2\n", "0.a", "- b: 2\n"),
            ("a:\n  b: 1\nc: 2\n", "a.b", "a: {}\nc: 2\n"),
            ("a:\n- x\n- y: 1\n  z: 2\n# end\n", "a.1", "a:\n- x\n# end\n"),
            ("a:\n  - x\nb: 1\n", "a.0", "a: []\nb: 1\n"),
            ("a: [x, y, z]\n", "a.1", "a: [x, z]\n"),
            ("a: {x: 1, y: 2}\n", "a.y", "a: {x: 1}\n"),
            ("{\n  \"a\": 1,\n  \"b\": 2\n}\n", "b", "{\n  \"a\": 1\n}\n"),
            ("{\n  \"a\": 1,\n  \"b\": 2\n}\n", "a", "{\n  \"b\": 2\n}\n"),
        ];
        for (text, at, wanted) in cases {
            assert_eq!(removed(text, at).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn values_keep_their_quotes() {
        let set = |text: &str, to: Value| done(text, &draft(text).set(&path("a"), &to).unwrap());
        assert_eq!(set("a: 'x' # y\n", Value::string("z")), "a: 'z' # y\n");
        assert_eq!(set("a: x\n", Value::string("true")), "a: \"true\"\n");
        assert_eq!(set("a: x\n", Value::string("role:reader")), "a: role:reader\n");
        assert_eq!(set("a:\n", Data::Bool(false).into()), "a: false\n");
        assert_eq!(set("{\"a\": \"x\"}", Value::string("y")), "{\"a\": \"y\"}");
    }

    #[test]
    fn anchored_text_is_left() {
        let text = "base: &b {x: 1}\na: *b\nc:\n  <<: *b\n  y: 1\n";
        assert_eq!(added(text, "a"), Err(Refusal::Shared));
        assert_eq!(removed(text, "a.x"), Err(Refusal::Shared));
        assert_eq!(draft(text).set(&path("c.x"), &Data::Null.into()), Err(Refusal::Shared));
    }
}
