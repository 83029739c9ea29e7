use super::words::{self, Line};
use crate::rules::framework::{Frameworks, Tag};
use crate::rules::schema::{Audience, Case, Rule};

/// Part of a page.
pub(super) enum Part {
    /// A heading and a text.
    Text(&'static str, String),
    /// A heading and lines with their depths.
    List(&'static str, Vec<Line>),
    /// A heading and code.
    Code(&'static str, String),
}

/// What there is to read about a rule, in order.
pub(super) fn page(rule: &Rule, frameworks: &Frameworks) -> Vec<Part> {
    let mut parts = vec![Part::Text("about", facts(rule)), Part::Text("why", rule.why.trim().to_owned())];
    parts.push(Part::List("fires", fires(rule)));
    parts.push(Part::Text("fix", rule.remedy.trim().to_owned()));
    let edits = edits(rule);
    if !edits.is_empty() {
        parts.push(Part::List("edits", edits));
    }
    parts.extend(rule.example.as_ref().map(|example| Part::Code("example", example.trim_end().to_owned())));
    parts.push(Part::List("see", lines(&rule.references)));
    let controls = controls(rule, frameworks);
    if !controls.is_empty() {
        parts.push(Part::List("controls", controls));
    }
    if !rule.equivalents.is_empty() {
        parts.push(Part::Text("same as", quoted(&rule.equivalents)));
    }
    if !rule.absorbs.is_empty() {
        parts
            .push(Part::Text("in place of", format!("{}, where they are about the same thing", quoted(&rule.absorbs))));
    }
    parts.push(Part::Text("allow", format!("`# stanchion:allow {} -- reason`", rule.id)));
    parts
}

/// The controls that the rule concerns, a line for each framework.
fn controls(rule: &Rule, frameworks: &Frameworks) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut last = "";
    for Tag { framework, control } in frameworks.tags(rule) {
        let text = format!("{} {}", control.id, control.title);
        match lines.last_mut() {
            Some(line) if last == framework.name => line.text.extend(["; ", &text]),
            _ => lines.push(Line { depth: 0, text: format!("`{}`: {text}", framework.name) }),
        }
        last = &framework.name;
    }
    lines
}

fn facts(rule: &Rule) -> String {
    let audience = match rule.audience {
        Audience::Default => "",
        Audience::Pedantic => ", only with `--pedantic`",
    };
    let providers: Vec<_> = rule.providers().into_iter().map(crate::rules::Provider::name).collect();
    format!(
        "{} severity, {} confidence, {}, {}, since {}{audience}",
        rule.severity,
        rule.confidence.name(),
        rule.category.name(),
        providers.join(" and "),
        rule.since
    )
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn lines(texts: &[String]) -> Vec<Line> {
    texts.iter().map(|text| Line { depth: 0, text: text.clone() }).collect()
}

/// What the fixes of a rule do, with their resources where not all cases have the same.
fn edits(rule: &Rule) -> Vec<Line> {
    let fixes = rule.fixes();
    let n_cases = rule.cases.len().max(1);
    let is_same = fixes.len() == n_cases && rule.fix.is_some() && rule.cases.iter().all(|case| case.fix.is_none());
    let mut lines = Vec::new();
    for (targets, fix) in if is_same { &fixes[..1] } else { &fixes[..] } {
        let safety = if fix.safe { "safe" } else { "needs a person's judgement" };
        let on = if is_same { String::new() } else { format!("on {}, ", words::or(targets.iter())) };
        lines.push(Line { depth: 0, text: format!("{on}{safety}:") });
        lines.extend(fix.edits.iter().map(|edit| Line { depth: 1, text: words::edit(edit) }));
        if let Some(when) = &fix.when {
            lines.push(Line { depth: 1, text: "only where".into() });
            words::condition(when, 2, &mut lines);
        }
    }
    lines
}

fn fires(rule: &Rule) -> Vec<Line> {
    let single =
        Case { targets: rule.targets.clone(), each: rule.each.clone(), when: rule.when.clone(), ..Case::default() };
    let cases = if rule.cases.is_empty() { std::slice::from_ref(&single) } else { &rule.cases[..] };
    let mut lines = Vec::new();
    for case in cases {
        let targets: Vec<_> = case.targets.iter().map(|target| format!("`{target}`")).collect();
        let each = case.each.as_ref().map_or_else(String::new, |each| format!("each `{each}` of "));
        let severity = case.severity.map_or_else(String::new, |severity| format!(" ({severity} severity)"));
        lines.push(Line { depth: 0, text: format!("on {each}{}{severity}, when", targets.join(" or ")) });
        // What the case asks for on the whole needs no line of its own.
        let all = case.when.as_ref().map(|when| when.all.as_deref().unwrap_or(std::slice::from_ref(when)));
        for condition in all.into_iter().flatten() {
            words::condition(condition, 1, &mut lines);
        }
    }
    lines
}
