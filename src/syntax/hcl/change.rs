use std::ops::Range;

use super::write::{block, deeper, is_aligned, key, literal, value};
use super::{Block, Expr, ExprKind};
use crate::source::Span;
use crate::syntax::lines::Lines;
use crate::syntax::{Content, Member, Splice};
use crate::value::Value;

/// Attributes that say nothing of what the object does and are written first or last: a new one does
/// not follow them.
const APART: &[&str] =
    &["count", "for_each", "provider", "providers", "source", "version", "depends_on", "tags", "tags_all", "labels"];
/// Blocks that are written last.
const LAST: &[&str] = &["lifecycle", "timeouts", "provisioner", "connection"];

/// Puts a literal in place of a value.
pub fn set(text: &str, at: Span, value: &Value) -> Splice {
    let lines = Lines(text);
    let range = at.range();
    let text = literal(value, Some((lines.indent(range.start), lines.ending())));
    Splice { range, text }
}

/// Takes attributes and blocks out of a block and adds others, as `terraform fmt` would leave them
/// where the block was formatted before. `None` where its layout is none that can be kept.
pub fn change_block(text: &str, block: &Block, removed: &[Span], added: &[Member]) -> Option<Vec<Splice>> {
    let header = block.header.end as usize;
    let close = (block.span.end as usize).checked_sub(1)?;
    let open = header + text.get(header..close)?.find('{')? + 1;
    let attributes = block.body.attributes.iter().map(|attribute| {
        let sign = Sign::between(text, attribute.name.span, attribute.value.span);
        Entry { name: attribute.name.span.range(), sign, whole: attribute.span.range() }
    });
    let blocks = block.body.blocks.iter().map(|inner| Entry {
        name: inner.kind.span.range(),
        sign: None,
        whole: inner.span.range(),
    });
    let entries = attributes.chain(blocks).collect();
    Container { lines: Lines(text), open, close, entries, kind: Kind::Block }.change(removed, added)
}

/// The same for the members of an object.
pub fn change_object(text: &str, object: &Expr, removed: &[Span], added: &[Member]) -> Option<Vec<Splice>> {
    let ExprKind::Object(items) = &object.kind else { return None };
    let range = object.span.range();
    let (open, close) = (range.start + 1, range.end.checked_sub(1)?);
    let entries = items.iter().map(|item| {
        let whole = item.key.span.start as usize..item.value.span.end as usize;
        Entry { name: item.key.span.range(), sign: Sign::between(text, item.key.span, item.value.span), whole }
    });
    let entries: Vec<Entry> = entries.collect();
    let last = entries.last();
    let has_commas = last.is_some_and(|last| text.get(last.whole.end..close).is_some_and(|rest| rest.starts_with(',')));
    let is_colon = last.and_then(|last| last.sign.as_ref()).is_some_and(|sign| sign.text == ':');
    let is_quoted = last.is_some_and(|last| text.get(last.name.start..).is_some_and(|name| name.starts_with('"')));
    let kind = Kind::Object { has_commas, is_colon, is_quoted };
    Container { lines: Lines(text), open, close, entries, kind }.change(removed, added)
}

/// Takes elements out of a list.
pub fn change_list(text: &str, list: &Expr, removed: &[Span]) -> Option<Vec<Splice>> {
    let ExprKind::Tuple(items) = &list.kind else { return None };
    let range = list.span.range();
    let (open, close) = (range.start + 1, range.end.checked_sub(1)?);
    let entries = items.iter().map(|item| Entry { name: item.span.range(), sign: None, whole: item.span.range() });
    Container { lines: Lines(text), open, close, entries: entries.collect(), kind: Kind::List }.change(removed, &[])
}

/// What stands between brackets: a block's body, an object's members, a list's elements.
struct Container<'t> {
    lines: Lines<'t>,
    /// Behind the opening bracket.
    open: usize,
    /// Before the closing one.
    close: usize,
    entries: Vec<Entry>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Block,
    Object {
        /// Whether the last member is followed by a comma.
        has_commas: bool,
        /// Whether members are written with `:`.
        is_colon: bool,
        /// Whether keys are quoted.
        is_quoted: bool,
    },
    List,
}

