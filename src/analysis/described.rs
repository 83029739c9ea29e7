use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::kept::Kept;
use super::places::Places;
use super::{AnalyzeError, Input, Outcome, Progress, Settings, analyze, load};
use crate::graph::{Graph, ResourceId};
use crate::model::{Abstention, Classifier, Described, Describer, Description, Judge};
use crate::source::{FileId, FileSystem, SourceMap};
use crate::value::Path;

/// What the classifier is told of each resource, in the order of files and text.
///
/// # Errors
/// [`AnalyzeError`] if a variable file cannot be read.
pub fn describe(
    settings: &Settings,
    fs: &dyn FileSystem,
    progress: &dyn Progress,
) -> Result<Vec<Described>, AnalyzeError> {
    let input = load(settings, fs, &mut Kept::default(), progress)?;
    let teller = Teller { graph: &input.graph, sources: &input.sources, places: Places::new(&input.sources) };
    Ok(descriptions(&input.graph).iter().map(|(id, description)| teller.described(*id, description)).collect())
}

/// What the classifier thinks of each resource, in the order of files and text.
///
/// # Errors
/// [`AnalyzeError`] if a variable file cannot be read, or the model cannot be run.
pub fn scores(
    settings: &Settings,
    classifier: &Classifier,
    fs: &dyn FileSystem,
    progress: &dyn Progress,
) -> Result<Vec<Scored>, AnalyzeError> {
    let Input { graph, sources, .. } = &load(settings, fs, &mut Kept::default(), progress)?;
    progress.phase("scoring", 0);
    let teller = Teller { graph, sources, places: Places::new(sources) };
    let (ids, descriptions): (Vec<ResourceId>, Vec<Description>) = descriptions(graph).into_iter().unzip();
    let scores = classifier.score(&descriptions)?;
    let judge = Judge::new(&classifier.about);
    let all = ids.iter().zip(&descriptions).zip(&scores);
    Ok(all
        .map(|((id, description), score)| {
            let judged = judge.judge(description, score);
            let told = teller.described(*id, description);
            let categories = classifier.about.categories.iter().map(|category| category.name());
            let mut lines: Vec<LineShare> = Vec::new();
            for ((.., line), shares) in told.lines.iter().zip(&score.shares) {
                let line = if *line == 0 { told.span.0 } else { *line };
                for (category, share) in categories.clone().zip(shares) {
                    match lines.iter_mut().find(|it| it.line == line && it.category == category) {
                        Some(known) => known.contribution += share,
                        None => lines.push(LineShare { line, category, contribution: *share }),
                    }
                }
            }
            lines.retain(|it| it.contribution.abs() >= LEAST_SHARE);
            lines.sort_by(|a, b| (a.line, a.category).cmp(&(b.line, b.category)));
            Scored {
                address: told.address,
                file: told.file,
                start_line: told.span.0,
                end_line: told.span.1,
                abstained: judged.abstained,
                scores: categories.zip(judged.probabilities).collect(),
                lines,
            }
        })
        .collect())
}

/// Smaller shares in a logit are left out.
const LEAST_SHARE: f32 = 0.01;

/// What the classifier thinks of a resource.
#[derive(Debug, Serialize)]
pub struct Scored {
    /// Its address.
    pub address: String,
    /// The file that declares it.
    pub file: String,
    /// First line of its block, from 1 on.
    pub start_line: u32,
    /// Last line of its block.
    pub end_line: u32,
    /// Why the scores should not be used, if they should not.
    pub abstained: Option<Abstention>,
    /// How likely a defect of each category is.
    pub scores: BTreeMap<&'static str, f32>,
    /// What each line adds to a category's logit; what stands nowhere counts for the first line.
    pub lines: Vec<LineShare>,
}

/// What a line adds to a category's logit.
#[derive(Debug, Serialize)]
pub struct LineShare {
    /// The line, from 1 on.
    pub line: u32,
    /// The category.
    pub category: &'static str,
    /// Its share.
    pub contribution: f32,
}

