use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::description::{Description, Line, MAX_LINES, Role};
use super::polarity::plain;
use super::words::split;

/// The version of all that this file and `description.rs` decide. A model that was trained on
/// another one is refused.
pub const FEATURES: u32 = 2;

/// Rows of the embedding table; row 0 stands for nothing.
const BUCKETS: i64 = 8192;

/// Subwords of a word: two for the whole, the others for runs of three letters.
pub const SUBWORDS: usize = 12;

/// Words of a line: of its path the last ones, of its value the first ones, and its role.
const PATH_WORDS: usize = 8;
/// Words of a line's value.
const VALUE_WORDS: usize = 4;
/// All words of a line.
pub const LINE_WORDS: usize = PATH_WORDS + VALUE_WORDS + 1;

/// Crosses of a line: words of its path, and all of them together, each with the whole value.
pub const CROSSES: usize = 8;

/// Rows of the table of crosses; row 0 stands for nothing.
const CROSS_BUCKETS: i64 = 16_384;

/// Descriptions in numbers. Words and lines that occur again are held once, so that what the model
/// computes of them is computed once.
///
/// Row 0 of `words` and of `lines` stands for nothing.
#[derive(Debug)]
pub struct Tensors {
    /// `[words, SUBWORDS]`: rows of the embedding table.
    pub words: Vec<[i64; SUBWORDS]>,
    /// `[lines, LINE_WORDS]`: rows of `words`.
    pub lines: Vec<[i64; LINE_WORDS]>,
    /// `[lines, CROSSES]`: rows of the table of crosses.
    pub crosses: Vec<[i64; CROSSES]>,
    /// For each resource its lines, as rows of `lines`.
    pub resources: Vec<Vec<i64>>,
    word_rows: FxHashMap<EcoString, i64>,
    text_rows: FxHashMap<(Role, EcoString, EcoString), i64>,
}

impl Default for Tensors {
    fn default() -> Self {
        Self {
            words: vec![[0; SUBWORDS]],
            lines: vec![[0; LINE_WORDS]],
            crosses: vec![[0; CROSSES]],
            resources: Vec::new(),
            word_rows: FxHashMap::default(),
            text_rows: FxHashMap::default(),
        }
    }
}

impl Tensors {
    /// Adds a resource.
    pub fn add(&mut self, description: &Description) {
        let rows = description.lines.iter().take(MAX_LINES).map(|line| self.line(line));
        let rows = rows.collect();
        self.resources.push(rows);
    }

    /// Some resources, each told by its rows of `lines`, alone: the rows of theirs are counted anew, and those of
    /// a resource are padded to the length of the longest.
    pub(super) fn part(&self, resources: &[&[i64]]) -> Part {
        let length = resources.iter().map(|lines| lines.len()).max().unwrap_or(0).max(1);
        let mut part = Part {
            words: vec![[0; SUBWORDS]],
            lines: vec![[0; LINE_WORDS]],
            crosses: vec![[0; CROSSES]],
            rows: vec![0; resources.len() * length],
            n_lines: resources.iter().map(|lines| lines.len()).collect(),
        };
        let (mut words, mut lines) = (Renumbered::of(&self.words), Renumbered::of(&self.lines));
        for (slots, own) in part.rows.chunks_mut(length).zip(resources) {
            for (slot, line) in slots.iter_mut().zip(*own) {
                *slot = lines.number(*line);
            }
        }
        for line in &lines.told {
            part.crosses.push(at(&self.crosses, *line));
            part.lines.push(at(&self.lines, *line).map(|word| words.number(word)));
        }
        part.words.extend(words.told.iter().map(|word| at(&self.words, *word)));
        part
    }

    /// The words that occur, in no order.
    pub fn vocabulary(&self) -> impl Iterator<Item = &EcoString> {
        self.word_rows.keys()
    }

    fn line(&mut self, line: &Line) -> i64 {
        let text = (line.role.clone(), line.path.clone(), line.value.clone());
        if let Some(row) = self.text_rows.get(&text) {
            return *row;
        }
        let mut row = [0; LINE_WORDS];
        let path = path_words(line);
        let start = PATH_WORDS - path.len();
        for (slot, word) in row[start..].iter_mut().zip(path) {
            *slot = self.word(&word);
        }
        for (slot, word) in row[PATH_WORDS..].iter_mut().zip(value_words(line)) {
            *slot = self.word(&word);
        }
        row[LINE_WORDS - 1] = self.word(&eco_format!("@{}", line.role.name()));
        let found = i64::try_from(self.lines.len()).unwrap_or(i64::MAX);
        self.lines.push(row);
        self.crosses.push(crosses(line));
        self.text_rows.insert(text, found);
        found
    }

