use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::{FileId, Span};

/// What a file's name promises; the content may still disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// `.tf`, `.tofu`
    Terraform,
    /// `.tf.json`, `.tofu.json`
    TerraformJson,
    /// `.tfvars`
    Tfvars,
    /// `.tfvars.json`
    TfvarsJson,
    /// `.yaml`, `.yml`
    Yaml,
    /// Any other `.json`
    Json,
    /// `stanchion.toml`, which no walk gives
    Config,
}

impl FileKind {
    /// The kind that `path`'s name promises, `None` for names that are not ours.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let ends = |suffix: &str| name.ends_with(suffix);
        if ends(".tf") || ends(".tofu") {
            Some(Self::Terraform)
        } else if ends(".tf.json") || ends(".tofu.json") {
            Some(Self::TerraformJson)
        } else if ends(".tfvars") {
            Some(Self::Tfvars)
        } else if ends(".tfvars.json") {
            Some(Self::TfvarsJson)
        } else if ends(".yaml") || ends(".yml") || name == "kustomization" {
            Some(Self::Yaml)
        } else if ends(".json") {
            Some(Self::Json)
        } else {
            None
        }
    }
}

/// A file that was read: UTF-8 text without a byte order mark.
#[derive(Debug)]
pub struct SourceFile {
    /// Its index in the map.
    pub id: FileId,
    /// The path as the user would write it: the root as given, joined with the way below it.
    pub path: PathBuf,
    /// What its name promises.
    pub kind: FileKind,
    /// The text; a leading byte order mark is gone, line ends are as they are.
    pub text: Arc<str>,
    lines: OnceLock<LineIndex>,
}

impl SourceFile {
    /// Line starts, computed once, on first use.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        self.lines().position(&self.text, offset)
    }
}

/// One-based line and column; the column counts Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// One-based line.
    pub line: u32,
    /// One-based column.
    pub column: u32,
}

/// Byte offsets at which lines start.
#[derive(Debug)]
pub struct LineIndex(Vec<u32>);

impl LineIndex {
    /// Indexes `text`, whose length fits `u32`.
    pub fn new(text: &str) -> Self {
        let starts = text.bytes().enumerate().filter(|&(_, b)| b == b'\n');
        let after = |(i, _): (usize, u8)| u32::try_from(i + 1).unwrap_or(u32::MAX);
        Self(std::iter::once(0).chain(starts.map(after)).collect())
    }

    /// The zero-based line that holds `offset`.
    pub fn line(&self, offset: u32) -> usize {
        self.0.partition_point(|&start| start <= offset).saturating_sub(1)
    }

    /// The byte offset at which the zero-based `line` starts, or the text's end.
    pub fn start(&self, line: usize, text: &str) -> u32 {
        self.0.get(line).copied().unwrap_or_else(|| u32::try_from(text.len()).unwrap_or(u32::MAX))
    }

    /// Number of lines; a text without a line end has one.
    pub fn n_lines(&self) -> usize {
        self.0.len()
    }

    /// Line and column of a byte offset in `text`, the text that was indexed.
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let line = self.line(offset);
        let before = text.get(self.0[line] as usize..offset as usize).unwrap_or("");
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: number(line + 1), column: number(before.chars().count() + 1) }
    }
}

/// All files of a run, by id, in the order of their paths.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Adds a file and gives its id.
    ///
    /// # Panics
    /// With 2^32 files, more than any walk gives.
    pub fn add(&mut self, path: PathBuf, kind: FileKind, text: Arc<str>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).expect("fewer than 2^32 files"));
        self.files.push(SourceFile { id, path, kind, text, lines: OnceLock::new() });
        id
    }

    /// The file behind an id of this map.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// All files.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The text that a span covers, empty where the span is not of this map.
    pub fn text(&self, span: Span) -> &str {
        let file = self.files.get(span.file.0 as usize);
        file.and_then(|f| f.text.get(span.range())).unwrap_or("")
    }
}
