//! The classifier's eyes: resources as lines, lines as numbers, numbers as suspicions.
//!
//! Takes the graph; gives for each resource how likely a defect of each category is, and which
//! lines say so. Names, comments, paths and secrets never enter. It does not know rules, nor how
//! a suspicion is shown. Start reading at [`Describer::describe`], then [`Tensors`].

mod about;
mod classifier;
mod description;
mod judge;
mod literals;
mod polarity;
mod precedent;
mod schema;
mod shape;
mod tensor;
mod text;
mod words;

pub use about::{About, ModelError};
pub use classifier::{Classifier, Engine, Score};
pub use description::{Describer, Description, Line, MAX_LINES, Role};
pub use judge::{Abstention, Judge, Judgement, Support, word_hash};
pub use precedent::{Lookout, Precedent};
pub use schema::is_known_type;
pub use tensor::{CROSSES, FEATURES, LINE_WORDS, SUBWORDS, Tensors};
pub use text::Described;
