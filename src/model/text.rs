//! Descriptions as JSON, one a line: what `training/` reads, changes and gives back.

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use super::description::{Description, Line, Role};

/// A description that left the program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Described {
    /// The resource's address, empty if it has none.
    #[serde(default)]
    pub address: String,
    /// The file that declares it.
    #[serde(default)]
    pub file: String,
    /// First and last line of its block, from 1 on.
    #[serde(default)]
    pub span: (u32, u32),
    /// The type.
    #[serde(rename = "type")]
    pub type_name: EcoString,
    /// What it is told: role, path, value, and the line in the file (0 if there is none).
    pub lines: Vec<(EcoString, EcoString, EcoString, u32)>,
    /// How many lines did not fit.
    #[serde(default)]
    pub dropped: usize,
}

impl Described {
    /// Back to a description, in canonical order.
    pub fn description(&self) -> Description {
        let line = |(role, path, value, _): &(EcoString, EcoString, EcoString, u32)| Line {
            role: Role::named(role),
            path: path.clone(),
            value: value.clone(),
            at: None,
        };
        let mut lines: Vec<Line> = self.lines.iter().map(line).collect();
        lines.sort();
        lines.dedup();
        Description { type_name: self.type_name.clone(), lines, n_dropped: self.dropped }
    }
}
