use std::path::Path;

use super::log::ArtifactLocation;
use crate::report::base::{Base, Located};
use crate::source::{file_uri, relative_uri};

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
