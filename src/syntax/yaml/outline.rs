use std::ops::{ControlFlow, Range};

use ecow::EcoString;
use rustc_hash::FxHashMap;
use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use super::visit::{Flavor, Reader, key_text};
use super::{MAX_DEPTH, nesting, outline_json};

/// Where the parts of one document stand: its shape with byte ranges, without the values.
#[derive(Debug, Default)]
pub(super) struct Outline {
    parts: Vec<Part>,
    root: Option<PartId>,
}

/// Index of a part in its outline.
pub(super) type PartId = u32;

#[derive(Debug)]
pub(super) struct Part {
    /// Without anchor and tag.
    pub(super) range: Range<usize>,
    pub(super) shape: Shape,
}

#[derive(Debug)]
pub(super) enum Shape {
    Scalar,
    Mapping(Vec<Entry>),
    Sequence(Vec<PartId>),
    /// `*name`, with the part that the name stands for.
    Alias(Option<PartId>),
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: EcoString,
    pub(super) key_range: Range<usize>,
    /// `None` where nothing is written after the colon.
    pub(super) value: Option<PartId>,
}

impl Outline {
    /// The outline of the document at `segment` of `text`, empty where the parser gives up.
    pub(super) fn new(text: &str, segment: Range<usize>) -> Self {
        if let Some(outline) = outline_json::outline(text, segment.clone()) {
            return outline;
        }
        let slice = text.get(segment.clone()).unwrap_or("");
        let Some(tree) = parse(slice) else { return Self::default() };
        let mut builder = OutlineBuilder { slice, base: segment.start, ..OutlineBuilder::default() };
        let root = root_of(&tree).and_then(|node| builder.part(node, 0));
        Self { parts: builder.parts, root }
    }

    pub(super) fn of_parts(parts: Vec<Part>, root: PartId) -> Self {
        Self { parts, root: Some(root) }
    }

    #[cfg(test)]
    pub(super) fn get(&self, id: PartId) -> Option<&Part> {
        self.parts.get(id as usize)
    }

    pub(super) fn root(&self) -> Option<PartId> {
        self.root
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter()
    }

    pub(super) fn part(&self, id: PartId) -> &Part {
        &self.parts[id as usize]
    }
}

/// Parses a document that reads as YAML or JSON, with a bound on the work.
///
/// The grammar's scanner ends the whole process where blocks are nested some hundreds deep, so
/// it must see only what [`MAX_DEPTH`] was checked for.
pub(super) fn parse(slice: &str) -> Option<Tree> {
    if !is_readable(slice) {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_yaml::LANGUAGE.into()).ok()?;
    let mut ticks = slice.len() / TICK_BYTES + 1_000;
    let mut progress = |_: &ParseState| {
        ticks = ticks.saturating_sub(1);
        if ticks == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let bytes = slice.as_bytes();
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or(&[]), None, Some(options))
}

fn is_readable(slice: &str) -> bool {
    let is_yaml = || nesting::too_deep(slice).is_none() && Reader::new(slice, Flavor::Yaml).yaml(slice).is_ok();
    is_yaml() || Reader::new(slice, Flavor::Json).json(slice).is_ok()
}

/// Healthy text takes about one tick (a hundred parser steps) for a hundred bytes.
const TICK_BYTES: usize = 4;

fn root_of(tree: &Tree) -> Option<Node<'_>> {
    let stream = tree.root_node();
    let document = children(stream).into_iter().find(|child| child.kind() == "document").unwrap_or(stream);
    children(document).into_iter().find(|child| matches!(child.kind(), "block_node" | "flow_node"))
}

fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.named_children(&mut node.walk()).collect()
}

#[derive(Default)]
struct OutlineBuilder<'t> {
    slice: &'t str,
    base: usize,
    parts: Vec<Part>,
    anchors: FxHashMap<&'t str, PartId>,
}

impl<'t> OutlineBuilder<'t> {
    fn add(&mut self, node: Node<'_>, shape: Shape) -> PartId {
        self.parts.push(Part { range: self.range(node), shape });
        u32::try_from(self.parts.len() - 1).expect("a document has fewer than 2^32 parts")
    }

    fn range(&self, node: Node<'_>) -> Range<usize> {
        let range = node.byte_range();
        let text = self.slice.get(range.clone()).unwrap_or("");
        let end = range.start + text.trim_end().len();
        self.base + range.start..self.base + end
    }

    fn text(&self, node: Node<'_>) -> &'t str {
        self.slice.get(node.byte_range()).unwrap_or("")
    }

    /// A `block_node` or `flow_node`: anchor, tag and content.
    fn part(&mut self, node: Node<'_>, depth: usize) -> Option<PartId> {
        if depth > 2 * MAX_DEPTH {
            return None;
        }
        if node.kind() == "flow_pair" {
            let entry = self.entry(node, depth)?;
            return Some(self.add(node, Shape::Mapping(vec![entry])));
        }
        let (mut anchor, mut content) = (None, None);
        for child in children(node) {
            match child.kind() {
                "anchor" => anchor = self.text(child).strip_prefix('&'),
                "tag" | "comment" => {}
                _ => content = Some(child),
            }
        }
        let id = match content {
            Some(content) => self.content(content, depth),
            None => self.add(node, Shape::Scalar),
        };
        if let Some(name) = anchor {
            self.anchors.insert(name, id);
        }
        Some(id)
    }

    fn content(&mut self, node: Node<'_>, depth: usize) -> PartId {
        let shape = match node.kind() {
            "block_mapping" | "flow_mapping" => {
                Shape::Mapping(children(node).into_iter().filter_map(|child| self.entry(child, depth)).collect())
            }
            "block_sequence" | "flow_sequence" => {
                let items = children(node).into_iter().filter(|child| child.kind() != "comment");
                Shape::Sequence(items.map(|item| self.item(item, depth)).collect())
            }
            "alias" => {
                let name = self.text(node).strip_prefix('*').unwrap_or("");
                Shape::Alias(self.anchors.get(name).copied())
            }
            _ => Shape::Scalar,
        };
        self.add(node, shape)
    }

    fn item(&mut self, node: Node<'_>, depth: usize) -> PartId {
        let inner = match node.kind() {
            "block_sequence_item" => {
                children(node).into_iter().find(|child| matches!(child.kind(), "block_node" | "flow_node"))
            }
            _ => Some(node),
        };
        let part = inner.and_then(|inner| self.part(inner, depth + 1));
        part.unwrap_or_else(|| self.add(node, Shape::Scalar))
    }

    /// A `block_mapping_pair` or `flow_pair`; in a flow mapping also a key alone.
    fn entry(&mut self, node: Node<'_>, depth: usize) -> Option<Entry> {
        let key = match node.kind() {
            "block_mapping_pair" | "flow_pair" => node.child_by_field_name("key")?,
            "flow_node" => node,
            _ => return None,
        };
        let value = node.child_by_field_name("value").and_then(|value| self.part(value, depth + 1));
        Some(Entry { key: key_of(self.text(key))?, key_range: self.range(key), value })
    }
}

fn key_of(raw: &str) -> Option<EcoString> {
    let is_simple = raw.starts_with(|c: char| c.is_ascii_alphabetic())
        && !raw.starts_with(['t', 'T', 'f', 'F', 'n', 'N'])
        && !raw.contains('\n');
    if is_simple { Some(raw.into()) } else { key_text(raw) }
}
