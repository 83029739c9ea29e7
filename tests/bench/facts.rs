//! What the facts and the rules cost, as shares of the whole job, and how facts grow.

use std::path::Path;

use stanchion::analysis::{Outcome, analyze, graph};
use stanchion::facts::{Advisories, Facts};
use stanchion::rules::{RuleSet, Tally};
use stanchion::source::Disk;

use crate::{median, settings, shown, times};

/// Prints the share of all fact passes and of all rules in a whole run.
pub(crate) fn share(root: &Path) {
    let outcome = graph(&settings(root), &Disk, &()).expect("no variable files of a user");
    let whole = times(|| drop(analyze(&settings(root), &Disk, &()).expect("no rules of a user")));
    let bare = times(|| drop(graph(&settings(root), &Disk, &()).expect("no variable files of a user")));
    let facts = times(|| drop(Facts::derive(&outcome.graph, Advisories::embedded())));
    let derived = Facts::derive(&outcome.graph, Advisories::embedded());
    let rules = RuleSet::embedded();
    let run = times(|| drop(rules.run(&outcome.graph, &derived, Tally::Nothing)));
    let part = |times: &[f64]| 100.0 * median(times) / median(&whole);
    println!("without rules              {}", shown(&bare));
    println!("all facts                  {}, {:.1} % of the whole job", shown(&facts), part(&facts));
    println!("{} rules                  {}, {:.1} % of the whole job", rules.rules().len(), shown(&run), part(&run));
}

/// Prints the time of all facts over generated clusters, each workload behind a Service and an
/// Ingress and with an identity, four resources each.
pub(crate) fn growth(folder: &Path) {
    println!("\n{:>9}  {:>9}  {:>22}  {:>7}", "resources", "edges", "facts, median (range)", "step");
    let mut last: Option<f64> = None;
    for n in [2_000, 20_000] {
        let root = folder.join(n.to_string());
        write(&root, n / 4).expect("the temporary folder is writable");
        let outcome: Outcome = graph(&settings(&root), &Disk, &()).expect("no variable files of a user");
        let times = times(|| drop(Facts::derive(&outcome.graph, Advisories::embedded())));
        let step = last.map_or_else(String::new, |last| format!("×{:.1}", median(&times) / last));
        let (resources, edges) = (outcome.graph.resources().len(), outcome.graph.edges().len());
        println!("{resources:>9}  {edges:>9}  {:>22}  {step:>7}", shown(&times));
        last = Some(median(&times));
    }
}

fn write(root: &Path, n: usize) -> std::io::Result<()> {
    std::fs::create_dir_all(root)?;
    let mut text = String::new();
    for i in 0..n {
        text += &format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{i}, namespace: n}}\nspec:\n  template:\n    \
             metadata: {{labels: {{app: a{i}}}}}\n    spec:\n      serviceAccountName: d{i}\n      containers:\n        \
             - name: c\n          image: vllm/vllm-openai:v0.10.2\n          ports: [{{containerPort: 8000}}]\n\
             ---\napiVersion: v1\nkind: Service\nmetadata: {{name: d{i}, namespace: n}}\nspec:\n  selector: {{app: a{i}}}\n  \
             ports: [{{port: 80, targetPort: 8000}}]\n\
             ---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: d{i}, namespace: n}}\n\
             ---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: d{i}, namespace: n}}\nspec:\n  rules:\n    \
             - http: {{paths: [{{backend: {{service: {{name: d{i}, port: {{number: 80}}}}}}}}]}}\n"
        );
        if i % 500 == 499 || i + 1 == n {
            std::fs::write(root.join(format!("part{i}.yaml")), std::mem::take(&mut text))?;
        }
    }
    Ok(())
}
