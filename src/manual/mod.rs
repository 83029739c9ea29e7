//! The manual: what rules say about themselves, as pages and lists.
//!
//! Takes rules; gives a page of each for the terminal or in Markdown, an index, a table and a
//! list for scripts. What fires is told in words made from the rule's condition. It does not know
//! how rules are run. Start reading at `page`.

mod index;
mod list;
mod markdown;
mod page;
mod terminal;
mod words;

pub use index::index;
pub use list::{List, list};
pub use markdown::markdown;
pub(crate) use terminal::{frameworks, show, table};

use page::{Part, page};
