use std::collections::BTreeSet;
use std::sync::Arc;

use ecow::EcoString;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::places::{Locators, Places};
use crate::finding::{Category, Label, Suspicion};
use crate::graph::{Graph, Resource, ResourceId, ResourceKind};
use crate::model::{
    About, Classifier, Describer, Description, Engine, Judge, Line, Lookout, ModelError, Precedent, Role, Support,
    is_known_type,
};
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
const LIKELY: f32 = 0.5;

/// What one analysis leaves for the next with the same settings.
#[derive(Debug, Default)]
pub(super) struct Kept {
    about: Option<Arc<About>>,
    classifier: Option<Classifier>,
    /// By the address of the resource, which is held so that no other one is found there: the categories of
    /// which it may have a precedent.
    may_have: FxHashMap<usize, (Arc<Resource>, BTreeSet<Category>)>,
}

impl Kept {
    /// Looks at the resources that were not there before, and forgets those that are gone.
    fn look_at(&mut self, graph: &Graph, look: impl Fn(&Resource) -> BTreeSet<Category> + Sync) {
        let seen = graph.resources().par_iter().map(|resource| match self.may_have.get(&address(resource)) {
            Some((_, known)) => (Arc::clone(resource), known.clone()),
            None => (Arc::clone(resource), look(resource)),
        });
        let seen: Vec<(Arc<Resource>, BTreeSet<Category>)> = seen.collect();
        self.may_have = seen.into_iter().map(|one| (address(&one.0), one)).collect();
    }

    fn may_have(&self, graph: &Graph, id: ResourceId) -> &BTreeSet<Category> {
        static NONE: BTreeSet<Category> = BTreeSet::new();
        let resource = graph.resources().get(id.0 as usize);
        resource.and_then(|it| self.may_have.get(&address(it))).map_or(&NONE, |(_, categories)| categories)
    }
}

fn address(resource: &Arc<Resource>) -> usize {
    Arc::as_ptr(resource).addr()
}

/// What the classifier suspects where no rule of the category looks at the type; likeliest first, one
/// for each block.
///
/// # Errors
/// [`ModelError`] if the model cannot be run.
pub(super) fn suspicions(
    graph: &Graph,
    sources: &SourceMap,
    rules: &RuleSet,
    suspect: &Suspect,
    (kept, locators): (&mut Kept, &Arc<Locators>),
) -> Result<Vec<Suspicion>, ModelError> {
    let about = match &kept.about {
        Some(about) => Arc::clone(about),
        None => Arc::clone(kept.about.insert(Arc::new(suspect.engine.about()?))),
    };
    let thresholds = about.categories.iter().zip(&about.thresholds);
    let told: BTreeSet<Category> =
        thresholds.filter(|(_, threshold)| suspect.has_all || **threshold < 1.0).map(|(it, _)| *it).collect();
    let covered = covered(rules, graph);
    let is_open = |resource: &Resource, category: Category| {
        let targets = [Some(&resource.type_name), resource.class.as_ref()];
        !targets
            .into_iter()
            .flatten()
            .any(|target| covered.get(target.as_str()).is_some_and(|it| it.contains(&category)))
    };
    let judge = Judge::new(&about);
    let lookout = Lookout::new(&about, &told);
    kept.look_at(graph, |resource| {
        let is_candidate = resource.kind != ResourceKind::Data && is_described_well(resource);
        if is_candidate { lookout.may_have(resource) } else { BTreeSet::new() }
    });
    let is_asked = |id: ResourceId| kept.may_have(graph, id).iter().any(|it| is_open(graph.resource(id), *it));
    let has_precedent = |id: ResourceId, description: &Description| {
        let precedents = judge.precedents(description).into_iter().flatten();
        { precedents }.any(|it| told.contains(&it.category) && is_open(graph.resource(id), it.category))
    };
    let describer = Describer::new(graph);
    let n_resources = u32::try_from(graph.resources().len()).unwrap_or(u32::MAX);
    let asked: Vec<(ResourceId, Description)> = (0..n_resources)
        .into_par_iter()
        .map(ResourceId)
        .filter(|id| is_asked(*id))
        .filter_map(|id| Some((id, describer.describe(id)?)))
        .filter(|(id, description)| has_precedent(*id, description))
        .collect();
    // The embedded model is loaded where there is something to ask; another one is checked in any case.
    if asked.is_empty() && suspect.engine.model.is_none() {
        return Ok(Vec::new());
    }
    let classifier = match kept.classifier.take() {
        Some(classifier) => classifier,
        None => Classifier::load(&suspect.engine)?,
    };
    let classifier = kept.classifier.insert(classifier);
    let (ids, descriptions): (Vec<ResourceId>, Vec<Description>) = asked.into_iter().unzip();
    let scores = classifier.score(&descriptions)?;
    let places = Places::with(sources, locators);
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for ((id, description), score) in ids.iter().zip(&descriptions).zip(&scores) {
        let resource = graph.resource(*id);
        if judge.judge(description, score).abstained.is_some() {
            continue;
        }
        let columns = about.categories.iter().zip(&about.thresholds).enumerate();
        let open = columns.filter(|(_, (category, _))| is_open(resource, **category));
        let supported = open.filter_map(|(column, (category, threshold))| {
            let support = judge.support(description, score, column)?;
            let least = if suspect.has_all { LIKELY.min(*threshold) } else { *threshold };
            (support.probability >= least).then_some((*category, support))
        });
        // A resource has one suspicion at most: what is likeliest of it.
        let likeliest = supported.max_by(|a, b| a.1.probability.total_cmp(&b.1.probability));
        let Some((category, support)) = likeliest else { continue };
        if seen.insert((resource.block, category)) {
            let told = Told { graph, id: *id, places: &places, description };
            found.extend(told.suspicion(resource, category, &support));
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

/// Which categories some rule looks at, whether it runs or not, for each type and class of the graph.
fn covered<'r>(rules: &'r RuleSet, graph: &Graph) -> FxHashMap<&'r str, BTreeSet<Category>> {
    let resources = graph.resources().iter();
    let there: FxHashSet<&str> =
        resources.flat_map(|it| [Some(&it.type_name), it.class.as_ref()]).flatten().map(EcoString::as_str).collect();
    let mut covered: FxHashMap<&str, BTreeSet<Category>> = FxHashMap::default();
    for rule in rules.rules().iter().chain(rules.off()) {
        for target in rule.all_targets().into_iter().filter(|target| there.contains(*target)) {
            covered.entry(target).or_default().insert(rule.category);
        }
    }
    covered
}

struct Told<'a> {
    graph: &'a Graph,
    id: ResourceId,
    places: &'a Places<'a>,
    description: &'a Description,
}

