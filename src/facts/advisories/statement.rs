use ecow::{EcoString, eco_format};

use super::catalog::{Advisories, Entry, clean_after};
use super::schema::End;
use super::version::Running;
use super::way::{self, Way};
use crate::facts::products::{Catalog, Release, Set, Subject, containers, releases};
use crate::facts::statement::{number, object};
use crate::facts::{Evidence, Look, Statement, Statements};
use crate::finding::Severity;
use crate::graph::Graph;
use crate::query::{self, PathExpr, scalar_text};
use crate::value::{Data, Partial, PartialSegment, Path, Truth, Value};

/// What the fact follows from, beside the graph.
#[derive(Clone, Copy)]
pub(in crate::facts) struct Known<'a> {
    pub(in crate::facts) catalog: &'static Catalog,
    pub(in crate::facts) advisories: &'a Advisories,
    /// The fact `ai-endpoint`.
    pub(in crate::facts) endpoints: &'a Statements,
    /// The fact `reach`.
    pub(in crate::facts) reach: &'a Statements,
}

/// The fact `ai-advisory`: each product of a known version that advisories are about, with the
/// worst of them: `product`, `name`, `version`, `id`, `aliases`, `summary`, `severity`,
/// `known_exploited`, `evidence`, `count`, `ids`, `fixed_in`, `reached`, and in words `weakness`
/// and `outlook`. An advisory that no version is known to fix counts where somebody reaches the
/// product without a login: there is nothing to do about it elsewhere.
pub(in crate::facts) fn statements(graph: &Graph, known: Known<'_>) -> Statements {
    let mut all = Statements::default();
    for look in Look::all(graph, &["workload"]) {
        let found = in_workload(look, known);
        if !found.is_empty() {
            all.entry(look.id).or_default().extend(found);
        }
    }
    for (look, release) in releases(graph) {
        let found = in_release(look, &release, known);
        if !found.is_empty() {
            all.entry(look.id).or_default().extend(found);
        }
    }
    all
}

/// A version as it stands in code.
struct Told<'v> {
    subject: Subject<'v>,
    at: Path,
    value: &'v Value,
}

fn in_workload(look: Look<'_>, known: Known<'_>) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut shows_ray = false;
    let containers = containers(&look);
    for container in &containers {
        let Some((value, at)) = &container.image else { continue };
        let told = Told { subject: Subject { look, container: Some(container), release: None }, at: at.clone(), value };
        let entries = entries_of(value, known);
        shows_ray |= entries.iter().any(|entry| entry.product == "ray");
        found.extend(of_image(&told, &entries, known));
    }
    // An image of Ray itself is what runs, whatever the object says.
    if !shows_ray {
        let subject = Subject { look, container: containers.first(), release: None };
        found.extend(of_ray_version(subject, known));
    }
    found
}

/// What is known of an image, as far as its name is in the code.
fn entries_of<'a>(image: &Value, known: Known<'a>) -> Vec<&'a Entry> {
    let head = known_head(image).map(Value::string);
    let repository = part(head.as_ref().unwrap_or(image), "repository");
    repository.map(|repository| known.advisories.of_repository(&repository)).unwrap_or_default()
}

fn of_image(told: &Told<'_>, entries: &[&Entry], known: Known<'_>) -> Option<Statement> {
    if told.value.as_unknown().is_some() {
        return undecided(told, entries, told.value);
    }
    judge(told, &part(told.value, "tag")?, entries, known)
}

/// A part of an image's name: `repository`, `tag`.
fn part(image: &Value, name: &str) -> Option<EcoString> {
    let path: PathExpr = "@image".parse().expect("a path in code");
    query::find(image, &path).into_iter().next()?.value.get(name).and_then(scalar_text)
}

/// The start of a text that is known in part, if the image's name is in it.
fn known_head(value: &Value) -> Option<EcoString> {
    match &value.as_unknown()?.partial {
        Some(Partial::Template(pieces)) => match pieces.first() {
            Some(PartialSegment::Known(text)) => {
                let last = text.rsplit('/').next().unwrap_or(text);
                (last.contains(':') && !text.contains('@')).then(|| text.clone())
            }
            _ => None,
        },
        _ => None,
    }
}

