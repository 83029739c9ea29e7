use ecow::EcoString;

use super::catalog::Catalog;
use super::chart;
use super::schema::{Chart, Opened, Product};
use super::switch::Set;
use crate::facts::network::{Entry, Network, Zone};
use crate::facts::{Evidence, Look};
use crate::graph::Graph;
use crate::query::{self, PathExpr, scalar_text};
use crate::value::{Path, Truth, Value};

/// The installation of a Helm chart: `helm_release` or its template, Flux `HelmRelease`, Argo CD `Application`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Release {
    /// The chart's name, without repository.
    pub(in crate::facts) chart: EcoString,
    /// Where the name stands.
    pub(super) at: Path,
    /// The repository's address.
    pub(in crate::facts) repository: Option<EcoString>,
    /// The version, if it is pinned.
    pub(super) version: Option<EcoString>,
    /// Where the version stands.
    pub(in crate::facts) version_at: Path,
    /// Trees of values, later ones win.
    trees: Vec<Tree>,
    /// Values set by name, stronger than the trees.
    set: Vec<(String, Value, Path)>,
    /// A part of the values that is not known.
    hidden: Option<Path>,
}

/// Values of a chart.
#[derive(Clone, Debug)]
struct Tree {
    values: Value,
    root: Path,
    /// Whether the root is an encoded text, so that nothing below it has a place of its own.
    is_text: bool,
}

/// All releases of a graph.
pub(in crate::facts) fn all(graph: &Graph) -> Vec<(Look<'_>, Release)> {
    let of = |types: &[&str], read: fn(&Look<'_>) -> Option<Release>| {
        let found = Look::all(graph, types).into_iter();
        found.filter_map(|look| Some((look, read(&look)?))).collect::<Vec<_>>()
    };
    let mut all = of(&["helm_release", "data.helm_template"], terraform);
    all.extend(of(&["HelmRelease"], flux));
    all.extend(of(&["Application", "ApplicationSet"], argo));
    all
}

/// The chart's own name: the last part of an address, without the version of an archive.
fn chart_name(reference: &str) -> &str {
    let name = reference.rsplit('/').next().unwrap_or(reference);
    let Some(archive) = name.strip_suffix(".tgz") else { return name };
    let is_version = |text: &str| text.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    let mut parts = archive.match_indices('-').map(|(at, _)| archive.split_at(at));
    parts.find(|(_, version)| is_version(version.trim_start_matches('-'))).map_or(archive, |(name, _)| name)
}

fn terraform(look: &Look<'_>) -> Option<Release> {
    let chart = look.scalar("chart");
    let name = chart.text()?;
    let text = |path: &str| look.scalar(path).text().map(EcoString::from);
    let mut release = Release {
        chart: chart_name(name).into(),
        at: chart.path(),
        repository: text("repository").or_else(|| name.contains("://").then(|| name.into())),
        version: text("version"),
        version_at: look.scalar("version").path(),
        ..Release::default()
    };
    for document in look.find("values.*") {
        release.add_text(&document.value, document.path());
    }
    for block in ["set", "set_sensitive", "set_list", "set_wo"] {
        for entry in look.find(&format!("{block}.*")) {
            match (entry.value.get("name").and_then(scalar_text), entry.value.get("value")) {
                (Some(name), Some(value)) => {
                    release.set.push((name.to_string(), value.clone(), entry.path().key("value")));
                }
                _ => release.hidden = Some(entry.path().clone()),
            }
        }
    }
    Some(release)
}

fn flux(look: &Look<'_>) -> Option<Release> {
    let chart = look.scalar("spec.chart.spec.chart");
    let name = chart.text()?;
    let version = look.scalar("spec.chart.spec.version");
    let mut release = Release {
        chart: chart_name(name).into(),
        at: chart.path(),
        version: version.text().map(EcoString::from),
        version_at: version.path(),
        ..Release::default()
    };
    release.add_tree(look, "spec.values");
    if look.holds_some("spec.valuesFrom") != Truth::False {
        release.hidden = Some(Path::default().key("spec").key("valuesFrom"));
    }
    Some(release)
}

fn argo(look: &Look<'_>) -> Option<Release> {
    let sources = ["spec.source", "spec.sources.*", "spec.template.spec.source", "spec.template.spec.sources.*"];
    let source = sources.iter().find(|source| look.scalar(&format!("{source}.chart")).text().is_some())?;
    let chart = look.scalar(&format!("{source}.chart"));
    let text = |member: &str| look.scalar(&format!("{source}.{member}")).text().map(EcoString::from);
    let mut release = Release {
        chart: chart.text()?.into(),
        at: chart.path(),
        repository: text("repoURL"),
        version: text("targetRevision"),
        version_at: look.scalar(&format!("{source}.targetRevision")).path(),
        ..Release::default()
    };
    for document in look.find(&format!("{source}.helm.values")) {
        release.add_text(&document.value, document.path());
    }
    release.add_tree(look, &format!("{source}.helm.valuesObject"));
    for entry in look.find(&format!("{source}.helm.parameters.*")) {
        if let (Some(name), Some(value)) = (entry.value.get("name").and_then(scalar_text), entry.value.get("value")) {
            release.set.push((name.to_string(), value.clone(), entry.path().clone()));
        }
    }
    if look.holds_some(&format!("{source}.helm.valueFiles")) != Truth::False {
        release.hidden = Some(chart.path());
    }
    Some(release)
}

