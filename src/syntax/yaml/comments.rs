use std::ops::Range;

use tree_sitter::Node;

use super::{outline, split};

/// Byte ranges of the comments of a file, `#` included, in the order of the text.
///
/// This parses the whole text for spans, which is slow: call it for files that hold a
/// suppression, not for all. Of a broken document only lines that are nothing but a comment count.
pub fn comments(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for segment in split::segments(text) {
        between_documents(text, at..segment.start, &mut found);
        let slice = text.get(segment.clone()).unwrap_or("");
        match outline::parse(slice) {
            Some(tree) => in_tree(tree.root_node(), slice, segment.start, &mut found),
            None => between_documents(text, segment.clone(), &mut found),
        }
        at = segment.end;
    }
    between_documents(text, at..text.len(), &mut found);
    found
}

/// Lines that are nothing but a comment.
fn between_documents(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let mut at = range.start;
    for line in text.get(range).unwrap_or("").split_inclusive('\n') {
        let rest = line.trim_start().strip_prefix("---").unwrap_or(line).trim_start();
        if rest.starts_with('#') {
            let start = at + line.len() - rest.len();
            found.push(start..start + rest.trim_end().len());
        }
        at += line.len();
    }
}

fn in_tree(root: Node<'_>, slice: &str, base: usize, found: &mut Vec<Range<usize>>) {
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.kind() == "comment" {
            let text = slice.get(node.byte_range()).unwrap_or("").trim_end();
            let start = base + node.start_byte();
            found.push(start..start + text.len());
        }
        if cursor.goto_first_child() || cursor.goto_next_sibling() {
            continue;
        }
        while cursor.goto_parent() {
            if cursor.goto_next_sibling() {
                break;
            }
        }
        if cursor.node().id() == root.id() {
            return;
        }
    }
}
