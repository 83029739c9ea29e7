use std::collections::{BTreeMap, BTreeSet};

use super::described::descriptions;
use super::places::Places;
use crate::finding::{Category, Label, Suspicion};
use crate::graph::{Graph, Resource, ResourceId, ResourceKind};
use crate::model::{Classifier, Description, Engine, Judge, Line, ModelError, Role, Score, is_known_type};
use crate::rules::RuleSet;
use crate::source::SourceMap;

/// Most lines that are shown of one suspicion.
const MAX_LINES: usize = 3;

/// A line with a smaller share in what speaks for a defect is not shown, unless it says most.
const LEAST_SHARE: f32 = 0.15;

/// Who suspects, and how readily.
#[derive(Clone, Debug, Default)]
pub struct Suspect {
    /// The model.
    pub engine: Engine,
    /// Whether to tell also what is likely but below the threshold of its category.
    pub has_all: bool,
}

/// From which probability on something is told where all is asked for.
const LIKELY: f32 = 0.3;

/// What the classifier suspects where no rule of the category looks at the type; likeliest first, one
/// for each block.
///
/// # Errors
/// [`ModelError`] if the model cannot be run.
pub(super) fn suspicions(graph: &Graph, sources: &SourceMap, suspect: &Suspect) -> Result<Vec<Suspicion>, ModelError> {
    if !suspect.has_all && suspect.engine.is_silent() {
        return Ok(Vec::new());
    }
    let covered = covered();
    let is_open = |resource: &Resource, category: Category| {
        let targets = [Some(&resource.type_name), resource.class.as_ref()];
        !targets
            .into_iter()
            .flatten()
            .any(|target| covered.get(target.as_str()).is_some_and(|it| it.contains(&category)))
    };
    let mut asked = descriptions(graph);
    asked.retain(|(id, _)| {
        let resource = graph.resource(*id);
        resource.kind != ResourceKind::Data
            && is_described_well(resource)
            && Category::ALL.iter().any(|it| is_open(resource, *it))
    });
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let classifier = Classifier::load(&suspect.engine)?;
    if !suspect.has_all && classifier.about.thresholds.iter().all(|threshold| *threshold >= 1.0) {
        return Ok(Vec::new());
    }
    let (ids, described): (Vec<ResourceId>, Vec<Description>) = asked.into_iter().unzip();
    let scores = classifier.score(&described)?;
    let judge = Judge::new(&classifier.about);
    let places = Places::new(sources);
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for ((id, description), score) in ids.iter().zip(&described).zip(&scores) {
        let resource = graph.resource(*id);
        let judged = judge.judge(description, score);
        if judged.abstained.is_some() {
            continue;
        }
        let most = judged.probabilities.iter().copied().fold(0.0, f32::max);
        let columns = classifier.about.categories.iter().zip(&classifier.about.thresholds).zip(&judged.probabilities);
        for (column, ((category, threshold), probability)) in columns.enumerate() {
            let least = if suspect.has_all { LIKELY.min(*threshold) } else { *threshold };
            // A resource has one suspicion at most: what is likeliest of it.
            if *probability < least
                || *probability < most
                || !is_open(resource, *category)
                || !seen.insert((resource.block, *category))
            {
                continue;
            }
            let told = Told { graph, id: *id, places: &places, description, score, column };
            found.extend(told.suspicion(resource, *category, *probability));
        }
    }
    found.sort_by(Suspicion::order);
    Ok(found)
}

/// Whether the classifier is told enough of such a resource: its provider's schema is known, or it is a
/// call of a module.
fn is_described_well(resource: &Resource) -> bool {
    resource.kind == ResourceKind::Module || is_known_type(&resource.type_name)
}

/// Which categories some rule of the binary looks at, for each type and class.
fn covered() -> BTreeMap<String, BTreeSet<Category>> {
    let mut covered: BTreeMap<String, BTreeSet<Category>> = BTreeMap::new();
    for rule in RuleSet::embedded().rules() {
        for target in rule.all_targets() {
            covered.entry(target.to_owned()).or_default().insert(rule.category);
        }
    }
    covered
}