    fn word(&mut self, word: &EcoString) -> i64 {
        if let Some(row) = self.word_rows.get(word) {
            return *row;
        }
        let row = i64::try_from(self.words.len()).unwrap_or(i64::MAX);
        self.words.push(subwords(word));
        self.word_rows.insert(word.clone(), row);
        row
    }
}

/// The tensors of one batch.
#[derive(Debug)]
pub(super) struct Part {
    /// `[words, SUBWORDS]`, as [`Tensors::words`].
    pub(super) words: Vec<[i64; SUBWORDS]>,
    /// `[lines, LINE_WORDS]`, as [`Tensors::lines`].
    pub(super) lines: Vec<[i64; LINE_WORDS]>,
    /// `[lines, CROSSES]`, as [`Tensors::crosses`].
    pub(super) crosses: Vec<[i64; CROSSES]>,
    /// `[resources, length]`: rows of `lines`.
    pub(super) rows: Vec<i64>,
    /// How many lines each resource has.
    pub(super) n_lines: Vec<usize>,
}

/// Rows that are numbered from 1 on in the order in which they are asked for; row 0 stays.
struct Renumbered {
    numbers: Vec<i64>,
    /// The old number of each new one, from 1 on.
    told: Vec<i64>,
}

impl Renumbered {
    fn of<T>(rows: &[T]) -> Self {
        Self { numbers: vec![0; rows.len()], told: Vec::new() }
    }

    fn number(&mut self, row: i64) -> i64 {
        let Some(number) = usize::try_from(row).ok().filter(|row| *row > 0).and_then(|row| self.numbers.get_mut(row))
        else {
            return 0;
        };
        if *number == 0 {
            self.told.push(row);
            *number = i64::try_from(self.told.len()).unwrap_or(0);
        }
        *number
    }
}

fn at<const N: usize>(rows: &[[i64; N]], row: i64) -> [i64; N] {
    usize::try_from(row).ok().and_then(|row| rows.get(row)).copied().unwrap_or([0; N])
}

/// The rows of the table of crosses for a line: what a linear model would look at.
fn crosses(line: &Line) -> [i64; CROSSES] {
    let (path, value) = plain(&line.path, &line.value);
    let last = path.rmatch_indices('.').nth(1).map_or(0, |(at, _)| at + 1);
    let words: Vec<EcoString> = split(path.get(last..).unwrap_or_default()).collect();
    let role = line.role.name();
    let whole = std::iter::once(eco_format!("{role}:{}={value}", words.join("_")));
    let single = words.iter().take(CROSSES - 1).map(|word| eco_format!("{role}:{word}={value}"));
    let mut rows = [0; CROSSES];
    for (slot, cross) in rows.iter_mut().zip(whole.chain(single)) {
        *slot = bucket(cross.as_bytes(), 4, CROSS_BUCKETS);
    }
    rows
}

/// The last words of a line's path.
fn path_words(line: &Line) -> Vec<EcoString> {
    let mut words: Vec<EcoString> = split(&plain(&line.path, &line.value).0).collect();
    words.drain(..words.len().saturating_sub(PATH_WORDS));
    words
}

/// The first words of a line's value, marked: there they mean something else than in a path.
fn value_words(line: &Line) -> impl Iterator<Item = EcoString> + '_ {
    plain(&line.path, &line.value).1.split(' ').take(VALUE_WORDS).map(|word| eco_format!("={word}"))
}

/// The words of a line's path and value, as the model sees them.
pub(super) fn line_words(line: &Line) -> Vec<EcoString> {
    path_words(line).into_iter().chain(value_words(line)).collect()
}

/// The rows of the embedding table that make up a word.
fn subwords(word: &str) -> [i64; SUBWORDS] {
    let mut rows = [0; SUBWORDS];
    rows[0] = bucket(word.as_bytes(), 0, BUCKETS);
    rows[1] = bucket(word.as_bytes(), 1, BUCKETS);
    // A word of a value or a role is one thing; letters in common mean nothing there.
    if word.starts_with(['=', '@']) {
        return rows;
    }
    let padded = format!("<{word}>");
    for (slot, letters) in rows[2..].iter_mut().zip(padded.as_bytes().windows(3)) {
        *slot = bucket(letters, 2, BUCKETS);
    }
    rows
}

/// A row from 1 on, by the FNV-1a hash, which is the same on every machine.
fn bucket(bytes: &[u8], seed: u64, buckets: i64) -> i64 {
    i64::try_from(hash(bytes, seed) % (buckets.unsigned_abs() - 1)).unwrap_or(0) + 1
}

/// FNV-1a over a seed and the bytes, its halves mixed.
pub(super) fn hash(bytes: &[u8], seed: u64) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    hash ^ (hash >> 32)
}
