use std::sync::Arc;

use ecow::EcoString;

use super::collection::turns;
use super::{Evaluator, Fail, MAX_ELEMENTS, MAX_TEXT, combined};
use crate::source::Span;
use crate::syntax::hcl::{Expr, Ident, Segment};
use crate::terraform::types::{to_bool, to_text};
use crate::value::{Data, Partial, PartialSegment, Unknown, Value, read_json_template};

impl Evaluator<'_> {
    /// A template of one interpolation is that value itself, of whatever type.
    pub(super) fn template(&self, segments: &[Segment], span: Span) -> Value {
        if let [Segment::Interpolation(expr)] = segments {
            return self.evaluate(expr);
        }
        let mut text = Text::default();
        let outcome = self.segments(segments, &mut text).and_then(|()| self.charge(text.n_bytes));
        match outcome {
            Ok(()) => text.finish(),
            Err(fail) => self.failed(fail, span),
        }
    }

    fn segments(&self, segments: &[Segment], text: &mut Text) -> Result<(), Fail> {
        for segment in segments {
            match segment {
                Segment::Literal(literal) => text.known(literal)?,
                Segment::Interpolation(expr) => self.interpolation(expr, text)?,
                Segment::If { condition, then, otherwise } => self.directive_if(condition, then, otherwise, text)?,
                Segment::For { key, value, collection, body } => {
                    self.directive_for(key.as_ref(), value, collection, body, text)?;
                }
            }
        }
        Ok(())
    }

    fn interpolation(&self, expr: &Expr, text: &mut Text) -> Result<(), Fail> {
        let value = self.evaluate(expr);
        if value.is_null() {
            text.unknown(self.invalid("a template cannot include null", expr.span));
            return Ok(());
        }
        text.value(value, |fail| self.failed(fail, expr.span))
    }

    fn directive_if(
        &self,
        condition: &Expr,
        then: &[Segment],
        otherwise: &[Segment],
        text: &mut Text,
    ) -> Result<(), Fail> {
        let value = self.evaluate(condition);
        match to_bool(&value) {
            Ok(true) => self.segments(then, text),
            Ok(false) => self.segments(otherwise, text),
            Err(fail) => {
                text.unknown(self.lost(fail, condition.span, &value));
                Ok(())
            }
        }
    }

    fn directive_for(
        &self,
        key: Option<&Ident>,
        name: &Ident,
        collection: &Expr,
        body: &[Segment],
        text: &mut Text,
    ) -> Result<(), Fail> {
        let value = self.evaluate(collection);
        let turns = match turns(&value) {
            Ok(turns) => turns,
            Err(fail) => {
                text.unknown(self.lost(fail, collection.span, &value));
                return Ok(());
            }
        };
        for (k, v) in turns {
            self.charge(0)?;
            let body = |e: &Self| e.with_local(&name.name, v, |e| e.segments(body, text));
            match key {
                Some(key) => self.with_local(&key.name, k, body),
                None => body(self),
            }?;
        }
        Ok(())
    }
}

/// A text that is put together from known and unknown pieces.
#[derive(Default)]
pub(crate) struct Text {
    pieces: Vec<PartialSegment>,
    tail: EcoString,
    n_bytes: usize,
    sources: Vec<Value>,
    /// Whether there are too many pieces to remember.
    too_many: bool,
    unknown: Option<Arc<Unknown>>,
}

impl Text {
    /// Adds known text.
    ///
    /// # Errors
    /// If the text gets too long.
    pub(crate) fn known(&mut self, text: &str) -> Result<(), Fail> {
        self.n_bytes += text.len();
        if self.n_bytes > MAX_TEXT {
            return Err(Fail::limit("length of a text"));
        }
        self.tail.push_str(text);
        Ok(())
    }

    /// Adds a value's text; `report` says what a value without a text leaves.
    ///
    /// # Errors
    /// If the text gets too long.
    pub(crate) fn value(&mut self, value: Value, report: impl FnOnce(Fail) -> Value) -> Result<(), Fail> {
        match to_text(&value) {
            Ok(text) => {
                self.known(&text)?;
                if value.origin.hop.is_some() {
                    self.sources.push(value);
                }
            }
            Err(Fail::Unknown(_)) => self.unknown(value),
            Err(fail) => self.unknown(report(fail)),
        }
        Ok(())
    }

    /// Adds an unknown piece; if that has pieces itself, these.
    pub(crate) fn unknown(&mut self, value: Value) {
        let Data::Unknown(unknown) = &value.data else { return };
        self.unknown.get_or_insert_with(|| Arc::clone(unknown));
        match &unknown.partial {
            Some(Partial::Template(pieces)) => {
                for piece in pieces {
                    match piece {
                        PartialSegment::Known(text) => self.too_many |= self.known(text).is_err(),
                        PartialSegment::Unknown(value) => self.piece(value.clone()),
                    }
                }
            }
            _ => self.piece(value.clone()),
        }
        self.sources.push(value);
    }

    fn piece(&mut self, value: Value) {
        self.flush();
        if self.pieces.len() < MAX_ELEMENTS {
            self.pieces.push(PartialSegment::Unknown(value));
        } else {
            self.too_many = true;
        }
    }

    fn flush(&mut self) {
        if !self.tail.is_empty() {
            self.pieces.push(PartialSegment::Known(std::mem::take(&mut self.tail)));
        }
    }

    /// The text, or an unknown that remembers the pieces.
    pub(crate) fn finish(mut self) -> Value {
        let hop = combined(&self.sources);
        let data = match self.unknown.take() {
            None => Data::String(self.tail),
            Some(unknown) => {
                self.flush();
                let partial = (!self.too_many).then(|| partial(self.pieces));
                Data::Unknown(Arc::new(Unknown { reason: unknown.reason.clone(), span: unknown.span, partial }))
            }
        };
        let mut value = Value::from(data);
        value.origin.hop = hop;
        value
    }
}

/// What is known of a text in pieces: its value where it is JSON, as policies in heredocs are.
fn partial(pieces: Vec<PartialSegment>) -> Partial {
    read_json_template(&pieces).map_or_else(|| Partial::Template(pieces), Partial::Encoded)
}
