use std::collections::BTreeMap;

use owo_colors::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::pen::{Pen, severity_style};
use crate::finding::{Coverage, Row, Standing};
use crate::report::Report;
use crate::report::verdict::{files, plural};

/// Columns between and around the four cells of a line.
const BARS: usize = 13;
/// The least a subject is cut to.
const MIN_SUBJECT: usize = 12;

/// How each control of a framework stands: a table that is Markdown, too, then where to look.
pub(super) fn render(report: Report<'_>, pen: &Pen) -> String {
    let Some(coverage) = &report.assessment.coverage else { return String::new() };
    let framework = &coverage.framework;
    let mut text = format!("{}\n\n", pen.bold(&format!("## {}, {}", framework.title, framework.edition)));
    text.push_str(&ai_resources(report, coverage, pen));
    text.push_str(&table(coverage, pen));
    text.push('\n');
    text.push_str(&legend(coverage, pen));
    text.push_str(&places("Where to look:", coverage, |row| &row.findings, pen));
    if pen.is_verbose() {
        text.push_str(&evidence(coverage, pen));
    }
    text.push_str(&places("Allowed by suppressions in the code:", coverage, |row| &row.allowed, pen));
    text.push_str(&unseen(report, pen));
    text
}

fn table(coverage: &Coverage, pen: &Pen) -> String {
    let said: Vec<String> = coverage.rows.iter().map(said).collect();
    let widest = |cells: &mut dyn Iterator<Item = usize>, head: &str| cells.max().unwrap_or(0).max(head.len());
    let id = widest(&mut coverage.rows.iter().map(|row| row.id.width()), "control");
    let result = widest(&mut said.iter().map(|text| text.width()), "result");
    let in_code = widest(&mut coverage.rows.iter().map(|row| row.in_code.name().len()), "in code");
    let room = pen.width().saturating_sub(BARS + id + result + in_code).max(MIN_SUBJECT);
    let subject = widest(&mut coverage.rows.iter().map(|row| row.title.width()), "subject").min(room);
    let line = |width: usize| "-".repeat(width + 2);
    let head =
        format!("| {:id$} | {:subject$} | {:in_code$} | {:result$} |\n", "control", "subject", "in code", "result");
    let under = format!("|{}|{}|{}|{}|\n", line(id), line(subject), line(in_code), line(result));
    let rows = coverage.rows.iter().zip(said).map(|(row, said)| {
        let title = cut(&row.title, subject, pen);
        let said = pen.paint(&format!("{said:result$}"), style(row.standing));
        format!("| {:id$} | {title} | {:in_code$} | {said} |\n", row.id, row.in_code.name())
    });
    [head, under].into_iter().chain(rows).collect()
}

/// What is said of a control. Nothing here says that it is met.
fn said(row: &Row) -> String {
    let n = |findings: &BTreeMap<String, usize>| findings.values().sum::<usize>();
    let judged = format!("{} on {}", row.checks.len(), row.n_resources);
    let open = if row.n_undecided > 0 { format!(", {} open", row.n_undecided) } else { String::new() };
    match row.standing {
        Standing::Violated(worst) => format!("violated: {}, {worst}", n(&row.findings)),
        Standing::Question(worst) => format!("to ask: {}, {worst}", n(&row.findings)),
        Standing::Allowed => format!("allowed: {}", n(&row.allowed)),
        Standing::Evidenced => format!("evidenced: {judged}{open}"),
        Standing::NoQuestion => format!("no hint: {judged}{open}"),
        Standing::Undecided => format!("undecided: {} open", row.n_undecided),
        Standing::NothingToJudge => "nothing to judge".to_owned(),
        Standing::RulesOff => "rules are off".to_owned(),
        Standing::NoRule => "no rule".to_owned(),
        Standing::NotInCode => "not in code".to_owned(),
    }
}

fn style(standing: Standing) -> Style {
    match standing {
        Standing::Violated(worst) => severity_style(worst),
        Standing::Evidenced => Style::new().green(),
        Standing::Question(_) | Standing::Allowed | Standing::Undecided => Style::new().yellow(),
        _ => Style::new().dimmed(),
    }
}

