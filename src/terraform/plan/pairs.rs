use crate::value::Value;

/// Lists with more combinations of elements than this are paired by position.
const MAX_COMBINATIONS: usize = 20_000;

/// For each of `items` the index of the element of `others` that is most like it, each used once.
///
/// Plans sort the blocks of a set, sources have them in the order of the text. Equal members
/// count; of equals the one at the same position wins. An unknown element of `others`, which
/// stands for any number of blocks, serves all that are left over.
pub(super) fn of(items: &[Value], others: &[Value]) -> Vec<Option<usize>> {
    if items.len().saturating_mul(others.len()) > MAX_COMBINATIONS {
        return (0..items.len()).map(|index| (index < others.len()).then_some(index)).collect();
    }
    let mut candidates: Vec<(usize, usize, usize, usize)> = Vec::new();
    for (i, item) in items.iter().enumerate() {
        for (k, other) in others.iter().enumerate().filter(|(_, other)| other.as_unknown().is_none()) {
            candidates.push((likeness(item, other), i.abs_diff(k), i, k));
        }
    }
    candidates.sort_by_key(|&(likeness, distance, i, k)| (std::cmp::Reverse(likeness), distance, i, k));
    let mut pairs = vec![None; items.len()];
    let mut is_used = vec![false; others.len()];
    let may_differ = items.len() == others.len() || items.iter().all(|item| item.as_object().is_some());
    for (likeness, _, i, k) in candidates {
        if pairs[i].is_none() && !is_used[k] && (likeness > 0 || may_differ) {
            (pairs[i], is_used[k]) = (Some(k), true);
        }
    }
    let any = others.iter().position(|other| other.as_unknown().is_some());
    pairs.into_iter().map(|pair| pair.or(any)).collect()
}

/// How many members two objects share; whether two other values are equal.
fn likeness(item: &Value, other: &Value) -> usize {
    match (item.as_object(), other.as_object()) {
        (Some(members), Some(others)) => {
            others.iter().filter(|(name, other)| members.get(name).is_some_and(|member| member == *other)).count()
        }
        _ => usize::from(item == other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Data, Reason};

    fn rule(port: i64) -> Value {
        Data::Object([("port".into(), Data::Number(port.into()).into())].into_iter().collect()).into()
    }

    #[test]
    fn blocks_are_known_again_in_any_order() {
        assert_eq!(of(&[rule(1), rule(2)], &[rule(2), rule(1)]), [Some(1), Some(0)]);
        assert_eq!(of(&[rule(1), rule(3)], &[rule(2), rule(1)]), [Some(1), Some(0)]);
        assert_eq!(of(&[rule(1)], &[]), [None]);
    }

    #[test]
    fn a_dynamic_block_serves_what_is_left_over() {
        let dynamic = Value::unknown(Reason::Cardinality, None);
        assert_eq!(of(&[rule(1), rule(2), rule(3)], &[rule(2), dynamic]), [Some(1), Some(0), Some(1)]);
    }
}
