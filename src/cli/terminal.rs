use std::env;
use std::io::{self, IsTerminal};

use super::args::Color;
use crate::report::human::{Detail, Settings};

/// Columns where nobody says how many there are.
const DEFAULT_WIDTH: usize = 100;

/// How the report looks on this standard output: plain on a pipe, unless color is forced.
pub(super) fn settings(color: Color, detail: Detail) -> Settings {
    let is_terminal = io::stdout().is_terminal();
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => is_colored(is_terminal),
    };
    Settings { width: width(), color, unicode: (is_terminal || color) && is_utf8(), detail }
}

/// How the report looks in a file.
pub(super) fn file_settings(detail: Detail) -> Settings {
    Settings { width: DEFAULT_WIDTH, color: false, unicode: true, detail }
}

/// `NO_COLOR` (<https://no-color.org>) outweighs `CLICOLOR_FORCE`, which outweighs the terminal.
fn is_colored(is_terminal: bool) -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_forced = is_set("CLICOLOR_FORCE") && env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    let is_dumb = env::var_os("TERM").is_some_and(|value| value == "dumb");
    !is_set("NO_COLOR") && (is_forced || (is_terminal && !is_dumb))
}

fn width() -> usize {
    let asked = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let measured = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    measured.or(asked).unwrap_or(DEFAULT_WIDTH)
}

/// Whether the locale says UTF-8, by the first variable that says anything; Windows always can.
fn is_utf8() -> bool {
    let said = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(|name| env::var(name).ok());
    let locale = said.into_iter().find(|value| !value.is_empty()).unwrap_or_default().to_ascii_lowercase();
    cfg!(windows) || locale.contains("utf-8") || locale.contains("utf8")
}
