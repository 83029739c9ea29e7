//! Where text comes from and where in it something stands.
//!
//! Takes roots (paths on a file system), gives files with stable ids, their text, and spans.
//! It does not know any language: a file is classified by its name alone, and what the name
//! promises is for `syntax` to find out. Start reading at [`SourceMap`].

mod file;
mod filesystem;
mod git;
mod glob;
mod ignored;
mod normalize;
mod overlay;
mod problem;
mod retexted;
mod skipped;
mod snapshot;
mod span;
mod uri;
mod walk;

pub use file::{FileKind, LineIndex, Position, SourceFile, SourceMap};
pub use filesystem::{Disk, FileSystem, Memory, ReadError};
pub use git::{GitError, Repository};
pub use glob::{PathGlob, PlacedGlob};
pub use normalize::normalize;
pub use overlay::Overlay;
pub use problem::Problem;
pub use retexted::Retexted;
pub use skipped::{SkipReason, Skipped};
pub use snapshot::Snapshot;
pub use span::{FileId, Span};
pub use uri::{file_uri, path_of_uri, relative_uri};
pub use walk::{MAX_FILE_BYTES, Walked, is_walked, modules, walk};
