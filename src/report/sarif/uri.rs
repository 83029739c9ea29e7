use std::path::{Component, Path};

use super::log::ArtifactLocation;
use crate::report::base::{Base, Located};

/// The name that stands for the root in a log.
pub(super) const ROOT_ID: &str = "%SRCROOT%";

/// The root as a `file:` URI, which ends in a slash.
pub(super) fn root(base: &Base) -> String {
    let uri = file_uri(&base.root());
    if uri.ends_with('/') { uri } else { uri + "/" }
}

/// A file relative to the root if it lies below it, else its whole URI.
pub(super) fn locate(base: &Base, path: &Path) -> ArtifactLocation {
    match base.locate(path) {
        Located::Below(path) => ArtifactLocation { uri: relative_uri(&path), uri_base_id: Some(ROOT_ID) },
        Located::Elsewhere(path) => ArtifactLocation { uri: file_uri(&path), uri_base_id: None },
    }
}

fn file_uri(path: &Path) -> String {
    let rest = relative_uri(path);
    if rest.starts_with('/') { format!("file://{rest}") } else { format!("file:///{rest}") }
}

/// The components joined by `/`, each percent-encoded.
fn relative_uri(path: &Path) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(path: &str) -> (String, bool) {
        let base = Base { cwd: "/repo/infra/eu".into(), root: "/repo".into() };
        let location = locate(&base, Path::new(path));
        (location.uri, location.uri_base_id.is_some())
    }

    #[test]
    fn files_below_the_root_are_relative_to_it() {
        assert_eq!(uri("./main.tf"), ("infra/eu/main.tf".into(), true));
        assert_eq!(uri("../us/main.tf"), ("infra/us/main.tf".into(), true));
        assert_eq!(uri("/repo/a b/ü#%.tf"), ("a%20b/%C3%BC%23%25.tf".into(), true));
    }

    #[test]
    fn files_elsewhere_have_a_whole_uri() {
        assert_eq!(uri("../../../else where/main.tf"), ("file:///else%20where/main.tf".into(), false));
        assert_eq!(uri("/repository/main.tf"), ("file:///repository/main.tf".into(), false));
    }
}
