use super::{Data, Number, Value};

impl From<serde_json::Value> for Value {
    /// The value that JSON says, without places. Whole numbers beyond 64 bits become doubles.
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Data::Null,
            serde_json::Value::Bool(value) => Data::Bool(value),
            serde_json::Value::Number(number) => Data::Number(
                number.as_i64().map_or_else(|| Number::from_f64(number.as_f64().unwrap_or(0.0)), Number::from),
            ),
            serde_json::Value::String(text) => Data::String(text.into()),
            serde_json::Value::Array(items) => Data::List(items.into_iter().map(Self::from).collect()),
            serde_json::Value::Object(members) => {
                Data::Object(members.into_iter().map(|(key, value)| (key.into(), Self::from(value))).collect())
            }
        }
        .into()
    }
}