/// What a Ray object says its version is.
fn of_ray_version(subject: Subject<'_>, known: Known<'_>) -> Option<Statement> {
    let look = subject.look;
    let api = look.scalar("apiVersion");
    if !api.text().is_some_and(|api| api.starts_with("ray.io/")) {
        return None;
    }
    let places = ["spec.rayVersion", "spec.rayClusterConfig.rayVersion", "spec.rayClusterSpec.rayVersion"];
    let found = places.iter().find_map(|place| look.find(place).into_iter().next())?;
    let told = Told { subject, at: found.path().clone(), value: &found.value };
    let entries = known.advisories.of_product("ray");
    match scalar_text(&found.value) {
        Some(version) => judge(&told, &version, &entries, known),
        None => undecided(&told, &entries, &found.value),
    }
}

fn in_release(look: Look<'_>, release: &Release, known: Known<'_>) -> Vec<Statement> {
    let mut found = Vec::new();
    let charts = known.advisories.of_chart(&release.chart);
    if let Some(value) = look.resource().attributes.at(&release.version_at).filter(|_| !charts.is_empty()) {
        let told = Told { subject: installed(look, release), at: release.version_at.clone(), value };
        found.extend(match scalar_text(value) {
            Some(text) => Running::of_chart(&text).and_then(|running| judged(&told, &text, &running, &charts, known)),
            None => undecided(&told, &charts, value),
        });
    }
    found.extend(of_values(look, release, known));
    found
}

fn installed<'a>(look: Look<'a>, release: &'a Release) -> Subject<'a> {
    Subject { look, container: None, release: Some(release) }
}

/// The tag that a release's values set; what a chart takes by default is not in the code.
fn of_values(look: Look<'_>, release: &Release, known: Known<'_>) -> Option<Statement> {
    let (product, _) = known.catalog.by_chart(&release.chart, release.repository.as_deref())?;
    let id = &known.catalog.products[product].id;
    let of = |member: &str| {
        let names = [format!("image.{member}"), format!("{id}.image.{member}")];
        names.iter().map(|name| release.value(name)).find(|set| !matches!(set, Set::No))
    };
    let entries = match of("repository") {
        None => known.advisories.of_product(id),
        Some(Set::To(repository, _)) => {
            known.advisories.of_repository(&part(&Value::string(repository), "repository")?)
        }
        Some(_) => return None,
    };
    let subject = installed(look, release);
    match of("tag")? {
        Set::To(tag, at) => {
            let value = Value::string(tag.as_str());
            judge(&Told { subject, at, value: &value }, &tag, &entries, known)
        }
        Set::Maybe(at) | Set::Hidden(at) => {
            let value = look.resource().attributes.at(&at).filter(|value| value.as_unknown().is_some()).cloned()?;
            undecided(&Told { subject, at, value: &value }, &entries, &value)
        }
        Set::No => None,
    }
}

/// The statement that it is open which version runs. What is known of the text of `version` is
/// left out: it is about the image, not about what the members say.
fn undecided(told: &Told<'_>, entries: &[&Entry], version: &Value) -> Option<Statement> {
    let first = entries.first()?;
    let unknown = version.as_unknown()?;
    let version = Value::unknown(unknown.reason.clone(), unknown.span);
    let value = object([
        ("product", Some(Value::string(first.product.as_str()))),
        ("version", Some(version.clone())),
        ("severity", Some(version.clone())),
        ("evidence", Some(version)),
    ]);
    Some(Statement { truth: Truth::Unknown, value, at: told.at.clone(), trail: Vec::new() })
}

fn judge(told: &Told<'_>, tag: &str, entries: &[&Entry], known: Known<'_>) -> Option<Statement> {
    let first = entries.first()?;
    let is_alike = |entry: &&&Entry| entry.product == first.product && entry.scheme == first.scheme;
    let alike: Vec<&Entry> = entries.iter().filter(is_alike).copied().collect();
    let running = Running::of_tag(tag, first.scheme)?;
    judged(told, tag, &running, &alike, known)
}