impl Release {
    pub(super) fn new(chart: &str, at: Path) -> Self {
        Self { chart: chart.into(), at, ..Self::default() }
    }

    /// A text of YAML, or what was encoded into one.
    fn add_text(&mut self, document: &Value, at: &Path) {
        let path: PathExpr = "@yaml".parse().expect("a path in code");
        for found in query::find(document, &path) {
            if found.value.as_unknown().is_some() {
                self.hidden = Some(at.clone());
            } else {
                self.trees.push(Tree { values: found.value, root: at.clone(), is_text: true });
            }
        }
    }

    pub(super) fn add_tree(&mut self, look: &Look<'_>, path: &str) {
        for found in look.find(path) {
            if found.value.as_unknown().is_some() {
                self.hidden = Some(found.path().clone());
            } else {
                let root = found.path().clone();
                self.trees.push(Tree { values: found.value, root, is_text: false });
            }
        }
    }

    /// How a value is set; perhaps, where a part of the values is not known.
    pub(in crate::facts) fn value(&self, name: &str) -> Set {
        let fits = |set: &&(String, Value, Path)| set.0.replace("\\.", ".") == name;
        if let Some((_, value, at)) = self.set.iter().rev().find(fits) {
            return Set::of(value, at.clone());
        }
        for tree in self.trees.iter().rev() {
            let way = name.split('.').fold(Path::default(), |way, key| way.key(key));
            if let Some(value) = tree.values.at(&way).filter(|value| !value.is_null()) {
                let at = if tree.is_text { tree.root.clone() } else { tree.root.join(&way) };
                return Set::of(value, at);
            }
        }
        self.hidden.clone().map_or(Set::No, Set::Maybe)
    }
}

/// Adds the ways that charts of known products open, by their values or by their own defaults.
pub(in crate::facts) fn open(graph: &Graph, catalog: &'static Catalog, network: &mut Network) {
    for look in Look::all(graph, &["Chart"]) {
        if let [product] = &chart::products(look, catalog)[..] {
            balanced(look, product.product, network);
        }
    }
    for (look, release) in all(graph) {
        let Some((_, chart)) = catalog.by_chart(&release.chart, release.repository.as_deref()) else { continue };
        let (zone, truth, at, says) = opened(chart, &release);
        let Some(zone) = zone else { continue };
        network.enter(Entry {
            to: look.id.into(),
            zone,
            truth,
            guarded: Truth::False,
            name: says.as_str().into(),
            shown: vec![Evidence::new(look.id, at, says)],
        });
    }
}

/// A chart in the code opens what its own values say. Its Ingress is a sample, whose host and
/// controller are the user's.
fn balanced(look: Look<'_>, product: &Product, network: &mut Network) {
    let Some(release) = chart::own(&look) else { return };
    let known = product.charts.iter().filter(|chart| chart.names.contains(&release.chart.to_string()));
    let types = known.flat_map(|chart| &chart.service_types).map(String::as_str).chain(["service.type"]);
    for name in types {
        if let Set::To(text, at) = release.value(name)
            && text == "LoadBalancer"
        {
            let says = format!("`{name}` asks for a load balancer");
            network.enter(Entry {
                to: look.id.into(),
                zone: Zone::Internet,
                truth: Truth::True,
                guarded: Truth::False,
                name: says.as_str().into(),
                shown: vec![Evidence::new(look.id, at, says)],
            });
            return;
        }
    }
}

fn opened(chart: &Chart, release: &Release) -> (Option<Zone>, Truth, Path, String) {
    for name in &chart.ingresses {
        match release.value(name) {
            Set::To(text, at) if text == "true" => {
                return (Some(Zone::Internet), Truth::True, at, format!("`{name}` turns an Ingress on"));
            }
            Set::Maybe(at) => {
                return (Some(Zone::Internet), Truth::Unknown, at, format!("`{name}` is not known"));
            }
            _ => {}
        }
    }
    let mut is_typed = false;
    for name in &chart.service_types {
        match release.value(name) {
            Set::To(text, at) => {
                is_typed = true;
                match text.as_str() {
                    "LoadBalancer" => {
                        return (Some(Zone::Internet), Truth::True, at, format!("`{name}` asks for a load balancer"));
                    }
                    "NodePort" => {
                        return (Some(Zone::Private), Truth::True, at, format!("`{name}` opens a port on every node"));
                    }
                    _ => {}
                }
            }
            Set::Maybe(at) | Set::Hidden(at) => {
                return (Some(Zone::Internet), Truth::Unknown, at, format!("`{name}` is not known"));
            }
            Set::No => {}
        }
    }
    let at = release.at.clone();
    match chart.opened {
        _ if is_typed => (None, Truth::False, at, String::new()),
        Opened::Public => (
            Some(Zone::Internet),
            Truth::True,
            at,
            "the chart opens a public load balancer unless told otherwise".into(),
        ),
        Opened::Node => {
            (Some(Zone::Private), Truth::True, at, "the chart opens a port on every node unless told otherwise".into())
        }
        Opened::Cluster => (None, Truth::False, at, String::new()),
    }
}
