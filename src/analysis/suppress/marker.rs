use crate::finding::{BY_SETTINGS, Day};

/// The name that means all rules.
pub(super) const ALL: &str = "*";

/// Whose suppression it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Own,
    Checkov,
    /// tfsec's too.
    Trivy,
    Kics,
    KubeLinter,
    /// An entry of the settings.
    Settings,
}

impl Dialect {
    /// The analyzer whose names count; `None` where ours do.
    pub(super) fn tool(self) -> Option<&'static str> {
        match self {
            Self::Own | Self::Settings => None,
            Self::Checkov => Some("checkov"),
            Self::Trivy => Some("trivy"),
            Self::Kics => Some("kics"),
            Self::KubeLinter => Some("kube-linter"),
        }
    }

    pub(super) fn how(self) -> &'static str {
        match self {
            Self::Own => "stanchion:allow",
            Self::Checkov => "checkov:skip",
            Self::Trivy => "trivy:ignore",
            Self::Kics => "kics-scan",
            Self::Settings => BY_SETTINGS,
            Self::KubeLinter => "ignore-check.kube-linter.io",
        }
    }
}

/// What a comment reaches, before it is known where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The statement on its line, below it or around it.
    Statement,
    /// The outermost block around it.
    Around,
    /// The next line.
    NextLine,
    /// The statement that begins on the next line.
    NextStatement,
    /// The file, if it stands before every statement.
    File,
}

/// A suppression as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) dialect: Dialect,
    pub(super) reach: Reach,
    pub(super) names: Vec<String>,
    pub(super) reason: Option<String>,
    /// The last day on which it holds.
    pub(super) until: Option<Day>,
    pub(super) is_malformed: bool,
}

impl Marker {
    pub(super) fn new(dialect: Dialect, reach: Reach, names: Vec<String>) -> Self {
        Self { dialect, reach, names, reason: None, until: None, is_malformed: false }
    }

    /// What follows `stanchion:allow`, or the value of our annotation: `ID, ID -- reason until=DAY`.
    pub(super) fn own(reach: Reach, text: &str) -> Self {
        let mut marker = Self::new(Dialect::Own, reach, Vec::new());
        let mut words = Vec::new();
        for word in text.split_whitespace() {
            match word.trim_matches(['[', ']']).strip_prefix("until=") {
                Some(day) => {
                    marker.until = Day::parse(day);
                    marker.is_malformed |= marker.until.is_none();
                }
                None => words.push(word),
            }
        }
        let mut halves = words.splitn(2, |word| *word == "--");
        let split = |name: &&str| name.split(',').map(str::to_owned).collect::<Vec<_>>();
        marker.names =
            halves.next().unwrap_or_default().iter().flat_map(split).filter(|name| !name.is_empty()).collect();
        marker.reason = halves.next().map(|reason| reason.join(" ")).filter(|reason| !reason.is_empty());
        marker.is_malformed |= marker.names.is_empty();
        marker
    }

    pub(super) fn checkov(reach: Reach, text: &str) -> Self {
        let end =
            text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-' || c == ',')).unwrap_or(text.len());
        let (names, rest) = text.split_at(end);
        let names = names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let reason = rest.strip_prefix([':', '=']).map(str::trim).filter(|reason| !reason.is_empty());
        Self { reason: reason.map(str::to_owned), ..Self::new(Dialect::Checkov, reach, names) }
    }

    pub(super) fn kube_linter(check: &str, reason: &str) -> Self {
        let reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        Self { reason, ..Self::new(Dialect::KubeLinter, Reach::Statement, vec![check.to_owned()]) }
    }

    /// What follows `tfsec:ignore:` or `trivy:ignore:`: `aws-0088`, `AVD-AWS-0088:exp:2030-01-31`, `*`.
    fn trivy(text: &str) -> Self {
        let mut parts = text.split_whitespace().next().unwrap_or("").split(':');
        let name = parts.next().unwrap_or("").split('[').next().unwrap_or("");
        let until = parts.position(|part| part == "exp").and_then(|_| parts.next()).and_then(Day::parse);
        Self { until, ..Self::new(Dialect::Trivy, Reach::Statement, vec![name.to_owned()]) }
    }

