use ecow::eco_format;
use unicode_segmentation::UnicodeSegmentation;

use super::json;
use super::signature::{items, list, text};
use crate::terraform::eval::{Fail, MAX_ELEMENTS, TextBuilder};
use crate::terraform::types::{to_bool, to_number, to_text};
use crate::value::{Data, Number, Value};

/// Widest field and highest precision.
const MAX_WIDTH: usize = 4096;

/// `format`: unknown arguments leave a text that is known in part.
pub(super) fn format(args: &[Value]) -> Result<Value, Fail> {
    let (layout, rest) = args.split_first().map_or(("", args), |(_, rest)| (text(args, 0), rest));
    let mut out = TextBuilder::default();
    let mut next = 0;
    let mut used = 0;
    let mut remaining = layout;
    while let Some((before, after)) = remaining.split_once('%') {
        out.known(before)?;
        if let Some(after) = after.strip_prefix('%') {
            out.known("%")?;
            remaining = after;
            continue;
        }
        let (verb, after) = Verb::parse(after)?;
        remaining = after;
        let i = verb.argument.unwrap_or(next);
        next = i + 1;
        used = used.max(next);
        let Some(value) = rest.get(i) else {
            return Err(Fail::Invalid(eco_format!("there is no argument {} for `%{}`", i + 1, verb.letter)));
        };
        verb.append(value, &mut out)?;
    }
    out.known(remaining)?;
    if used < rest.len() && (next > 0 || !rest.is_empty()) {
        return Err(Fail::Invalid(eco_format!("the layout uses {used} of {} arguments", rest.len())));
    }
    Ok(out.finish())
}

