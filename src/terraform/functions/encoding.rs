use std::fmt::Write as _;
use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecow::EcoString;

use super::signature::Param::{Open, Text};
use super::signature::{Function, list, text};
use super::{json, yaml};
use crate::terraform::eval::{Fail, MAX_TEXT};
use crate::value::{Data, Map, Value};

pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "jsonencode" => Function::new(&[Open], |_, a| json::encoded(&a[0], json::encode)),
        "jsondecode" => Function::new(&[Text], |_, a| json::decode(text(a, 0))),
        "yamlencode" => Function::new(&[Open], |_, a| json::encoded(&a[0], yaml::encode)),
        "yamldecode" => Function::new(&[Text], |_, a| yaml::decode(text(a, 0))),
        "csvdecode" => Function::new(&[Text], |_, a| csv_decode(text(a, 0))),
        "base64encode" => Function::new(&[Text], |_, a| Ok(Value::string(STANDARD.encode(text(a, 0))))),
        "base64decode" => Function::new(&[Text], |_, a| utf8(decode(text(a, 0))?)),
        "base64gzip" => Function::new(&[Text], |_, a| Ok(Value::string(STANDARD.encode(gzip(text(a, 0)))))),
        "base64gunzip" => Function::new(&[Text], |_, a| gunzip(text(a, 0))),
        "urlencode" => Function::new(&[Text], |_, a| Ok(Value::string(url_encode(text(a, 0))))),
        "urldecode" => Function::new(&[Text], |_, a| utf8(url_decode(text(a, 0))?)),
        "textencodebase64" => Function::new(&[Text, Text], |_, a| text_encode(text(a, 0), text(a, 1))),
        "textdecodebase64" => Function::new(&[Text, Text], |_, a| text_decode(text(a, 0), text(a, 1))),
        _ => return None,
    })
}

fn decode(encoded: &str) -> Result<Vec<u8>, Fail> {
    let lines: String = encoded.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    STANDARD.decode(lines).map_err(|_| Fail::invalid("the text is not valid base64"))
}

fn utf8(bytes: Vec<u8>) -> Result<Value, Fail> {
    String::from_utf8(bytes).map(Value::string).map_err(|_| Fail::invalid("the decoded bytes are not UTF-8 text"))
}

/// The same content as Terraform's; the compressed bytes agree where the text is stored as is.
fn gzip(content: &str) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    let compressed = encoder.write_all(content.as_bytes()).and_then(|()| encoder.finish()).unwrap_or_default();
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    match u16::try_from(content.len()) {
        Ok(short) if compressed.len() >= content.len() => {
            bytes.push(0);
            bytes.extend(short.to_le_bytes());
            bytes.extend((!short).to_le_bytes());
            bytes.extend(content.as_bytes());
            bytes.extend([0, 0, 0, 0xff, 0xff, 3, 0]);
        }
        _ => bytes.extend(compressed),
    }
    let mut crc = flate2::Crc::new();
    crc.update(content.as_bytes());
    bytes.extend(crc.sum().to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes
}

fn gunzip(encoded: &str) -> Result<Value, Fail> {
    let compressed = decode(encoded)?;
    let mut content = Vec::new();
    let limit = MAX_TEXT as u64 + 1;
    let read = flate2::read::GzDecoder::new(compressed.as_slice()).take(limit).read_to_end(&mut content);
    match read {
        Err(_) => Err(Fail::invalid("the bytes are not valid gzip")),
        Ok(n) if n > MAX_TEXT => Err(Fail::limit("length of a text")),
        Ok(_) => utf8(content),
    }
}

/// Query escaping: a space is `+`.
fn url_encode(plain: &str) -> String {
    let mut encoded = String::with_capacity(plain.len());
    for byte in plain.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

fn url_decode(encoded: &str) -> Result<Vec<u8>, Fail> {
    let mut plain = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.bytes();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = bytes.next().zip(bytes.next()).and_then(|(high, low)| Some((hex(high)?, hex(low)?)));
                let Some((high, low)) = pair else { return Err(Fail::invalid("`%` needs two hexadecimal digits")) };
                high << 4 | low
            }
            other => other,
        });
    }
    Ok(plain)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

/// The encodings of IANA that infrastructure uses: UTF-8, UTF-16 and Latin-1. Others are refused.
fn text_encode(plain: &str, encoding: &str) -> Result<Value, Fail> {
    let bytes: Vec<u8> = match encoding.to_ascii_uppercase().as_str() {
        "UTF-8" => plain.bytes().collect(),
        "UTF-16LE" => plain.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16BE" => plain.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "UTF-16" => std::iter::once(0xfeff).chain(plain.encode_utf16()).flat_map(u16::to_be_bytes).collect(),
        "ISO-8859-1" => latin(plain)?,
        _ => return Err(Fail::invalid("the encoding is not supported")),
    };
    Ok(Value::string(STANDARD.encode(bytes)))
}

fn latin(plain: &str) -> Result<Vec<u8>, Fail> {
    let bytes: Result<Vec<u8>, _> = plain.chars().map(|c| u8::try_from(u32::from(c))).collect();
    bytes.map_err(|_| Fail::invalid("the encoding lacks a character of the text"))
}

fn text_decode(encoded: &str, encoding: &str) -> Result<Value, Fail> {
    let bytes = decode(encoded)?;
    let wide = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| from([pair[0], pair[1]])).collect();
        Value::string(String::from_utf16_lossy(&units))
    };
    match encoding.to_ascii_uppercase().as_str() {
        "UTF-8" => utf8(bytes),
        "UTF-16LE" => Ok(wide(u16::from_le_bytes)),
        "UTF-16" if bytes.starts_with(&[0xff, 0xfe]) => Ok(without_mark(&wide(u16::from_le_bytes))),
        "UTF-16BE" | "UTF-16" => Ok(without_mark(&wide(u16::from_be_bytes))),
        "ISO-8859-1" => Ok(Value::string(bytes.iter().copied().map(char::from).collect::<String>())),
        _ => Err(Fail::invalid("the encoding is not supported")),
    }
}

fn without_mark(value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    Value::string(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// A list of objects, one for each row below the header.
fn csv_decode(table: &str) -> Result<Value, Fail> {
    let broken = |_| Fail::invalid("the text is not valid CSV");
    let mut reader = csv::ReaderBuilder::new().from_reader(table.as_bytes());
    let header = reader.headers().map_err(broken)?.clone();
    if header.is_empty() {
        return Err(Fail::invalid("the header line is missing"));
    }
    let mut names: Vec<&str> = header.iter().collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Fail::invalid("two columns have the same name"));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        let row: Map =
            header.iter().zip(&record).map(|(name, cell)| (EcoString::from(name), Value::string(cell))).collect();
        rows.push(Data::Object(row).into());
    }
    Ok(list(rows))
}
