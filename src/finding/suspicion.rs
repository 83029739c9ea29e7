use super::{Category, Label};

/// What the learned classifier suspects of one resource where no rule decides. It advises: a
/// suspicion is no finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspicion {
    /// What kind of defect.
    pub category: Category,
    /// The calibrated probability of one, 0 to 1.
    pub probability: f32,
    /// The instance address of the resource it is about.
    pub address: String,
    /// The resource's type, or where a module comes from.
    pub type_name: String,
    /// The line that says most, or the resource's first line.
    pub primary: Label,
    /// The lines that decide, the one that says most first, each with its share in what speaks for
    /// a defect, 0 to 1.
    pub lines: Vec<(Label, f32)>,
    /// What known defects of this kind look alike, in words.
    pub like: String,
    /// Why no rule decided.
    pub because: String,
}

impl Suspicion {
    /// The order of suspicions: the likeliest first, then by place.
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        let place = |it: &Self| (it.primary.span.file, it.primary.span.start, it.category);
        other.probability.total_cmp(&self.probability).then_with(|| place(self).cmp(&place(other)))
    }
}