struct Entry {
    name: Range<usize>,
    /// `None` for a block and for an element.
    sign: Option<Sign>,
    whole: Range<usize>,
}

/// `=` or `:` between a name and a value.
struct Sign {
    at: usize,
    text: char,
}

impl Sign {
    fn between(text: &str, name: Span, value: Span) -> Option<Self> {
        let (start, end) = (name.end as usize, value.start as usize);
        let found = text.get(start..end)?.char_indices().find(|(_, c)| matches!(c, '=' | ':'));
        found.map(|(at, text)| Self { at: start + at, text })
    }
}

/// An attribute as it stands in the end: its line, and how its `=` is aligned with its neighbors'.
struct Row<'c> {
    width: usize,
    /// Where it stands and its `=`; `None` for a new one.
    old: Option<(&'c Entry, usize)>,
    /// Whether the `=` of the row above is aligned with its own.
    is_joined: bool,
    /// Whether it is new or beside what goes.
    is_touched: bool,
}

/// Where new attributes go.
#[derive(Clone, Copy, PartialEq)]
enum Anchor {
    Behind(usize),
    InPlaceOf(usize),
    Top,
}

impl<'t> Container<'t> {
    fn change(mut self, removed: &[Span], added: &[Member]) -> Option<Vec<Splice>> {
        self.entries.sort_by_key(|entry| entry.whole.start);
        let is_gone = |entry: &Entry| {
            removed.iter().map(|span| span.range()).any(|it| entry.whole.start <= it.start && it.end <= entry.whole.end)
        };
        let gone: Vec<bool> = self.entries.iter().map(is_gone).collect();
        let is_blank = self.lines.str(self.open..self.close).trim().is_empty();
        if is_blank || self.lines.is_one(self.open..self.close) {
            return self.in_one_line(&gone, added);
        }
        let is_empty = added.is_empty() && gone.iter().all(|gone| *gone) && !self.has_comments();
        if is_empty && self.kind != Kind::Block {
            return Some(vec![Splice { range: self.open..self.close, text: String::new() }]);
        }
        self.has_lines(&gone).then(|| self.in_lines(&gone, added))
    }

    fn has_comments(&self) -> bool {
        let text = self.lines.str(self.open..self.close);
        text.contains('#') || text.contains("//") || text.contains("/*")
    }

    /// Whether the brackets and what is to go have lines of their own.
    fn has_lines(&self, gone: &[bool]) -> bool {
        let line = |at: usize| self.lines.start(at);
        let is_open_alone = self.entries.first().is_none_or(|first| line(first.whole.start) > line(self.open));
        let is_close_alone = self.entries.last().is_none_or(|last| line(last.whole.end) < line(self.close));
        let is_alone = |entry: &Entry| {
            let before = self.lines.str(line(entry.whole.start)..entry.whole.start);
            let after = self.lines.str(entry.whole.end..self.lines.end(entry.whole.end));
            let after = after.trim_start_matches([',', ')']).trim_start();
            before.trim().is_empty() && (after.is_empty() || after.starts_with('#') || after.starts_with("//"))
        };
        let mut leaving = self.entries.iter().zip(gone).filter(|(_, gone)| **gone);
        is_open_alone && is_close_alone && leaving.all(|(entry, _)| is_alone(entry))
    }

