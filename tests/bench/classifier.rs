//! What the classifier costs a resource, on one thread, descriptions and inference together.

use std::path::Path;
use std::time::Instant;

use stanchion::analysis::graph;
use stanchion::graph::ResourceId;
use stanchion::model::{Classifier, Describer, Description, Engine};
use stanchion::source::Disk;

use crate::{N_RUNS, settings};

/// Prints the microseconds a resource takes: to be described, and to be scored.
pub(crate) fn cost(root: &Path) {
    let outcome = graph(&settings(root), &Disk, &()).expect("no variable files");
    let graph = &outcome.graph;
    let classifier = Classifier::load(&Engine::default()).expect("the embedded model is sound");
    let ids: Vec<ResourceId> = (0..).map(ResourceId).take(graph.resources().len()).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
    let (mut describing, mut scoring) = (Vec::new(), Vec::new());
    let mut n = 0;
    for _ in 0..N_RUNS {
        let start = Instant::now();
        let descriptions: Vec<Description> = {
            let describer = Describer::new(graph);
            ids.iter().filter_map(|id| describer.describe(*id)).collect()
        };
        describing.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let scores = pool.install(|| classifier.score(&descriptions)).expect("the embedded model is sound");
        scoring.push(start.elapsed().as_secs_f64());
        n = scores.len();
    }
    let each = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        crate::median(times) * 1e6 / n as f64
    };
    println!(
        "classifier, one thread     {:.1} µs a resource to describe, {:.1} to score ({n} resources)",
        each(&mut describing),
        each(&mut scoring)
    );
}
