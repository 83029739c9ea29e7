//! What an attribute is worth, and how sure that is.
//!
//! Plain data: [`Value`] with its [`Origin`], [`Unknown`] with its reason, three-valued
//! [`Truth`], attribute [`Path`]. It does not know files beyond spans, nor any provider.
//! Start reading at [`Value`].

mod json;
mod number;
mod origin;
mod path;
mod secret;
mod truth;
mod unknown;
mod values;
mod version;

pub use json::{read_json, read_json_template};
pub use number::Number;
pub use origin::{Hop, HopKind, Origin, Place, Pointer};
pub use path::{Path, Step};
pub use secret::{is_credential, is_placeholder, names_secret, secrets_in, without_secrets};
pub use truth::Truth;
pub use unknown::{Partial, PartialSegment, Reason, Unknown};
pub use values::{Data, Map, Value};
pub use version::{Ceiling, Version};
