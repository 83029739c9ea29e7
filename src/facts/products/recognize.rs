use ecow::EcoString;

use super::catalog::Catalog;
use super::chart;
use super::container::{self, Container};
use super::release::{self, Release};
use super::schema::{Product, Role, State, Switch};
use super::switch::{self, Answer, Subject};
use crate::facts::statement::{answer, object};
use crate::facts::{Evidence, Look, Statement};
use crate::graph::{Graph, ResourceId};
use crate::query::{self, PathExpr, scalar_text};
use crate::value::{Data, Path, Truth, Value};

/// An AI product that a resource runs.
#[derive(Clone, Debug)]
pub(crate) struct Ai {
    /// What runs it.
    pub(crate) resource: ResourceId,
    /// Which product.
    pub(crate) product: &'static Product,
    /// What it does here.
    pub(crate) role: Role,
    /// The value that shows it.
    pub(crate) at: Path,
    /// What shows it: `image`, `command`, `settings`, `kind` or `chart`.
    pub(crate) by: &'static str,
    /// Which of the containers runs it.
    pub(crate) container: Option<usize>,
    /// Tag of the image, or version of the chart.
    pub(crate) version: Option<EcoString>,
    /// Whether the image is pinned by its digest.
    pub(crate) is_pinned: bool,
    /// Whether its callers are asked for a login, and what says so.
    pub(crate) login: (Truth, Evidence),
    /// Whether it encrypts what it sends; unknown where its makers do not say.
    pub(crate) tls: Truth,
    /// What is left open though callers are asked for a login.
    pub(crate) except: Option<&'static str>,
}

impl Ai {
    /// The fact `ai`: `product` (id), `name`, `role`, `by`, `version`, `pinned`,
    /// `own_authentication`, `except`, `tls`, `impact`.
    pub(crate) fn statement(&self) -> Statement {
        let text = |text: &str| Some(Value::string(text));
        let product = self.product;
        let value = object([
            ("product", text(&product.id)),
            ("name", text(&product.name)),
            ("role", text(self.role.name())),
            ("by", text(self.by)),
            ("version", self.version.clone().map(Value::string)),
            ("pinned", Some(Data::Bool(self.is_pinned).into())),
            ("own_authentication", Some(answer(self.login.0, "whether it asks its callers for a login"))),
            ("except", self.except.and_then(text)),
            ("tls", Some(answer(self.tls, "whether it encrypts what it sends"))),
            ("impact", text(&product.impact)),
        ]);
        let says = format!("runs {}", product.name);
        let trail = vec![Evidence::new(self.resource, self.at.clone(), says), self.login.1.clone()];
        Statement { truth: Truth::True, value, at: self.at.clone(), trail }
    }
}

/// Every AI product that the graph shows, in the order of resources.
pub(crate) fn recognize(graph: &Graph, catalog: &'static Catalog) -> Vec<Ai> {
    let mut all: Vec<Ai> = Vec::new();
    for name in container::holders() {
        for look in Look::all(graph, &[name]) {
            all.extend(in_containers(look, catalog));
        }
    }
    for name in catalog.kinds() {
        let own = Look::all(graph, &[name]).into_iter().filter(|look| look.resource().class.is_none());
        all.extend(own.filter_map(|look| by_kind(look, catalog)));
    }
    for (look, release) in release::all(graph) {
        all.extend(in_release(look, &release, catalog));
    }
    for chart in Look::all(graph, &["Chart"]) {
        all.extend(chart::products(chart, catalog));
    }
    all.sort_by_key(|ai| ai.resource);
    all
}

pub(super) fn in_release(look: Look<'_>, release: &Release, catalog: &'static Catalog) -> Option<Ai> {
    let (product, chart) = catalog.by_chart(&release.chart, release.repository.as_deref())?;
    let product = &catalog.products[product];
    let subject = Subject { look, container: None, release: Some(release) };
    let found = Ai {
        login: login(&chart.authentication, subject, product, Some(&release.at)),
        version: release.version.clone(),
        tls: Truth::Unknown,
        except: chart.authentication.except.as_deref(),
        ..ai(subject, product, release.at.clone(), "chart")?
    };
    Some(found)
}