    fn kept<'c>(&'c self, gone: &'c [bool]) -> impl Iterator<Item = (usize, &'c Entry)> {
        self.entries.iter().enumerate().zip(gone).filter(|(_, gone)| !**gone).map(|(entry, _)| entry)
    }

    /// Rewrites what is between the brackets; a block that gets too much for one line opens.
    fn in_one_line(&self, gone: &[bool], added: &[Member]) -> Option<Vec<Splice>> {
        let inner = self.lines.str(self.open..self.close);
        let kept: Vec<&Entry> = self.kept(gone).map(|(_, entry)| entry).collect();
        let has_blocks = kept.iter().any(|entry| entry.sign.is_none()) || !added.iter().all(is_aligned);
        if inner.contains("/*") || (self.kind == Kind::Block && kept.iter().any(|entry| entry.sign.is_none())) {
            return None;
        }
        let range = self.open..self.close;
        let is_long = kept.len() + added.len() > 1 || has_blocks || inner.contains('\n');
        if self.kind == Kind::Block && is_long {
            let indent = self.lines.indent(self.open);
            let (ending, inside) = (self.lines.ending(), deeper(indent));
            let new = added.iter().filter(|member| is_aligned(member)).map(|member| member.name.chars().count());
            let widest = kept.iter().map(|entry| self.width(entry)).chain(new).max().unwrap_or(0);
            let old = kept.iter().map(|entry| {
                let value = entry.sign.as_ref().map_or(0, |sign| sign.at)..entry.whole.end;
                format!("{inside}{:widest$} {}", self.name(entry), self.lines.str(value))
            });
            let lines: Vec<String> = old.chain(self.written(added, &inside, widest)).collect();
            let text = format!("{ending}{}{ending}{indent}", lines.join(ending));
            return Some(vec![Splice { range, text }]);
        }
        let old = kept.iter().map(|entry| self.lines.str(entry.whole.clone()).to_owned());
        let new = added.iter().map(|member| self.member(member, None, 0));
        let all: Vec<String> = old.chain(new).collect();
        let is_padded = inner.starts_with([' ', '\n']) || (self.entries.is_empty() && self.kind != Kind::List);
        let pad = if is_padded && !all.is_empty() { " " } else { "" };
        Some(vec![Splice { range, text: format!("{pad}{}{pad}", all.join(", ")) }])
    }

    /// The name of a new member as it is written here.
    fn key(&self, member: &Member) -> String {
        match self.kind {
            Kind::Object { is_quoted: true, .. } => format!("\"{}\"", member.name),
            Kind::Object { .. } => key(&member.name),
            Kind::Block | Kind::List => member.name.to_string(),
        }
    }

    /// A new member as it is written here, its name filled up to `width`.
    fn member(&self, member: &Member, indent: Option<(&str, &str)>, width: usize) -> String {
        let name = self.key(member);
        let value = value(member, indent);
        match self.kind {
            Kind::Object { is_colon: true, .. } => format!("{name}: {value}"),
            _ => format!("{name:width$} = {value}"),
        }
    }

    /// New members as lines, attributes first; those in one line have their `=` at one column.
    fn written(&self, added: &[Member], indent: &str, width: usize) -> Vec<String> {
        let ending = self.lines.ending();
        let comma = if matches!(self.kind, Kind::Object { has_commas: true, .. }) { "," } else { "" };
        let line = |member: &Member| {
            let width = if is_aligned(member) { width } else { 0 };
            format!("{indent}{}{comma}", self.member(member, Some((indent, ending)), width))
        };
        let (aligned, others): (Vec<&Member>, Vec<&Member>) = added.iter().partition(|member| is_aligned(member));
        let is_block = |member: &&Member| self.kind == Kind::Block && matches!(member.content, Content::Block(_));
        let (blocks, values): (Vec<&Member>, Vec<&Member>) = others.into_iter().partition(is_block);
        let lines = aligned.into_iter().chain(values).map(line);
        lines.chain(blocks.into_iter().map(|member| block(member, indent, ending))).collect()
    }

    fn in_lines(&self, gone: &[bool], added: &[Member]) -> Vec<Splice> {
        let is_block = |member: &Member| self.kind == Kind::Block && matches!(member.content, Content::Block(_));
        let (blocks, values): (Vec<Member>, Vec<Member>) = added.iter().cloned().partition(is_block);
        let anchor = self.anchor(gone, &values);
        let ending = self.lines.ending();
        let indent = match self.entries.first() {
            Some(first) => self.lines.indent(first.whole.start).to_owned(),
            None => deeper(self.lines.indent(self.open)),
        };
        let rows = self.rows(gone, &values, anchor);
        let mut splices = self.aligned(&rows, gone);
        for range in self.gone_lines(gone, anchor) {
            let range = self.lines.without(range, self.open, self.close);
            splices.push(Splice { range, text: String::new() });
        }
        if !values.is_empty() {
            let lines = self.written(&values, &indent, self.new_width(&rows, gone));
            splices.push(self.insertion(&lines.join(ending), anchor));
        }
        for member in &blocks {
            let splice = self.block_insertion(&block(member, &indent, ending), gone);
            match splices.iter_mut().find(|known| known.range == splice.range) {
                Some(known) => known.text.push_str(&splice.text),
                None => splices.push(splice),
            }
        }
        splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
        splices
    }

    fn name(&self, entry: &Entry) -> &'t str {
        self.lines.str(entry.name.clone())
    }

    fn width(&self, entry: &Entry) -> usize {
        self.name(entry).chars().count()
    }

    fn is_single(&self, entry: &Entry) -> bool {
        self.lines.is_one(entry.whole.clone())
    }

    /// New attributes take the line of one that goes, or follow the last one of a line that stands
    /// before nested blocks.
    fn anchor(&self, gone: &[bool], values: &[Member]) -> Anchor {
        let first_block = self.entries.iter().position(|entry| entry.sign.is_none()).unwrap_or(usize::MAX);
        let attributes =
            || self.entries.iter().enumerate().filter(|(n, entry)| *n < first_block && entry.sign.is_some());
        let replaced = attributes().find(|(n, entry)| gone[*n] && self.is_single(entry));
        if let Some((n, _)) = replaced.filter(|_| !values.is_empty()) {
            return Anchor::InPlaceOf(n);
        }
        let kept = || attributes().filter(|(n, _)| !gone[*n]);
        let own = || kept().filter(|(_, entry)| self.kind != Kind::Block || !APART.contains(&self.name(entry)));
        let best = own().rfind(|(_, entry)| self.is_single(entry)).or_else(|| own().next_back());
        best.or_else(|| kept().next_back()).map_or(Anchor::Top, |(n, _)| Anchor::Behind(n))
    }

    /// All attributes of one line as they stand in the end.
    fn rows<'c>(&'c self, gone: &[bool], values: &[Member], anchor: Anchor) -> Vec<Row<'c>> {
        let new: Vec<usize> =
            values.iter().filter(|member| is_aligned(member)).map(|member| self.key(member).chars().count()).collect();
        let add = |rows: &mut Vec<Row<'c>>, is_joined: bool| {
            let row = |(n, width): (usize, &usize)| Row {
                width: *width,
                old: None,
                is_joined: n > 0 || is_joined,
                is_touched: true,
            };
            rows.extend(new.iter().enumerate().map(row));
        };
        let mut rows: Vec<Row<'_>> = Vec::new();
        if anchor == Anchor::Top {
            add(&mut rows, false);
        }
        // Where a line starts that would be joined with the row above.
        let mut joint = None;
        for (n, entry) in self.entries.iter().enumerate() {
            let is_joined = joint == Some(self.lines.start(entry.whole.start));
            let next = self.lines.next(entry.whole.end);
            match &entry.sign {
                _ if gone[n] => {
                    if let Some(above) = rows.last_mut().filter(|_| is_joined) {
                        above.is_touched = true;
                    }
                    if anchor == Anchor::InPlaceOf(n) {
                        add(&mut rows, is_joined);
                    }
                    joint = (is_joined || anchor == Anchor::InPlaceOf(n)).then_some(next);
                }
                Some(sign) => {
                    let value = self.lines.str(sign.at + 1..entry.whole.end).trim_start();
                    if sign.text == '=' && (self.is_single(entry) || value.starts_with("<<")) {
                        let is_touched = n > 0 && gone[n - 1];
                        rows.push(Row { width: self.width(entry), old: Some((entry, sign.at)), is_joined, is_touched });
                    }
                    joint = self.is_single(entry).then_some(next);
                }
                None => joint = None,
            }
            if anchor == Anchor::Behind(n) {
                add(&mut rows, joint.is_some());
                joint = (joint.is_some() || !new.is_empty()).then_some(next);
            }
        }
        rows
    }

    /// The `=` of lines that stay go to the column of the widest name, where they were aligned so.
    fn aligned(&self, rows: &[Row<'_>], gone: &[bool]) -> Vec<Splice> {
        let mut splices = Vec::new();
        let is_meant = |chain: &&[Row<'_>]| chain.iter().any(|row| row.is_touched) && self.is_aligned(chain, gone);
        for chain in chains(rows).filter(is_meant) {
            let width = widest(chain);
            for (entry, sign) in chain.iter().filter_map(|row| row.old) {
                let range = entry.name.end..sign;
                let text = " ".repeat(width - self.width(entry) + 1);
                if self.lines.str(range.clone()) != text {
                    splices.push(Splice { range, text });
                }
            }
        }
        splices
    }

    /// Whether the lines that were there had their `=` one behind the widest name that stood there.
    fn is_aligned(&self, chain: &[Row<'_>], gone: &[bool]) -> bool {
        let old = || chain.iter().filter_map(|row| row.old);
        let Some(column) = column(chain) else { return old().next().is_none() };
        let leaving = self.entries.iter().zip(gone).filter(|(_, gone)| **gone).map(|(entry, _)| entry);
        let mut names = leaving.chain(old().map(|(entry, _)| entry));
        let is_blank = |(entry, sign): (&Entry, usize)| self.lines.str(entry.name.end..sign).bytes().all(|b| b == b' ');
        names.any(|entry| self.width(entry) + 1 == column) && old().all(is_blank)
    }

    /// The width to which names in new lines are filled up.
    fn new_width(&self, rows: &[Row<'_>], gone: &[bool]) -> usize {
        let Some(chain) = chains(rows).find(|chain| chain.iter().any(|row| row.old.is_none())) else { return 0 };
        let own = chain.iter().filter(|row| row.old.is_none()).map(|row| row.width).max().unwrap_or(0);
        match column(chain) {
            _ if self.is_aligned(chain, gone) => widest(chain),
            Some(column) => own.max(column - 1),
            None => own,
        }
    }

    /// The whole lines of what goes, neighbors together, but for those that new lines replace.
    fn gone_lines(&self, gone: &[bool], anchor: Anchor) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for (n, entry) in self.entries.iter().enumerate() {
            if !gone[n] || anchor == Anchor::InPlaceOf(n) {
                continue;
            }
            let range = self.lines.start(entry.whole.start)..self.lines.next(entry.whole.end);
            match ranges.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => ranges.push(range),
            }
        }
        ranges
    }

    fn insertion(&self, lines: &str, anchor: Anchor) -> Splice {
        let ending = self.lines.ending();
        match anchor {
            Anchor::InPlaceOf(n) => {
                let whole = &self.entries[n].whole;
                let range = self.lines.start(whole.start)..self.lines.end(whole.end);
                Splice { range, text: lines.to_owned() }
            }
            Anchor::Behind(n) => {
                let at = self.lines.end(self.entries[n].whole.end);
                Splice { range: at..at, text: format!("{ending}{lines}") }
            }
            Anchor::Top => {
                let at = self.lines.end(self.open);
                let next = self.lines.next(at);
                let is_apart = self.lines.start(self.close) == next || self.lines.is_blank(next);
                let gap = if is_apart { "" } else { ending };
                Splice { range: at..at, text: format!("{ending}{lines}{gap}") }
            }
        }
    }

    /// A new block follows the last one, or else the attributes, as far apart as blocks are here.
    fn block_insertion(&self, text: &str, gone: &[bool]) -> Splice {
        let ending = self.lines.ending();
        let is_late = |entry: &Entry| entry.sign.is_none() && LAST.contains(&self.name(entry));
        let kept = || self.kept(gone).map(|(_, entry)| entry);
        let last = kept().filter(|entry| entry.sign.is_none() && !is_late(entry)).last();
        let late = kept().find(|entry| is_late(entry)).map_or(usize::MAX, |entry| entry.whole.start);
        let attribute = kept().filter(|entry| entry.sign.is_some() && entry.whole.start < late).last();
        let anchor = last.or(attribute);
        let at = self.lines.end(anchor.map_or(self.open, |entry| entry.whole.end));
        let is_apart = last.map_or(anchor.is_some(), |block| self.is_apart(block));
        let above = if is_apart { ending } else { "" };
        let next = self.lines.next(at);
        let is_end = self.lines.start(self.close) <= next || self.lines.is_blank(next);
        let below = if is_end || !is_apart { "" } else { ending };
        Splice { range: at..at, text: format!("{above}{ending}{text}{below}") }
    }

    /// Whether a blank line is above an entry and its comments. The first one says nothing.
    fn is_apart(&self, entry: &Entry) -> bool {
        let mut start = self.lines.start(entry.whole.start);
        while start > self.lines.next(self.open) {
            start = self.lines.start(start - 1);
            let line = self.lines.str(start..self.lines.end(start)).trim();
            if !(line.starts_with('#') || line.starts_with("//")) {
                return line.is_empty();
            }
        }
        true
    }
}

fn chains<'r, 'c>(rows: &'r [Row<'c>]) -> impl Iterator<Item = &'r [Row<'c>]> {
    rows.chunk_by(|_, next| next.is_joined)
}