/// `formatlist`: lists are walked side by side, other arguments repeat.
pub(super) fn format_list(args: &[Value]) -> Result<Value, Fail> {
    let mut length = None;
    for arg in args.iter().skip(1) {
        match &arg.data {
            Data::List(items) | Data::Set(items) if *length.get_or_insert(items.len()) != items.len() => {
                return Err(Fail::invalid("all lists must have the same length"));
            }
            _ => {}
        }
    }
    // An unknown argument may be a list; the others then say how long it has to be.
    if let (None, Some(unknown)) = (length, args.iter().find_map(Value::as_unknown)) {
        return Err(unknown.into());
    }
    let n = length.unwrap_or(1);
    if n > MAX_ELEMENTS {
        return Err(Fail::limit("elements of a list"));
    }
    let columns = args.iter().map(|arg| match &arg.data {
        Data::List(_) | Data::Set(_) => items(arg),
        _ => Ok(vec![arg.clone(); n]),
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let rows = (0..n).map(|i| format(&columns.iter().map(|column| column[i].clone()).collect::<Vec<_>>()));
    Ok(list(rows.collect::<Result<Vec<_>, _>>()?))
}

/// `%[n]-08.3f`
struct Verb<'l> {
    flags: &'l str,
    letter: char,
    argument: Option<usize>,
    width: Option<usize>,
    precision: Option<usize>,
}

impl<'l> Verb<'l> {
    fn parse(text: &'l str) -> Result<(Self, &'l str), Fail> {
        let rest = text.trim_start_matches(['-', '+', ' ', '0', '#']);
        let flags = text.strip_suffix(rest).unwrap_or_default();
        let (width, mut rest) = number(rest)?;
        let mut precision = None;
        if let Some(after) = rest.strip_prefix('.') {
            (precision, rest) = number(after)?;
            precision = precision.or(Some(0));
        }
        let mut argument = None;
        if let Some((inside, after)) = rest.strip_prefix('[').and_then(|after| after.split_once(']')) {
            let position = inside.parse::<usize>().ok().filter(|&n| n > 0);
            argument = Some(position.ok_or_else(|| Fail::invalid("an argument is numbered from 1"))? - 1);
            rest = after;
        }
        let Some(letter) = rest.chars().next() else { return Err(Fail::invalid("the layout ends in a verb")) };
        let verb = Self { flags, letter, argument, width, precision };
        Ok((verb, rest.strip_prefix(letter).unwrap_or_default()))
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn append(&self, value: &Value, out: &mut TextBuilder) -> Result<(), Fail> {
        if let Some(unknown) = crate::terraform::eval::first_unknown(value) {
            let plain = value.as_unknown().is_some();
            let piece = if plain { value.clone() } else { Data::Unknown(unknown).into() };
            out.unknown(piece);
            return Ok(());
        }
        let shown = self.shown(value)?;
        let n = shown.graphemes(true).count();
        let width = if self.letter == 't' { 0 } else { self.width.unwrap_or(0) };
        let fill = width.saturating_sub(n);
        if fill > 0 && !self.has('-') {
            out.known(&if self.has('0') { "0" } else { " " }.repeat(fill))?;
        }
        out.value(Value { data: Data::String(shown.into()), origin: value.origin.clone() }, |_| Value::default())?;
        if self.has('-') { out.known(&" ".repeat(fill)) } else { Ok(()) }
    }

    /// The value in this verb's form, padded with zeros if so wished.
    fn shown(&self, value: &Value) -> Result<String, Fail> {
        if value.is_null() && self.letter != 'v' {
            return Err(Fail::Invalid(eco_format!("`%{}` cannot show null", self.letter)));
        }
        match self.letter {
            'v' => self.any(value),
            't' => Ok(to_bool(value)?.to_string()),
            's' => Ok(self.cut(&to_text(value)?)),
            'q' => {
                let mut quoted = String::new();
                json::push_string(&self.cut(&to_text(value)?), &mut quoted);
                Ok(quoted)
            }
            'b' | 'd' | 'o' | 'x' | 'X' => {
                let whole = to_number(value)?.as_i64();
                let whole =
                    whole.ok_or_else(|| Fail::Invalid(eco_format!("`%{}` shows whole numbers", self.letter)))?;
                Ok(self.signed(Number::Int(whole), &self.digits(whole.unsigned_abs())))
            }
            'e' | 'E' | 'f' | 'g' | 'G' => Ok(self.signed(to_number(value)?, &self.float(to_number(value)?))),
            other => Err(Fail::Invalid(eco_format!("`%{other}` is no verb"))),
        }
    }

    fn any(&self, value: &Value) -> Result<String, Fail> {
        match &value.data {
            Data::String(text) if !self.has('#') => Ok(self.cut(text)),
            Data::Number(number) if !self.has('#') => Ok(self.signed(*number, &general(number.as_f64().abs(), None))),
            Data::Null => Ok("null".into()),
            _ => {
                let mut text = String::new();
                json::encode(value, &mut text)?;
                Ok(text)
            }
        }
    }

    fn cut(&self, text: &str) -> String {
        self.precision.map_or_else(|| text.into(), |n| text.graphemes(true).take(n).collect())
    }

    /// Sign and leading zeros around the digits of a magnitude.
    fn signed(&self, number: Number, digits: &str) -> String {
        let negative = number < Number::Int(0);
        let signs = self.letter != 'v';
        let sign = match (negative, signs && self.has('+'), signs && self.has(' ')) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let zeros = if self.has('0') && !self.has('-') { self.width.unwrap_or(0) } else { 0 };
        format!("{sign}{}{digits}", "0".repeat(zeros.saturating_sub(sign.len() + digits.len())))
    }

    fn digits(&self, whole: u64) -> String {
        match self.letter {
            'b' => format!("{whole:b}"),
            'o' => format!("{whole:o}"),
            'x' => format!("{whole:x}"),
            'X' => format!("{whole:X}"),
            _ => whole.to_string(),
        }
    }

    fn float(&self, number: Number) -> String {
        let magnitude = number.as_f64().abs();
        let shown = match self.letter {
            'f' => format!("{magnitude:.*}", self.precision.unwrap_or(6)),
            'e' | 'E' => exponential(magnitude, Some(self.precision.unwrap_or(6))),
            _ => general(magnitude, self.precision),
        };
        if self.letter.is_ascii_uppercase() { shown.to_uppercase() } else { shown }
    }
}

/// An unsigned number at the start of the text, and the rest.
fn number(text: &str) -> Result<(Option<usize>, &str), Fail> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.strip_suffix(rest).unwrap_or_default();
    if digits.is_empty() {
        return Ok((None, text));
    }
    match digits.parse() {
        Ok(n) if n <= MAX_WIDTH => Ok((Some(n), rest)),
        _ => Err(Fail::limit("width of a format")),
    }
}

/// Scientific notation with a sign and at least two digits in the exponent.
fn exponential(magnitude: f64, precision: Option<usize>) -> String {
    let shown = precision.map_or_else(|| format!("{magnitude:e}"), |n| format!("{magnitude:.n$e}"));
    let (mantissa, exponent) = shown.split_once('e').unwrap_or((&shown, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// The shorter of both notations: scientific for exponents below -4 or from the precision on.
fn general(magnitude: f64, precision: Option<usize>) -> String {
    let significant = precision.map(|n| n.max(1));
    let scientific = exponential(magnitude, significant.map(|n| n - 1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let n_digits = trimmed(mantissa).replace('.', "").len();
    let from = match significant {
        None => 6,
        Some(n) => i32::try_from(n.max(n_digits)).unwrap_or(i32::MAX),
    };
    if exponent < -4 || exponent >= from {
        return format!("{}e{}", trimmed(mantissa), scientific.split_once('e').map_or("", |(_, e)| e));
    }
    match significant {
        None => magnitude.to_string(),
        Some(n) => {
            let decimals = i32::try_from(n).unwrap_or(i32::MAX).saturating_sub(1 + exponent);
            trimmed(&format!("{magnitude:.*}", usize::try_from(decimals).unwrap_or(0))).into()
        }
    }
}

/// Without zeros at the end of a fraction.
fn trimmed(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}
