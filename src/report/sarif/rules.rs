use std::collections::BTreeMap;

use serde::Serialize;

use super::log::{Component, ComponentReference, Message, Relationship, TaxonJson, TaxonReference};
use crate::finding::{Confidence, Finding, Severity, Taxon, Taxonomy};

/// The rules that have findings, by id; their order is their index in the log.
pub(super) struct Rules<'a>(BTreeMap<&'a str, (usize, &'a Finding)>);

impl<'a> Rules<'a> {
    pub(super) fn of(findings: impl Iterator<Item = &'a Finding>) -> Self {
        let mut rules = BTreeMap::new();
        for finding in findings {
            rules.entry(&*finding.rule).or_insert((0, finding));
        }
        for (index, (own, _)) in rules.values_mut().enumerate() {
            *own = index;
        }
        Self(rules)
    }

    pub(super) fn index(&self, rule: &str) -> usize {
        self.0.get(rule).map_or(0, |(index, _)| *index)
    }

    pub(super) fn descriptors(&self, taxonomies: &'a [Taxonomy]) -> Vec<Descriptor<'a>> {
        let all = self.0.values();
        all.map(|(_, finding)| Descriptor::new(finding, relationships(&finding.rule, taxonomies))).collect()
    }
}

/// Frameworks, in the order in which relationships count them.
pub(super) fn components(taxonomies: &[Taxonomy]) -> Vec<Component<'_>> {
    taxonomies
        .iter()
        .map(|taxonomy| Component {
            name: &taxonomy.framework.name,
            full_name: format!("{}, {}", taxonomy.framework.title, taxonomy.framework.edition),
            version: &taxonomy.framework.edition,
            information_uri: &taxonomy.framework.source,
            short_description: Message::new(taxonomy.framework.title.clone()),
            taxa: taxonomy
                .controls
                .iter()
                .map(|taxon| TaxonJson { id: &taxon.id, short_description: Message::new(taxon.title.clone()) })
                .collect(),
        })
        .collect()
}

/// The controls that a rule has to do with.
fn relationships<'a>(rule: &str, taxonomies: &'a [Taxonomy]) -> Vec<Relationship<'a>> {
    let taxa = taxonomies.iter().enumerate().flat_map(|(component, taxonomy)| {
        let taxa = taxonomy.controls.iter().enumerate();
        taxa.map(move |(index, taxon)| (component, &taxonomy.framework.name, index, taxon))
    });
    let own = taxa.filter(|(.., taxon)| taxon.rules.contains(rule));
    let relate = |(component, name, index, taxon): (usize, &'a String, usize, &'a Taxon)| {
        let tool_component = ComponentReference { name, index: component };
        Relationship { target: TaxonReference { id: &taxon.id, index, tool_component }, kinds: ["relevant"] }
    };
    own.map(relate).collect()
}

/// What is the same for all findings of a rule: a `reportingDescriptor`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor<'a> {
    id: &'a str,
    name: &'a str,
    short_description: Message,
    full_description: Message,
    help: Help,
    default_configuration: Configuration,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    relationships: Vec<Relationship<'a>>,
    properties: Properties,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: Vec<String>,
    precision: &'static str,
    /// From 0.0 to 10.0 as text, which code hosts turn back into words.
    #[serde(rename = "security-severity")]
    security_severity: &'static str,
}

impl<'a> Descriptor<'a> {
    fn new(finding: &'a Finding, relationships: Vec<Relationship<'a>>) -> Self {
        let or_title = |text: &str| if text.is_empty() { finding.title.to_string() } else { text.to_owned() };
        Self {
            id: &finding.rule,
            name: &finding.rule,
            short_description: Message::new(finding.title.to_string()),
            full_description: Message::new(or_title(&finding.why)),
            help: Help { text: help_text(finding), markdown: help_markdown(finding) },
            default_configuration: Configuration { level: level(finding.severity) },
            relationships,
            properties: Properties {
                tags: tags(finding),
                precision: match finding.confidence {
                    Confidence::High => "very-high",
                    Confidence::Medium => "high",
                    Confidence::Low => "medium",
                },
                security_severity: security_severity(finding.severity),
            },
        }
    }
}

/// The level that stands nearest to a severity.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The middle of the band in which a code host shows the same word as we do.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "1.0",
    }
}

fn tags(finding: &Finding) -> Vec<String> {
    let weaknesses = finding.references.iter().filter_map(|reference| {
        let number = reference.strip_prefix("CWE-")?;
        Some(format!("external/cwe/cwe-{number:0>3}"))
    });
    ["security".to_owned(), finding.category.name().to_owned()].into_iter().chain(weaknesses).collect()
}

fn help_text(finding: &Finding) -> String {
    let example = finding.example.as_deref().map_or_else(String::new, |example| format!("\n\n{}", example.trim_end()));
    let references = match finding.references.as_slice() {
        [] => String::new(),
        all => format!("\n\nSee {}.", all.join(", ")),
    };
    format!("{}\n\n{}{example}{references}", finding.why, finding.remedy)
}

fn help_markdown(finding: &Finding) -> String {
    let example = finding
        .example
        .as_deref()
        .map_or_else(String::new, |example| format!("\n\n```\n{}\n```", example.trim_end().replace("```", "'''")));
    let item = |reference: &str| {
        let is_link = reference.starts_with("https://");
        if is_link { format!("\n- <{reference}>") } else { format!("\n- {reference}") }
    };
    let references: String = finding.references.iter().map(|reference| item(reference)).collect();
    let references = if references.is_empty() { references } else { format!("\n\n**References**\n{references}") };
    format!("**Why:** {}\n\n**Fix:** {}{example}{references}", finding.why, finding.remedy)
}
