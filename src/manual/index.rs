use std::collections::BTreeMap;
use std::fmt::Write;

use crate::rules::Provider;
use crate::rules::schema::Rule;

/// The index of all pages in Markdown: by provider, then by id.
pub fn index(rules: &[Rule]) -> String {
    let mut by_provider: BTreeMap<Provider, BTreeMap<&str, &Rule>> = BTreeMap::new();
    for rule in rules {
        for provider in rule.providers() {
            by_provider.entry(provider).or_default().insert(&rule.id, rule);
        }
    }
    let mut text = format!("# Rules\n\n{} rules. `stanchion explain ID` shows the same pages.\n", rules.len());
    for (provider, rules) in by_provider {
        let head =
            format!("\n## {}\n\n| rule | severity | category | what it finds |\n|---|---|---|---|\n", provider.name());
        text.push_str(&head);
        for (id, rule) in rules {
            let title = rule.title.replace('|', "\\|");
            // Writing to a text does not fail.
            let _ = writeln!(text, "| [{id}]({id}.md) | {} | {} | {title} |", rule.severity, rule.category.name());
        }
    }
    text
}
