use std::time::{Duration, UNIX_EPOCH};

use stanchion::report::{Base, github, gitlab, junit, markdown};

use super::rendered;
use super::sample::Sample;

fn base() -> Base {
    Base { cwd: "/repo/team".into(), root: "/repo".into() }
}

#[test]
fn github_marks_what_counts() {
    insta::assert_snapshot!(rendered(&Sample::new(), |out, report| github::write(out, report, &base()).unwrap()));
}

#[test]
fn gitlab_lists_issues() {
    let written = rendered(&Sample::new(), |out, report| gitlab::write_code_quality(out, report, &base()).unwrap());
    insta::assert_snapshot!(written);
}

#[test]
fn gitlab_lists_vulnerabilities() {
    let times = (UNIX_EPOCH, UNIX_EPOCH + Duration::from_secs(61));
    let written = rendered(&Sample::new(), |out, report| gitlab::write_sast(out, report, &base(), times).unwrap());
    insta::assert_snapshot!(written);
}

#[test]
fn junit_lists_tests() {
    insta::assert_snapshot!(rendered(&Sample::new(), |out, report| junit::write(out, report, &base()).unwrap()));
}

#[test]
fn markdown_sums_up() {
    let written =
        rendered(&Sample::new(), |out, report| markdown::write(out, report, &base(), markdown::COMMENT_BYTES).unwrap());
    insta::assert_snapshot!(written);
}
