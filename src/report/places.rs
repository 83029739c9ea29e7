use super::locator::{At, Locator};
use super::{Base, Report};
use crate::source::Span;

/// Turns spans into files and lines as code hosts read them.
pub(super) struct Places<'a> {
    locator: Locator<'a>,
    report: Report<'a>,
    base: &'a Base,
}

/// Where a span lies.
pub(super) struct Place {
    /// Relative to the repository's root where it lies below that.
    pub file: String,
    pub start: At,
    pub end: At,
}

impl<'a> Places<'a> {
    pub(super) fn new(report: Report<'a>, base: &'a Base) -> Self {
        Self { locator: Locator::new(report.sources), report, base }
    }

    pub(super) fn of(&mut self, span: Span) -> Place {
        let (start, end) = self.locator.range(span);
        let file = self.report.sources.files().get(span.file.0 as usize);
        Place { file: file.map_or_else(String::new, |file| self.base.name(&file.path)), start, end }
    }

    /// `file:line`.
    pub(super) fn line(&mut self, span: Span) -> String {
        let place = self.of(span);
        format!("{}:{}", place.file, place.start.line)
    }
}
