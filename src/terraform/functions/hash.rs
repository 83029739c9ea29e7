use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecow::EcoString;
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::file::content;
use super::signature::Param::{Number as Num, Text};
use super::signature::{Function, impure, text};
use crate::terraform::eval::Fail;
use crate::value::{Reason, Value};

pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "md5" => Function::new(&[Text], |_, a| Ok(hexadecimal::<Md5>(text(a, 0)))),
        "sha1" => Function::new(&[Text], |_, a| Ok(hexadecimal::<Sha1>(text(a, 0)))),
        "sha256" => Function::new(&[Text], |_, a| Ok(hexadecimal::<Sha256>(text(a, 0)))),
        "sha512" => Function::new(&[Text], |_, a| Ok(hexadecimal::<Sha512>(text(a, 0)))),
        "base64sha256" => Function::new(&[Text], |_, a| Ok(base64::<Sha256>(text(a, 0)))),
        "base64sha512" => Function::new(&[Text], |_, a| Ok(base64::<Sha512>(text(a, 0)))),
        "filemd5" => Function::new(&[Text], |c, a| Ok(hexadecimal::<Md5>(&content(c, a)?))),
        "filesha1" => Function::new(&[Text], |c, a| Ok(hexadecimal::<Sha1>(&content(c, a)?))),
        "filesha256" => Function::new(&[Text], |c, a| Ok(hexadecimal::<Sha256>(&content(c, a)?))),
        "filesha512" => Function::new(&[Text], |c, a| Ok(hexadecimal::<Sha512>(&content(c, a)?))),
        "filebase64sha256" => Function::new(&[Text], |c, a| Ok(base64::<Sha256>(&content(c, a)?))),
        "filebase64sha512" => Function::new(&[Text], |c, a| Ok(base64::<Sha512>(&content(c, a)?))),
        "uuidv5" => Function::new(&[Text, Text], |_, a| uuid_v5(text(a, 0), text(a, 1))),
        "uuid" => Function::new(&[], impure),
        "bcrypt" => Function::new(&[Text], impure).optional(&[Num]),
        "rsadecrypt" => Function::new(&[Text, Text], |c, _| Err(Fail::Undecided(Reason::Unsupported(c.name.into())))),
        _ => return None,
    })
}

fn hexadecimal<D: Digest>(text: &str) -> Value {
    let mut digits = EcoString::new();
    for byte in D::digest(text.as_bytes()) {
        let _ = write!(digits, "{byte:02x}");
    }
    Value::string(digits)
}

fn base64<D: Digest>(text: &str) -> Value {
    Value::string(STANDARD.encode(D::digest(text.as_bytes())))
}

/// The name-based UUID of RFC 4122 over SHA-1.
fn uuid_v5(namespace: &str, name: &str) -> Result<Value, Fail> {
    let known = |last: u128| 0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8 + (last << 96);
    let space: u128 = match namespace {
        "dns" => known(0),
        "url" => known(1),
        "oid" => known(2),
        "x500" => known(4),
        _ => parse_uuid(namespace)?,
    };
    let digest = Sha1::new().chain_update(space.to_be_bytes()).chain_update(name.as_bytes()).finalize();
    let head = digest.iter().take(16).fold(0_u128, |all, &byte| all << 8 | u128::from(byte));
    let id = head & !(0xf << 76) & !(0b11 << 62) | 5 << 76 | 0b10 << 62;
    let hex = format!("{id:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    Ok(Value::string([part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")))
}

fn parse_uuid(text: &str) -> Result<u128, Fail> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let id = u128::from_str_radix(&text.replace('-', ""), 16);
    match id {
        Ok(id) if lengths == [8, 4, 4, 4, 12] => Ok(id),
        _ => Err(Fail::invalid("the namespace must be dns, url, oid, x500 or a UUID")),
    }
}