/// A text in exactly that many columns.
fn cut(text: &str, width: usize, pen: &Pen) -> String {
    if text.width() <= width {
        return format!("{text}{}", " ".repeat(width - text.width()));
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    let kept: String = text.chars().take_while(fits).collect();
    let kept = format!("{}{}", kept.trim_end(), pen.sign("…", "~"));
    format!("{kept}{}", " ".repeat(width.saturating_sub(kept.width())))
}

/// What the words of the table mean, those that are in it.
fn legend(coverage: &Coverage, pen: &Pen) -> String {
    let has = |is_wanted: fn(Standing) -> bool| coverage.rows.iter().any(|row| is_wanted(row.standing));
    let has_open = coverage.rows.iter().any(|row| row.n_undecided > 0);
    let lines: [(bool, &str); 10] = [
        (
            has(|s| matches!(s, Standing::Violated(_))),
            "`violated: 2, high` - 2 findings, the worst of them high. One finding may stand in several rows.",
        ),
        (
            has(|s| s == Standing::Evidenced),
            "`evidenced: 3 on 9` - 3 checks on 9 resources, and none fired. This is evidence, not compliance: of a \
             `partial` control code shows a part only, and of a `full` one only what is declared here.",
        ),
        (
            has(|s| matches!(s, Standing::Question(_) | Standing::NoQuestion)),
            "`to ask`, `no hint` - code can only hint at it: a finding is a question, and none is no answer.",
        ),
        (
            has(|s| s == Standing::Allowed),
            "`allowed` - there are findings, and suppressions in the code allow them all.",
        ),
        (has_open, "`open` - questions of a check about a resource that hang on an unknown value."),
        (
            has(|s| s == Standing::NothingToJudge),
            "`nothing to judge` - nothing in the input is what its checks are about.",
        ),
        (
            has(|s| s == Standing::RulesOff),
            "`rules are off` - its checks were not run; `--pedantic` or `--select` turns them on.",
        ),
        (has(|s| s == Standing::NoRule), "`no rule` - code could show something of it, and no check looks yet."),
        (has(|s| s == Standing::NotInCode), "`not in code` - code shows nothing of it: look elsewhere."),
        (true, &coverage.note),
    ];
    let shown = lines.iter().filter(|(is_shown, _)| *is_shown);
    shown.map(|(_, line)| pen.paragraph("", "- ", Style::new(), line)).collect::<String>() + "\n"
}

/// Which rules have how many findings, by control.
fn places(head: &str, coverage: &Coverage, of: fn(&Row) -> &BTreeMap<String, usize>, pen: &Pen) -> String {
    let rows: Vec<&Row> = coverage.rows.iter().filter(|row| !of(row).is_empty()).collect();
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!("{head}\n\n");
    for row in rows {
        let mut rules: Vec<(&String, &usize)> = of(row).iter().collect();
        rules.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
        let n_shown = if pen.is_verbose() { rules.len() } else { MAX_RULES };
        let mut named: Vec<String> = rules.iter().take(n_shown).map(|(rule, n)| format!("`{rule}` {n}")).collect();
        if rules.len() > n_shown {
            named.push(format!("and {} more", plural(rules.len() - n_shown, "rule")));
        }
        text.push_str(&pen.paragraph("", &format!("- {}: ", row.id), Style::new(), &named.join(", ")));
    }
    text.push('\n');
    text
}

/// Which checks decided something, by control.
fn evidence(coverage: &Coverage, pen: &Pen) -> String {
    let rows = coverage.rows.iter().filter(|row| !row.checks.is_empty()).map(|row| {
        let named: Vec<String> = row.checks.iter().map(|rule| format!("`{rule}`")).collect();
        pen.paragraph("", &format!("- {}: ", row.id), Style::new(), &named.join(", "))
    });
    format!("Checks that judged something:\n\n{}\n", rows.collect::<String>())
}

/// Rules of a control that are named; the rest is counted.
const MAX_RULES: usize = 5;

/// Of a framework about AI systems, whether the input is one as far as types tell.
fn ai_resources(report: Report<'_>, coverage: &Coverage, pen: &Pen) -> String {
    let Some(n) = coverage.n_ai_resources.filter(|_| report.assessment.counts.resources > 0) else {
        return String::new();
    };
    let all = plural(report.assessment.counts.resources, "resource");
    let line = match n {
        0 => format!(
            "No AI system is seen: of {all} none is of a type that only such systems use (what containers run and what \
             generic types make is not looked at). The rows speak of the infrastructure as it is."
        ),
        n => format!(
            "AI systems: {n} of {all} by their types alone; what containers run and what generic types make is not \
             looked at."
        ),
    };
    pen.paragraph("", "", Style::new(), &line) + "\n"
}

/// What the table cannot know of.
fn unseen(report: Report<'_>, pen: &Pen) -> String {
    let assessment = report.assessment;
    let mut text = String::new();
    let parts = [
        (assessment.missing_modules.len(), plural(assessment.missing_modules.len(), "module") + " not on disk"),
        (assessment.skipped.len(), files(assessment.skipped.len()) + " not analyzed"),
        (assessment.problems.len(), plural(assessment.problems.len(), "broken part")),
    ];
    let unseen: Vec<String> = parts.into_iter().filter(|(n, _)| *n > 0).map(|(_, text)| text).collect();
    if !unseen.is_empty() {
        let line = format!("Not looked at, and in no row: {}.", unseen.join(", "));
        text.push_str(&pen.paragraph("", "", Style::new(), &line));
        text.push('\n');
    }
    text
}