    fn kics(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let command = words.next()?;
        let all = || vec![ALL.to_owned()];
        let (reach, names) = match command.split_once('=').unwrap_or((command, "")) {
            ("ignore-line", _) => (Reach::NextLine, all()),
            ("ignore-block", _) => (Reach::NextStatement, all()),
            ("ignore", _) => (Reach::File, all()),
            ("disable", ids) => (Reach::File, ids.split(',').map(str::to_owned).collect()),
            _ => return None,
        };
        Some(Self::new(Dialect::Kics, reach, names))
    }
}

/// The suppressions in one comment, its signs included.
pub(super) fn read(comment: &str) -> Vec<Marker> {
    comment.lines().flat_map(line).collect()
}

fn line(line: &str) -> Vec<Marker> {
    let text = line.trim().trim_start_matches(['#', '/', '*']).trim().trim_end_matches("*/").trim_end();
    let mut found = Vec::new();
    if let Some(rest) = text.strip_prefix("stanchion:allow") {
        match rest.strip_prefix("-file").map_or((Reach::Statement, rest), |rest| (Reach::File, rest)) {
            (reach, rest) if rest.is_empty() || rest.starts_with(char::is_whitespace) => {
                found.push(Marker::own(reach, rest));
            }
            _ => found.push(Marker { is_malformed: true, ..Marker::own(Reach::Statement, "") }),
        }
    }
    for sign in ["checkov:skip=", "bridgecrew:skip="] {
        found.extend(text.split(sign).skip(1).map(|rest| Marker::checkov(Reach::Around, rest)));
    }
    for sign in ["tfsec:ignore:", "trivy:ignore:"] {
        found.extend(text.split(sign).skip(1).map(Marker::trivy));
    }
    found.extend(text.strip_prefix("kics-scan").and_then(Marker::kics));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(comment: &str) -> Marker {
        let [marker] = &read(comment)[..] else { panic!("one marker in {comment}") };
        marker.clone()
    }

    #[test]
    fn own_comment_has_names_a_reason_and_a_day() {
        let marker = one("# stanchion:allow a-b, CKV_AWS_1,c -- old cluster, gone soon until=2030-01-31");
        assert_eq!(marker.names, ["a-b", "CKV_AWS_1", "c"]);
        assert_eq!(marker.reason.as_deref(), Some("old cluster, gone soon"));
        assert_eq!(marker.until, Day::parse("2030-01-31"));
        assert!(!marker.is_malformed);
        assert_eq!(one("/* stanchion:allow-file a -- b */").reach, Reach::File);
        assert!(
            ["// stanchion:allow", "# stanchion:allow a -- b until=soon", "# stanchion:allowed a"]
                .iter()
                .all(|text| one(text).is_malformed)
        );
        assert_eq!(one("#stanchion:allow a --").reason, None);
    }

    #[test]
    fn comments_of_other_analyzers_are_read() {
        let checkov = one("#checkov:skip=CKV_AWS_20:the site is public");
        assert_eq!(
            (&checkov.names[..], checkov.reason.as_deref()),
            (&["CKV_AWS_20".to_owned()][..], Some("the site is public"))
        );
        let names: Vec<_> =
            read("// tfsec:ignore:aws-s3-x tfsec:ignore:AWS002").into_iter().flat_map(|m| m.names).collect();
        assert_eq!(names, ["aws-s3-x", "AWS002"]);
        let trivy = one("#trivy:ignore:AVD-AWS-0088:exp:2030-01-31 because");
        assert_eq!((&*trivy.names[0], trivy.until), ("AVD-AWS-0088", Day::parse("2030-01-31")));
        assert_eq!(one("# kics-scan ignore-block").reach, Reach::NextStatement);
        assert_eq!(one("# kics-scan disable=a,b").names, ["a", "b"]);
        assert_eq!(read("# see checkov:skip in the manual"), []);
    }
}
