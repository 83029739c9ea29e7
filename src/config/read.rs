use std::ops::Range;

use super::Config;
use crate::rules::nearest;

/// Why a settings file was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, one line.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
    /// Where, in bytes.
    pub range: Range<usize>,
}

/// Reads a settings file.
///
/// # Errors
/// [`Refusal`] with its place: text that is no TOML, a key or word that means nothing here.
pub fn read(text: &str) -> Result<Config, Refusal> {
    toml::from_str(text).map_err(|error| refusal(&error, text))
}

fn refusal(error: &toml::de::Error, text: &str) -> Refusal {
    let range = error.span().unwrap_or(0..0);
    let full = error.message().replace('\n', ", ");
    let quoted: Vec<&str> = full.split('`').skip(1).step_by(2).collect();
    for (start, what) in [("unknown field", "key"), ("unknown variant", "word")] {
        if let (true, [wrong, known @ ..]) = (full.starts_with(start), &quoted[..]) {
            let help = match nearest(wrong, known) {
                Some(right) => format!("did you mean `{right}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            return Refusal { message: format!("unknown {what} `{wrong}`"), help: Some(help), range };
        }
    }
    // An element is blamed on its whole list.
    let named = quoted.first().and_then(|word| {
        let start = range.start + text.get(range.clone())?.find(word)?;
        Some(start..start + word.len())
    });
    let range = named.unwrap_or(range);
    Refusal { message: full, help: None, range }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TEMPLATE;

    fn refused(text: &str) -> (String, String, String) {
        let refusal = read(text).unwrap_err();
        let place = text.get(refusal.range.clone()).unwrap_or("").to_owned();
        (refusal.message, refusal.help.unwrap_or_default(), place)
    }

    #[test]
    fn what_means_nothing_is_refused_with_the_nearest_right_word() {
        for (text, message, help, place) in [
            ("fail_on = \"low\"", "unknown key `fail_on`", "did you mean `fail-on`?", "fail_on"),
            ("fail-on = \"hihg\"", "unknown word `hihg`", "did you mean `high`?", "\"hihg\""),
            ("samples = \"gates\"", "unknown word `gates`", "did you mean `gate`?", "\"gates\""),
            (
                "[[root]]\npath = \"a\"\nvar-file = []",
                "unknown key `var-file`",
                "did you mean `var-files`?",
                "var-file",
            ),
            ("[[allow]]\nrules = [\"a\"]\nreasn = \"\"", "unknown key `reasn`", "did you mean `reason`?", "reasn"),
        ] {
            assert_eq!(refused(text), (message.to_owned(), help.to_owned(), place.to_owned()));
        }
        assert!(refused("zebra = 1").1.starts_with("known here: paths, exclude"));
    }

    #[test]
    fn values_are_refused_at_their_place() {
        assert_eq!(refused("exclude = [\"a\", \"b[\"]").2, "b[");
        assert_eq!(refused("[[allow]]\nrules = []").2, "[]");
        assert_eq!(refused("[[allow]]\nrules = [\"a\"]\nuntil = \"soon\"").2, "soon");
        assert_eq!(refused("pedantic = \"yes\"").2, "\"yes\"");
        assert!(refused("paths = [").0.contains("array"));
    }

    #[test]
    fn a_day_may_be_quoted_or_not() {
        let until = |day: &str| read(&format!("[[allow]]\nrules = [\"a\"]\nuntil = {day}")).unwrap().allow[0].until;
        assert_eq!(until("2030-01-31").unwrap().to_string(), "2030-01-31");
        assert_eq!(until("\"2030-01-31\""), until("2030-01-31"));
    }

    /// Every key that the template shows, and every section, is one there is.
    #[test]
    fn the_template_is_valid_with_and_without_its_comments() {
        assert!(read(TEMPLATE).is_ok());
        let is_setting = |line: &&str| line.starts_with("# [") || line.starts_with("# ") && line.contains(" = ");
        let bare: Vec<&str> = TEMPLATE.lines().filter(is_setting).map(|line| line.trim_start_matches("# ")).collect();
        let config = read(&bare.join("\n")).unwrap();
        assert!(!config.allow.is_empty() && !config.root.is_empty() && !config.severity.is_empty());
    }

    /// `docs/stanchion.schema.json` completes the file in an editor. After a change, run the test
    /// with `UPDATE=1` in the environment.
    #[test]
    fn config_json_schema_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/stanchion.schema.json");
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(Config)).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &schema).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), schema, "run again with UPDATE=1");
    }
}