impl Told<'_> {
    fn suspicion(&self, resource: &Resource, category: Category, support: &Support<'_>) -> Option<Suspicion> {
        let header = self.places.span(&resource.header)?;
        let whole: f32 = support.lines.iter().map(|(_, share, _)| share).sum();
        let shares = support.lines.iter().map(|(index, share, _)| (&self.description.lines[*index], share / whole));
        let decisive: Vec<(&Line, f32)> = shares
            .enumerate()
            .take_while(|(n, (_, share))| *n == 0 || (*n < MAX_LINES && *share >= LEAST_SHARE))
            .map(|(_, it)| it)
            .collect();
        let ((most, _), (.., precedent)) = (decisive.first()?, support.lines.first()?);
        let place = |line: &Line| {
            let located = line.at.as_ref().and_then(|path| self.places.span(&self.graph.locate(self.id, path).0));
            located.filter(|span| span.file == header.file).unwrap_or(header)
        };
        Some(Suspicion {
            category,
            probability: support.probability,
            address: resource.address.to_string(),
            type_name: self.description.type_name.to_string(),
            primary: Label { span: place(most), message: says(most) },
            lines: decisive
                .iter()
                .map(|(line, share)| (Label { span: place(line), message: says(line) }, *share))
                .collect(),
            like: like(most, precedent),
            because: because(resource, category),
        })
    }
}

/// In words, what a line has in common with known defects.
fn like(line: &Line, precedent: &Precedent) -> String {
    let words = precedent.key.rsplit('.').next().unwrap_or(&precedent.key);
    format!(
        "{}: with `{words}` like that, {} other types of resources {}",
        says(line),
        precedent.types,
        looks_like(precedent.category)
    )
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
        (_, "image", "untagged" | "latest") => format!("`{path}` is whatever image is the latest"),
        (_, "image", pin) => format!("`{path}` is an image by {pin}"),
        (_, "source", "branch") => format!("`{path}` follows a branch"),
        (_, "source", "unpinned") => format!("`{path}` names no version"),
        (_, "source", pin) => format!("`{path}` is of a {pin}"),
        (_, "literal", text) => format!("`{path}` is “{text}”"),
        (_, "number", size) => format!("`{path}` is a number ({size})"),
        (_, "anything" | "service", _) => format!("`{path}` grants broad rights"),
        (_, "url", "plain") => format!("`{path}` is an unencrypted URL"),
        (_, "version", version) => format!("`{path}` admits {version}"),
        (_, "role", role) => format!("`{path}` is the role {role}"),
        _ => format!("`{path}` is set so"),
    }
}

/// What is known to go wrong in a category.
fn looks_like(category: Category) -> &'static str {
    match category {
        Category::AccessControl => "are known to grant more than is needed",
        Category::Authentication => "are known to let callers in without a login",
        Category::DataGovernance => "are known to let data go where it should not",
        Category::EncryptionAtRest => "are known to keep data readable",
        Category::EncryptionInTransit => "are known to send data in the clear",
        Category::Hygiene => "are known to be untidy",
        Category::LoggingMonitoring => "are known to leave no trace of an attack",
        Category::NetworkExposure => "are known to be open to strangers",
        Category::Resilience => "are known to lose data or service",
        Category::Secrets => "are known to show a secret",
        Category::SupplyChain => "are known to run code of unknown origin",
    }
}

fn because(resource: &Resource, category: Category) -> String {
    match resource.kind {
        ResourceKind::Module => "the module's source is not on disk, so no rule sees what it creates".to_owned(),
        _ => format!("no rule on {} looks at `{}`", category.name(), resource.type_name),
    }
}