struct Told<'a> {
    graph: &'a Graph,
    id: ResourceId,
    places: &'a Places<'a>,
    description: &'a Description,
    score: &'a Score,
    column: usize,
}

impl Told<'_> {
    fn suspicion(&self, resource: &Resource, category: Category, probability: f32) -> Option<Suspicion> {
        let header = self.places.span(&resource.header)?;
        let mut weighed: Vec<(&Line, f32)> = self
            .description
            .lines
            .iter()
            .zip(&self.score.shares)
            .map(|(line, shares)| (line, shares[self.column]))
            .collect();
        weighed.retain(|(line, share)| *share > 0.0 && line.role != Role::Type);
        weighed.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let whole: f32 = weighed.iter().map(|(_, share)| share).sum();
        let shares = weighed.iter().map(|(line, share)| (*line, share / whole));
        let decisive: Vec<(&Line, f32)> = shares
            .enumerate()
            .take_while(|(n, (_, share))| *n == 0 || (*n < MAX_LINES && *share >= LEAST_SHARE))
            .map(|(_, it)| it)
            .collect();
        let (most, _) = decisive.first()?;
        let place = |line: &Line| {
            let located = line.at.as_ref().and_then(|path| self.places.span(&self.graph.locate(self.id, path).0));
            located.filter(|span| span.file == header.file).unwrap_or(header)
        };
        Some(Suspicion {
            category,
            probability,
            address: resource.address.to_string(),
            type_name: self.description.type_name.to_string(),
            primary: Label { span: place(most), message: says(most) },
            lines: decisive
                .iter()
                .map(|(line, share)| (Label { span: place(line), message: says(line) }, *share))
                .collect(),
            like: format!("{} {}", says(most), looks_like(category)),
            because: because(resource, category),
        })
    }
}

/// A line of a description in words.
fn says(line: &Line) -> String {
    let path = &line.path;
    let (first, rest) = line.value.split_once(' ').unwrap_or((&line.value, ""));
    match (&line.role, first, rest) {
        (Role::Neighbour(_), "there", _) => format!("a `{path}` is joined to it"),
        (_, "absent", _) => format!("`{path}` is not set"),
        (_, "true", _) => format!("`{path}` is on"),
        (_, "false", _) => format!("`{path}` is off"),
        (_, "empty", _) => format!("`{path}` is empty"),
        (_, "wildcard", _) | (_, "cidr", "any") => format!("`{path}` admits everything"),
        (_, "secret", _) => format!("`{path}` holds a secret as text"),
        (_, "image", pin) => format!("`{path}` is an image by {pin}"),
        (_, "source", pin) => format!("`{path}` is {pin}"),
        (_, "literal", text) => format!("`{path}` is “{text}”"),
        (_, "number", size) => format!("`{path}` is a number ({size})"),
        (_, "anything" | "service", _) => format!("`{path}` grants broad rights"),
        (_, "url", "plain") => format!("`{path}` is an unencrypted URL"),
        _ => format!("`{path}` is what it is"),
    }
}

/// What known defects of a category have in common.
fn looks_like(category: Category) -> &'static str {
    match category {
        Category::AccessControl => "– known defects that grant more than is needed look like this",
        Category::Authentication => "– known defects that let callers in without a login look like this",
        Category::DataGovernance => "– known defects in where data goes look like this",
        Category::EncryptionAtRest => "– known defects that leave stored data readable look like this",
        Category::EncryptionInTransit => "– known defects that leave data readable on the wire look like this",
        Category::Hygiene => "– known untidy settings look like this",
        Category::LoggingMonitoring => "– known defects that leave no trace of an attack look like this",
        Category::NetworkExposure => "– known defects that open a service to strangers look like this",
        Category::Resilience => "– known defects that lose data or service look like this",
        Category::Secrets => "– known defects that show a secret look like this",
        Category::SupplyChain => "– known defects that run code of unknown origin look like this",
    }
}

fn because(resource: &Resource, category: Category) -> String {
    match resource.kind {
        ResourceKind::Module => "the module's source is not on disk, so no rule sees what it creates".to_owned(),
        _ => format!("no rule on {} looks at `{}`", category.name(), resource.type_name),
    }
}