/// How far behind the names the `=` stand, if all stand equally far.
fn column(chain: &[Row<'_>]) -> Option<usize> {
    let mut columns = chain.iter().filter_map(|row| row.old).map(|(entry, sign)| sign - entry.name.start);
    let first = columns.next()?;
    columns.all(|column| column == first).then_some(first)
}

fn widest(chain: &[Row<'_>]) -> usize {
    chain.iter().map(|row| row.width).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::syntax::hcl::parse;
    use crate::syntax::spliced;
    use crate::value::Data;

    fn done(text: &str, splices: &[Splice]) -> String {
        spliced(text, splices.iter().map(|splice| (splice.range.clone(), &*splice.text)))
    }

    fn value(name: &str, is_on: bool) -> Member {
        Member { name: name.into(), content: Content::Value(Data::Bool(is_on).into()) }
    }

    fn nested(name: &str, members: Vec<Member>) -> Member {
        Member { name: name.into(), content: Content::Block(members) }
    }

    /// The first block without the attributes and blocks of some names, and with others.
    fn changed(text: &str, removed: &[&str], added: &[Member]) -> Option<String> {
        let body = parse(text, FileId(0)).tree;
        let block = &body.blocks[0];
        let attributes = block.body.attributes.iter().map(|one| (&one.name.name, one.span));
        let all = attributes.chain(block.body.blocks.iter().map(|one| (&one.kind.name, one.span)));
        let removed: Vec<Span> =
            all.filter(|(name, _)| removed.contains(&name.as_str())).map(|(_, span)| span).collect();
        change_block(text, block, &removed, added).map(|splices| done(text, &splices))
    }

    #[test]
    fn attributes_are_aligned_with_their_neighbors() {
        let text =
            "a \"b\" {\n  count = 2\n\n  x   = 1 # one\n  abc = 2\n\n  tags = {\n    k = 1\n  }\n\n  c {\n  }\n}\n";
        let new = changed(text, &[], &[value("d", true)]).unwrap();
        assert_eq!(new, text.replace("abc = 2\n", "abc = 2\n  d   = true\n"));
        let wider = changed(text, &[], &[value("abcde", true)]).unwrap();
        let wanted = "x     = 1 # one\n  abc   = 2\n  abcde = true\n";
        assert_eq!(wider, text.replace("x   = 1 # one\n  abc = 2\n", wanted));
        let narrower = changed(text, &["abc"], &[]).unwrap();
        assert_eq!(narrower, text.replace("x   = 1 # one\n  abc = 2\n", "x = 1 # one\n"));
        let replaced = changed(text, &["abc"], &[value("abcd", false)]).unwrap();
        let wanted = "x    = 1 # one\n  abcd = false\n";
        assert_eq!(replaced, text.replace("x   = 1 # one\n  abc = 2\n", wanted));
    }

    #[test]
    fn what_is_aligned_otherwise_stays() {
        let text = "a {\n  x      = 1\n  abc    = 2\n\n  longer = 3\n}\n";
        let new = changed(text, &[], &[value("it", true)]).unwrap();
        assert_eq!(new, text.replace("longer = 3\n", "longer = 3\n  it     = true\n"));
        let gone = changed(text, &["longer"], &[]).unwrap();
        assert_eq!(gone, text.replace("\n  longer = 3\n", ""));
    }

    #[test]
    fn blocks_follow_blocks_and_stand_apart() {
        let inner = nested("new", vec![value("a", true), value("bcd", false), nested("deep", vec![])]);
        let lines = "  new {\n    a   = true\n    bcd = false\n\n    deep {}\n  }\n";
        let text = "a {\n  x = 1\n\n  c {\n  }\n\n  lifecycle {\n  }\n}\n";
        let new = changed(text, &[], std::slice::from_ref(&inner)).unwrap();
        assert_eq!(new, format!("a {{\n  x = 1\n\n  c {{\n  }}\n\n{lines}\n  lifecycle {{\n  }}\n}}\n"));
        let text = "a {\n  x = 1\n}\n";
        let both = changed(text, &[], &[value("y", true), inner.clone()]).unwrap();
        assert_eq!(both, format!("a {{\n  x = 1\n  y = true\n\n{lines}}}\n"));
        let dense = "a {\n  c {\n  }\n  d {\n  }\n}\n";
        let new = changed(dense, &[], std::slice::from_ref(&inner)).unwrap();
        assert_eq!(new, format!("a {{\n  c {{\n  }}\n  d {{\n  }}\n{lines}}}\n"));
        let top = changed("a {\n  c {\n  }\n}\n", &[], &[value("x", true)]).unwrap();
        assert_eq!(top, "a {\n  x = true\n\n  c {\n  }\n}\n");
    }

    #[test]
    fn one_line_opens_where_it_gets_too_much() {
        let cases = [
            ("a {}\n", "a { x = true }\n"),
            ("  a { y = 1 }\n", "  a {\n    y = 1\n    x = true\n  }\n"),
            ("a {\r\n}\r\n", "a {\r\n  x = true\r\n}\r\n"),
        ];
        for (text, wanted) in cases {
            assert_eq!(changed(text, &[], &[value("x", true)]).unwrap(), wanted);
        }
        assert_eq!(changed("a { y = 1 }\n", &["y"], &[]).unwrap(), "a {}\n");
    }

    #[test]
    fn no_two_blank_lines_meet() {
        let text = "a {\n  x = 1\n\n  b {\n  }\n\n  c {\n  }\n}\n";
        assert_eq!(changed(text, &["b"], &[]).unwrap(), "a {\n  x = 1\n\n  c {\n  }\n}\n");
        assert_eq!(changed(text, &["c"], &[]).unwrap(), "a {\n  x = 1\n\n  b {\n  }\n}\n");
        assert_eq!(changed(text, &["x"], &[]).unwrap(), "a {\n  b {\n  }\n\n  c {\n  }\n}\n");
    }

    #[test]
    fn objects_and_lists_keep_their_style() {
        let first = |text: &str| parse(text, FileId(0)).tree.attributes[0].value.clone();
        let cases = [
            ("x = {}\n", "x = { k = true }\n"),
            ("x = { a = 1 }\n", "x = { a = 1, k = true }\n"),
            ("x = {\n  \"abc\" : 1,\n}\n", "x = {\n  \"abc\" : 1,\n  \"k\": true,\n}\n"),
            ("x = {\n  abc = 1\n}\n", "x = {\n  abc = 1\n  k   = true\n}\n"),
        ];
        for (text, wanted) in cases {
            let splices = change_object(text, &first(text), &[], &[value("k", true)]).unwrap();
            assert_eq!(done(text, &splices), wanted);
        }
        let cases = [
            ("x = [1, 2]\n", "x = [1]\n"),
            ("x = [2]\n", "x = []\n"),
            ("x = [\n  1, # one\n  2, # two\n]\n", "x = [\n  1, # one\n]\n"),
        ];
        for (text, wanted) in cases {
            let list = first(text);
            let ExprKind::Tuple(items) = &list.kind else { panic!("a list") };
            let splices = change_list(text, &list, &[items.last().unwrap().span]).unwrap();
            assert_eq!(done(text, &splices), wanted);
        }
    }

    #[test]
    fn text_is_escaped() {
        let text = "x = 1";
        let to = Value::string("a \"${b}\" \\ %{c} $d");
        let splice = set(text, Span::new(FileId(0), 4, 5), &to);
        assert_eq!(done(text, &[splice]), r#"x = "a \"$${b}\" \\ %%{c} $d""#);
    }
}
