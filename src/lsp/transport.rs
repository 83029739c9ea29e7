use std::io::{self, BufRead, BufReader, Read, Write};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::{ErrorCode, Message};
use serde_json::json;

/// A longer message is read past and refused.
const MAX_BYTES: u64 = 512 << 20;
/// A longer line of a header is no header.
const MAX_HEADER_BYTES: u64 = 64 << 10;

/// What came from the client.
#[derive(Debug)]
pub(super) enum Incoming {
    Message(Message),
    /// Something that is no message.
    Malformed(ErrorCode, String),
}

/// What goes to the client.
#[derive(Debug)]
pub(super) enum Outgoing {
    Message(Message),
    /// The answer to something that is no message, and so has no id.
    Refusal(ErrorCode, String),
}

/// Reads messages until the input ends; the channel closes then.
pub(super) fn read(input: impl Read + Send + 'static) -> io::Result<Receiver<Incoming>> {
    let (sender, receiver) = unbounded();
    let read = move || {
        let mut input = BufReader::new(input);
        while let Ok(Some(incoming)) = next(&mut input) {
            if sender.send(incoming).is_err() {
                break;
            }
        }
    };
    thread::Builder::new().name("reader".into()).spawn(read)?;
    Ok(receiver)
}

/// Writes messages until the channel closes or the output does.
pub(super) fn write(
    mut output: impl Write + Send + 'static,
) -> io::Result<(Sender<Outgoing>, thread::JoinHandle<io::Result<()>>)> {
    let (sender, receiver) = unbounded();
    let write = move || {
        for outgoing in receiver {
            match outgoing {
                Outgoing::Message(message) => message.write(&mut output)?,
                Outgoing::Refusal(code, message) => {
                    let error = json!({ "code": code as i32, "message": message });
                    let body = json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string();
                    write!(output, "Content-Length: {}\r\n\r\n{body}", body.len())?;
                    output.flush()?;
                }
            }
        }
        Ok(())
    };
    Ok((sender, thread::Builder::new().name("writer".into()).spawn(write)?))
}

/// The next message; `None` at the end of the input.
fn next(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let malformed = |code, message: &str| Ok(Some(Incoming::Malformed(code, message.to_owned())));
    let length = match header(input)? {
        Header::End => return Ok(None),
        Header::Length(length) => length,
        Header::Unknown => return malformed(ErrorCode::ParseError, "a header without a length"),
    };
    let mut body = Vec::new();
    if length > MAX_BYTES {
        io::copy(&mut input.take(length), &mut io::sink())?;
        return malformed(ErrorCode::InvalidRequest, "the message is too long");
    }
    input.take(length).read_to_end(&mut body)?;
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(&body) else {
        return malformed(ErrorCode::ParseError, "the message is not JSON");
    };
    // A request by an id that is none would be taken for a notification, and never be answered.
    let has_id = value.get("id").is_some();
    match serde_json::from_value(value) {
        Ok(message) if !(has_id && matches!(message, Message::Notification(_))) => Ok(Some(Incoming::Message(message))),
        _ => malformed(ErrorCode::InvalidRequest, "neither a request, an answer nor a notification"),
    }
}

/// What stands before a message.
enum Header {
    /// How long it is.
    Length(u64),
    /// Nothing of that.
    Unknown,
    /// No message comes any more.
    End,
}

fn header(input: &mut impl BufRead) -> io::Result<Header> {
    let mut length = None;
    let mut is_begun = false;
    loop {
        let mut line = Vec::new();
        if input.take(MAX_HEADER_BYTES).read_until(b'\n', &mut line)? == 0 {
            return Ok(Header::End);
        }
        let line = String::from_utf8_lossy(&line);
        match line.trim() {
            "" if is_begun => return Ok(length.map_or(Header::Unknown, Header::Length)),
            "" => {}
            field => {
                is_begun = true;
                let value = field.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
                length = value.map_or(length, |(_, value)| value.trim().parse().ok());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &str) -> Vec<String> {
        let mut input = input.as_bytes();
        let mut all = Vec::new();
        while let Some(incoming) = next(&mut input).unwrap() {
            all.push(match incoming {
                Incoming::Message(Message::Notification(it)) => it.method,
                Incoming::Message(other) => format!("{other:?}"),
                Incoming::Malformed(code, _) => format!("{code:?}"),
            });
        }
        all
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn what_is_no_message_is_told_and_passed_over() {
        let good = framed(r#"{"jsonrpc":"2.0","method":"a"}"#);
        let input = [
            good.clone(),
            framed("{"),
            framed("[1]"),
            framed(r#"{"jsonrpc":"2.0"}"#),
            framed(r#"{"jsonrpc":"2.0","id":null,"method":"a"}"#),
            "Content-Type: x\r\n\r\n".into(),
            "content-length: 99999999999999999999\r\n\r\n".into(),
            good.replace("Content-Length", "CONTENT-LENGTH"),
        ];
        let expected =
            ["a", "ParseError", "InvalidRequest", "InvalidRequest", "InvalidRequest", "ParseError", "ParseError", "a"]
                .map(String::from);
        assert_eq!(all(&input.concat()), expected);
    }

    #[test]
    fn input_that_breaks_off_ends() {
        assert_eq!(all(&format!("{}Content-Le", framed("{}"))).len(), 1);
        assert_eq!(all("Content-Length: 100\r\n\r\n{\"a"), ["ParseError"]);
    }
}
