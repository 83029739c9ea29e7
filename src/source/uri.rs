use std::path::{Component, Path, PathBuf};

/// The `file:` URI of an absolute path.
pub fn file_uri(path: &Path) -> String {
    let rest = relative_uri(path);
    if rest.starts_with('/') { format!("file://{rest}") } else { format!("file:///{rest}") }
}

/// The components of a path joined by `/`, each percent-encoded.
pub fn relative_uri(path: &Path) -> String {
    let mut uri = String::new();
    for component in path.components() {
        match component {
            Component::RootDir => uri.push('/'),
            // A drive letter keeps its colon; backslashes of other prefixes are encoded.
            Component::Prefix(prefix) => uri.push_str(&prefix.as_os_str().to_string_lossy().replace('\\', "/")),
            component => {
                if !uri.is_empty() && !uri.ends_with('/') {
                    uri.push('/');
                }
                encode(component.as_os_str().as_encoded_bytes(), &mut uri);
            }
        }
    }
    uri
}

/// Encodes all but RFC 3986's unreserved characters.
fn encode(bytes: &[u8], uri: &mut String) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            uri.push(char::from(byte));
        } else {
            let digit = |n: u8| char::from(b"0123456789ABCDEF"[usize::from(n)]);
            uri.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

/// The path that a `file:` URI of this machine names; `None` for any other URI.
pub fn path_of_uri(uri: &str) -> Option<PathBuf> {
    let rest = uri.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("file://")).and(uri.get(7..))?;
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let path = rest.get(..end)?;
    let path = path.strip_prefix("localhost").unwrap_or(path);
    let decoded = decode(path.strip_prefix('/').map(|_| path)?)?;
    let is_drive = |rest: &str| matches!(rest.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let on_drive = decoded.strip_prefix('/').filter(|rest| cfg!(windows) && is_drive(rest)).map(str::to_owned);
    Some(PathBuf::from(on_drive.unwrap_or(decoded)))
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || char::from(rest.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        bytes.push(if byte == b'%' { digit()? * 16 + digit()? } else { byte });
    }
    String::from_utf8(bytes).ok().filter(|path| !path.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_comes_back_from_its_uri() {
        for path in ["/a b/ü#%.tf", "/a:b/@c?.yaml", "/"] {
            assert_eq!(path_of_uri(&file_uri(Path::new(path))).as_deref(), Some(Path::new(path)));
        }
    }

    #[test]
    fn uris_of_other_kinds_name_no_path() {
        for uri in ["untitled:Untitled-1", "file:", "file://host/a", "https://a/b", "file:///%zz", "file:///a%00b", ""]
        {
            assert_eq!(path_of_uri(uri), None, "{uri}");
        }
        let on_drive = if cfg!(windows) { "c:/x.tf" } else { "/c:/x.tf" };
        assert_eq!(path_of_uri("FILE:///c%3A/x.tf"), Some(on_drive.into()));
        assert_eq!(path_of_uri("file://localhost/a#L1"), Some("/a".into()));
    }
}
