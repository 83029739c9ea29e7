use super::rendered;
use super::sample::Sample;
use stanchion::report::human::{Detail, Settings, write};

fn human(sample: &Sample, settings: Settings) -> String {
    rendered(sample, |out, report| write(out, report, settings).unwrap())
}

const PLAIN: Settings = Settings { width: 100, color: false, unicode: true, detail: Detail::Normal };

#[test]
fn every_width_and_character_set_reads_well() {
    for (name, settings) in [
        ("unicode_60", Settings { width: 60, ..PLAIN }),
        ("unicode_100", PLAIN),
        ("unicode_140", Settings { width: 140, ..PLAIN }),
        ("ascii_100", Settings { unicode: false, ..PLAIN }),
    ] {
        insta::assert_snapshot!(name, human(&Sample::new(), settings));
    }
}