/// What a resource is told to be, line by line, and what each line adds for each category.
#[derive(Debug)]
pub struct Explained {
    /// The description.
    pub told: Described,
    /// Why the probabilities should not be used, if they should not.
    pub abstained: Option<Abstention>,
    /// For each category its name, probability, and the share of each line in the logit.
    pub categories: Vec<(&'static str, f32, Vec<f32>)>,
}

/// What the classifier thinks of the resources of an address, line by line.
///
/// # Errors
/// [`AnalyzeError`] if a variable file cannot be read, or the model cannot be run.
pub fn explain_scores(
    settings: &Settings,
    address: &str,
    classifier: &Classifier,
    fs: &dyn FileSystem,
) -> Result<Vec<Explained>, AnalyzeError> {
    let Input { graph, sources, .. } = &load(settings, fs, &mut Kept::default(), &())?;
    let teller = Teller { graph, sources, places: Places::new(sources) };
    let mut asked = descriptions(graph);
    asked.retain(|(id, _)| graph.resource(*id).address == address);
    let (ids, descriptions): (Vec<ResourceId>, Vec<Description>) = asked.into_iter().unzip();
    let scores = classifier.score(&descriptions)?;
    let judge = Judge::new(&classifier.about);
    let all = ids.iter().zip(&descriptions).zip(&scores);
    let explained = all.map(|((id, description), score)| {
        let judged = judge.judge(description, score);
        let names = classifier.about.categories.iter().map(|category| category.name());
        let columns = names.zip(judged.probabilities).enumerate();
        let shares = |column: usize| score.shares.iter().map(|shares| shares[column]).collect();
        Explained {
            told: teller.described(*id, description),
            abstained: judged.abstained,
            categories: columns.map(|(column, (name, probability))| (name, probability, shares(column))).collect(),
        }
    });
    Ok(explained.collect())
}

/// A finding, or one that is allowed, as a label for training.
#[derive(Debug, Serialize)]
pub struct Lesson {
    /// What the classifier is told of the resource.
    #[serde(flatten)]
    pub told: Described,
    /// The category of the finding.
    pub category: &'static str,
    /// 1 for a finding, 0 for one that is allowed.
    pub label: u8,
}

/// Findings and allowed findings as labels, in the order of files and text.
///
/// # Errors
/// Those of [`super::analyze`].
pub fn lessons(settings: &Settings, fs: &dyn FileSystem, progress: &dyn Progress) -> Result<Vec<Lesson>, AnalyzeError> {
    let Outcome { graph, sources, assessment, .. } = &analyze(settings, fs, progress)?;
    let teller = Teller { graph, sources, places: Places::new(sources) };
    let found = assessment.findings.iter().map(|finding| (finding, 1));
    let allowed = assessment.suppressed.iter().map(|suppressed| (&suppressed.finding, 0));
    let mut labels: BTreeMap<(&str, FileId), Vec<(&'static str, u8)>> = BTreeMap::new();
    for (finding, label) in found.chain(allowed) {
        labels.entry((&finding.address, finding.primary.span.file)).or_default().push((finding.category.name(), label));
    }
    let lessons = descriptions(graph).into_iter().flat_map(|(id, description)| {
        let resource = graph.resource(id);
        let known = labels.get(&(resource.address.as_str(), resource.block.file)).cloned().unwrap_or_default();
        let told = teller.described(id, &description);
        known.into_iter().map(move |(category, label)| Lesson { told: told.clone(), category, label })
    });
    Ok(lessons.collect())
}

/// All resources that can be described.
pub(super) fn descriptions(graph: &Graph) -> Vec<(ResourceId, Description)> {
    let ids: Vec<ResourceId> = (0..).map(ResourceId).take(graph.resources().len()).collect();
    let describer = Describer::new(graph);
    ids.into_par_iter().filter_map(|id| Some((id, describer.describe(id)?))).collect()
}

struct Teller<'a> {
    graph: &'a Graph,
    sources: &'a SourceMap,
    places: Places<'a>,
}

impl Teller<'_> {
    fn described(&self, id: ResourceId, description: &Description) -> Described {
        let resource = self.graph.resource(id);
        let file = self.sources.file(resource.block.file);
        let line = |path: Option<&Path>| {
            let span = path.and_then(|path| self.places.span(&self.graph.locate(id, path).0));
            span.filter(|span| span.file == resource.block.file).map_or(0, |span| file.position(span.start).line)
        };
        let lines = description.lines.iter();
        Described {
            address: resource.address.to_string(),
            file: file.path.display().to_string(),
            span: (file.position(resource.block.start).line, file.position(resource.block.end).line),
            type_name: description.type_name.clone(),
            lines: lines
                .map(|it| (it.role.name().into(), it.path.clone(), it.value.clone(), line(it.at.as_ref())))
                .collect(),
            dropped: description.n_dropped,
        }
    }
}
