use crate::rules::schema::Literal;
use crate::syntax::{Content, Member};
use crate::value::Value;

/// A literal of a rule as a value.
pub(super) fn value(literal: &Literal) -> Value {
    Value::from(serde_json::to_value(literal).unwrap_or_default())
}

/// A literal of a rule as what stands under a name; a map is a block.
pub(super) fn content(literal: &Literal) -> Content {
    match literal {
        Literal::Map(members) => Content::Block(body(members)),
        other => Content::Value(value(other)),
    }
}

/// The members of a block.
pub(super) fn body(members: &std::collections::BTreeMap<String, Literal>) -> Vec<Member> {
    members.iter().map(|(name, literal)| Member { name: name.into(), content: content(literal) }).collect()
}
