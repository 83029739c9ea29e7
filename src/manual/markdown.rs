use super::words::Line;
use super::{Part, page};
use crate::rules::framework::Frameworks;
use crate::rules::schema::Rule;

/// The page of a rule in Markdown, ending with a line end.
pub fn markdown(rule: &Rule, frameworks: &Frameworks) -> String {
    let mut text = format!("# {}\n\n`{}`\n", escaped(&rule.title), rule.id);
    for part in page(rule, frameworks) {
        text.push('\n');
        text.push_str(&section(part));
    }
    text
}

fn section(part: Part) -> String {
    match part {
        Part::Text("about", body) => format!("{}\n", escaped(&body)),
        Part::Text(head, body) => format!("## {}\n\n{}\n", heading(head), escaped(&one_line(&body))),
        Part::Code(head, body) => format!("## {}\n\n```{}\n{body}\n```\n", heading(head), language(&body)),
        Part::List(head, lines) => {
            let items: String = lines.iter().map(item).collect();
            format!("## {}\n\n{items}", heading(head))
        }
    }
}

fn item(line: &Line) -> String {
    let is_link = line.text.starts_with("https://");
    let body = if is_link { format!("<{}>", line.text) } else { escaped(&line.text) };
    format!("{}- {body}\n", "  ".repeat(line.depth))
}

fn heading(head: &str) -> &str {
    match head {
        "fires" => "Fires",
        "why" => "Why it matters",
        "fix" => "What to do",
        "edits" => "What a machine can do",
        "example" => "Example",
        "see" => "References",
        "controls" => "Controls",
        "same as" => "The same check elsewhere",
        "in place of" => "Reported in place of",
        "allow" => "To allow it",
        other => other,
    }
}

fn language(code: &str) -> &'static str {
    let is_hcl = code.contains(" = ") || code.lines().any(|line| line.trim_end().ends_with('{'));
    if is_hcl { "hcl" } else { "yaml" }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What Markdown would take for markup outside of code.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for (n, part) in text.split('`').enumerate() {
        let is_code = n % 2 == 1;
        if n > 0 {
            escaped.push('`');
        }
        escaped.push_str(&if is_code {
            part.to_owned()
        } else {
            part.replace('*', "\\*").replace('<', "&lt;").replace('_', "\\_")
        });
    }
    escaped
}
