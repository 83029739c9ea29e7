use super::rendered;
use super::sample::Sample;
use stanchion::report::json::write;

#[test]
fn json_holds_everything() {
    insta::assert_snapshot!(rendered(&Sample::new(), |out, report| write(out, report).unwrap()));
}