fn judged<'e>(
    told: &Told<'_>,
    version: &str,
    running: &Running,
    entries: &[&'e Entry],
    known: Known<'_>,
) -> Option<Statement> {
    let product = &entries.first()?.product;
    let about = known.catalog.products.iter().find(|about| about.id == *product);
    let way = Way::to(told.subject, &told.at, product, about.is_some(), known);
    let hit = |entry: &&'e Entry| {
        let end = &entry.interval_of(running)?.end;
        let conditions = &entry.reachable_when;
        Some(Hit { entry, end, is_usable: way.is_usable(conditions), is_possible: way.is_possible(conditions) })
    };
    let mut hits: Vec<Hit<'_>> = entries.iter().filter_map(hit).collect();
    hits.retain(|hit| *hit.end != End::Never || hit.is_usable == Truth::True);
    let worst = hits.iter().max_by_key(|hit| hit.weight())?;
    let (severity, worst) = (worst.severity(), worst.entry);
    let reached = way.worst();
    let end = last(&hits).map(|end| clean_after(end, entries));
    let name = about.map(|about| about.name.as_str()).or(worst.name.as_deref()).unwrap_or(product);
    let text = |text: &str| Some(Value::string(text));
    let list =
        |texts: &mut dyn Iterator<Item = &str>| Some(Value::from(Data::List(texts.map(Value::string).collect())));
    let value = object([
        ("product", text(product)),
        ("name", text(name)),
        ("version", text(version)),
        ("id", text(&worst.id)),
        ("aliases", list(&mut worst.aliases.iter().map(String::as_str))),
        ("summary", text(&worst.summary)),
        ("severity", text(severity.name())),
        ("known_exploited", Some(Data::Bool(worst.known_exploited).into())),
        ("evidence", text(worst.evidence.name())),
        ("count", Some(number(hits.len()))),
        ("ids", list(&mut hits.iter().map(|hit| hit.entry.id.as_str()))),
        (
            "fixed_in",
            end.and_then(|end| if let End::Before(_, text) = end { Some(Value::string(text.as_str())) } else { None }),
        ),
        ("reached", reached.and_then(way::from).map(Value::string)),
        ("weakness", text(&weakness(worst, hits.len() - 1))),
        ("outlook", text(&outlook(end))),
    ]);
    let mut trail = reached.map(|way| way.trail.clone()).unwrap_or_default();
    trail.push(Evidence::new(told.subject.look.id, told.at.clone(), eco_format!("runs {name} {version}")));
    trail.extend(way.evidence(&worst.reachable_when));
    Some(Statement { truth: Truth::True, value, at: told.at.clone(), trail })
}

/// An advisory that is about the running version.
struct Hit<'e> {
    entry: &'e Entry,
    /// Where the affected versions end among which it is.
    end: &'e End,
    /// Whether everything holds that somebody needs to use it.
    is_usable: Truth,
    /// Whether no setting rules it out.
    is_possible: bool,
}

impl Hit<'_> {
    fn severity(&self) -> Severity {
        if self.is_usable == Truth::True { self.entry.severity } else { self.entry.severity.lowered() }
    }

    fn weight(&self) -> impl Ord {
        let is_mended = match self.end {
            End::Before(..) => 2,
            End::With(..) => 1,
            End::Never => 0,
        };
        let entry = self.entry;
        let (exploited, id) = (entry.known_exploited, std::cmp::Reverse(entry.id.clone()));
        (entry.evidence, self.is_possible, exploited, self.severity(), self.is_usable, is_mended, id)
    }
}

/// Where the last of some affected ranges ends; `None` if one does not.
fn last<'e>(hits: &[Hit<'e>]) -> Option<&'e End> {
    let place = |end: &'e End| match end {
        End::Before(version, _) => Some((version.clone(), false)),
        End::With(version, _) => Some((version.clone(), true)),
        End::Never => None,
    };
    if hits.iter().any(|hit| *hit.end == End::Never) {
        return None;
    }
    hits.iter().map(|hit| hit.end).max_by_key(|end| place(end))
}

fn weakness(worst: &Entry, n_others: usize) -> String {
    let exploited = if worst.known_exploited { ", which attackers use" } else { "" };
    let others = if n_others == 0 { String::new() } else { format!(", and {n_others} more") };
    format!("{}{exploited}{others}", worst.id)
}

fn outlook(end: Option<&End>) -> String {
    match end {
        Some(End::Before(_, version)) => format!("{version} is the first without"),
        Some(End::With(_, version)) => format!("versions after {version} are without"),
        Some(End::Never) | None => "no version is known to be without".into(),
    }
}
