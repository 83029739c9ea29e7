use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::Outcome;
use crate::finding::Finding;
use crate::graph::ResourceId;
use crate::model::{Classifier, Describer, Description, Engine, Judge, ModelError};

/// Asks the classifier how likely a defect of its category is on the resource of each finding: the order of
/// findings that weigh the same.
///
/// # Errors
/// [`ModelError`] if the model cannot be run; nothing is changed then.
pub fn rank(outcome: &mut Outcome, engine: &Engine) -> Result<(), ModelError> {
    let classifier = Classifier::load(engine)?;
    let resources: FxHashMap<&str, ResourceId> =
        outcome.defects.iter().map(|it| (it.identity(), it.resource())).collect();
    let resource = |finding: &Finding| resources.get(&*finding.identities.first()?.current).copied();
    let asked: BTreeSet<ResourceId> = outcome.assessment.findings.iter().filter_map(resource).collect();
    let asked: Vec<ResourceId> = asked.into_iter().collect();
    let describer = Describer::new(&outcome.graph);
    let descriptions = asked.par_iter().filter_map(|id| Some((*id, describer.describe(*id)?)));
    let (ids, descriptions): (Vec<ResourceId>, Vec<Description>) = descriptions.collect::<Vec<_>>().into_iter().unzip();
    let scores = classifier.score(&descriptions)?;
    let judge = Judge::new(&classifier.about);
    let judged = descriptions.iter().zip(&scores).map(|(description, score)| judge.judge(description, score));
    let judged: FxHashMap<ResourceId, _> =
        ids.into_iter().zip(judged).filter(|(_, judgement)| judgement.abstained.is_none()).collect();
    let likelihood = |finding: &Finding| {
        let judgement = judged.get(&resource(finding)?)?;
        let column = classifier.about.categories.iter().position(|category| *category == finding.category)?;
        let probability = judgement.probabilities.get(column)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a probability has at most 100 percent"
        )]
        let percent = (probability * 100.0).round() as u8;
        Some(percent)
    };
    let likelihoods: Vec<Option<u8>> = outcome.assessment.findings.iter().map(likelihood).collect();
    for (finding, likelihood) in outcome.assessment.findings.iter_mut().zip(likelihoods) {
        finding.likelihood = likelihood;
    }
    Ok(())
}