fn in_containers(look: Look<'_>, catalog: &'static Catalog) -> Vec<Ai> {
    let containers = container::all(&look);
    let of = |(index, container)| Some(Ai { container: Some(index), ..in_container(look, container, catalog)? });
    let mut found: Vec<Ai> = containers.iter().enumerate().filter_map(of).collect();
    let of_kind = by_kind(look, catalog);
    if let Some(of_kind) = of_kind.filter(|of_kind| !found.iter().any(|ai| ai.product.id == of_kind.product.id)) {
        found.insert(0, of_kind);
    }
    found
}

fn by_kind(look: Look<'_>, catalog: &'static Catalog) -> Option<Ai> {
    let (version, kind) = (look.scalar("apiVersion"), look.scalar("kind"));
    let index = catalog.by_kind(version.text()?, kind.text()?)?;
    let subject = Subject { look, container: None, release: None };
    ai(subject, &catalog.products[index], Path::default().key("kind"), "kind")
}

fn in_container(look: Look<'_>, container: &Container, catalog: &'static Catalog) -> Option<Ai> {
    let subject = Subject { look, container: Some(container), release: None };
    if let Some((image, at)) = container.image.as_ref().filter(|_| !container.is_idle())
        && let Some((index, parts)) = by_image(image, catalog)
    {
        let found = ai(subject, &catalog.products[index], at.clone(), "image")?;
        return Some(Ai { version: part(&parts, "tag"), is_pinned: part(&parts, "digest").is_some(), ..found });
    }
    if let Some((index, _)) = catalog.by_command(&container.command_line()) {
        let at = container.words.first().map_or(&container.at, |(_, at)| at).clone();
        return ai(subject, &catalog.products[index], at, "command");
    }
    let (product, at) = catalog.products.iter().find_map(|product| Some((product, sign(product, subject)?)))?;
    ai(subject, product, at, "settings")
}

/// The first of the settings that show a product.
fn sign(product: &Product, subject: Subject<'_>) -> Option<Path> {
    let shown_by = |set: &Vec<Switch>| {
        let answers = set.iter().map(|switch| switch::holds(switch, subject));
        let places = answers.map(|answer| answer.at.filter(|_| answer.truth == Truth::True));
        places.collect::<Option<Vec<Path>>>()?.into_iter().next()
    };
    product.signs.iter().find_map(shown_by)
}

/// The product of an image, and the parts of its reference.
pub(super) fn by_image(image: &Value, catalog: &Catalog) -> Option<(usize, Value)> {
    let path: PathExpr = "@image".parse().expect("a path in code");
    let parts = query::find(image, &path).into_iter().next()?.value;
    let index = catalog.by_repository(&part(&parts, "repository")?)?;
    let tag = part(&parts, "tag").unwrap_or_default();
    let is_other = catalog.products[index].other_tags.iter().any(|end| tag.ends_with(end.as_str()));
    (!is_other).then_some((index, parts))
}

pub(super) fn part(parts: &Value, name: &str) -> Option<EcoString> {
    parts.get(name).and_then(scalar_text)
}

/// A product that something runs; `None` where it runs it for a task that does not count.
pub(super) fn ai(subject: Subject<'_>, product: &'static Product, at: Path, by: &'static str) -> Option<Ai> {
    let task = product.tasks.iter().find(|task| switch::holds(&task.when, subject).truth == Truth::True);
    let role = task.map_or(Some(product.role), |task| task.role)?;
    let login = login(&product.authentication, subject, product, Some(&at));
    let tls = product.tls.as_ref().map_or(Truth::Unknown, |tls| switch::is_on(tls, subject).truth);
    Some(Ai {
        resource: subject.look.id,
        product,
        role,
        at,
        by,
        container: None,
        version: None,
        is_pinned: false,
        login,
        tls,
        except: product.authentication.except.as_deref(),
    })
}

pub(super) fn login(state: &State, subject: Subject<'_>, product: &Product, at: Option<&Path>) -> (Truth, Evidence) {
    let found = switch::is_on(state, subject);
    let name = &product.name;
    let says = match (found.truth, &found.at) {
        (Truth::True, _) => format!("{name} asks its callers for a login"),
        (Truth::Unknown, _) => format!("it depends on this whether {name} asks for a login"),
        (Truth::False, Some(_)) => format!("this turns the login of {name} off"),
        (Truth::False, None) => format!("{name} asks nobody for a login unless it is told to"),
    };
    let found = Answer { at: found.at.or_else(|| at.cloned()), ..found };
    (found.truth, switch::evidence(&found, subject, &says))
}
