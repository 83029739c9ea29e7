use std::sync::LazyLock;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::shape::MAX_LITERAL;
use super::words::split;

/// Texts that are settings rather than names, one a line; `training/` says how they are chosen.
const LITERALS: &str = include_str!("../../model/literals.txt");

/// The words of a text in the closed list, at most [`MAX_LITERAL`].
pub(super) fn closed(text: &str) -> Option<&'static EcoString> {
    static CLOSED: LazyLock<FxHashMap<&str, EcoString>> = LazyLock::new(|| {
        let words = |text| split(text).take(MAX_LITERAL).collect::<Vec<_>>().join(" ").into();
        LITERALS.lines().map(|text| (text, words(text))).collect()
    });
    CLOSED.get(text)
}
