use ecow::EcoString;

use super::catalog::Catalog;
use super::release;
use super::schema::{Product, State};
use super::switch::{self, Answer, Subject, command_line};
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
    /// The value that shows it.
    pub(crate) at: Path,
    /// What shows it: `image`, `command`, `kind` or `chart`.
    pub(crate) by: &'static str,
    /// The container, of a workload.
    pub(crate) container: Option<Path>,
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
            ("role", text(product.role.name())),
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
    for workload in Look::all(graph, &["workload"]) {
        all.extend(in_workload(workload, catalog));
    }
    for (look, release) in release::all(graph) {
        let Some((product, chart)) = catalog.by_chart(&release.chart, release.repository.as_deref()) else { continue };
        let product = &catalog.products[product];
        let subject = Subject { look, container: None, release: Some(&release) };
        let login = login(&chart.authentication, subject, product, Some(&release.at));
        all.push(Ai {
            resource: look.id,
            product,
            at: release.at.clone(),
            by: "chart",
            container: None,
            version: release.version.clone(),
            is_pinned: false,
            login,
            tls: Truth::Unknown,
            except: chart.authentication.except.as_deref(),
        });
    }
    all.sort_by_key(|ai| ai.resource);
    all
}

fn in_workload(workload: Look<'_>, catalog: &'static Catalog) -> Vec<Ai> {
    let mut found = Vec::new();
    for container in workload.find("pod.containers.*") {
        let role = container.value.get("role").and_then(Value::as_str);
        if matches!(role, Some("init" | "ephemeral")) {
            continue;
        }
        found.extend(in_container(workload, &container.value, container.path(), catalog));
    }
    let text = |path: &str| workload.scalar(path).text().map(ToOwned::to_owned);
    if let (Some(version), Some(kind)) = (text("apiVersion"), text("kind"))
        && let Some(index) = catalog.by_kind(&version, &kind)
    {
        let product = &catalog.products[index];
        if !found.iter().any(|ai: &Ai| ai.product.id == product.id) {
            let subject = Subject { look: workload, container: None, release: None };
            found.insert(0, ai(subject, product, Path::default().key("kind"), "kind", None));
        }
    }
    found
}

fn in_container(workload: Look<'_>, container: &Value, at: &Path, catalog: &'static Catalog) -> Option<Ai> {
    let image: PathExpr = "image.@image".parse().expect("a path in code");
    let image = query::find(container, &image).into_iter().next();
    let part = |name: &str| image.as_ref().and_then(|image| image.value.get(name)).and_then(scalar_text);
    let by_image = part("repository").and_then(|repository| catalog.by_repository(&repository));
    let by_command = || catalog.by_command(&command_line(container)).map(|(index, _)| index);
    let (index, by) = match by_image {
        Some(index) => (index, "image"),
        None => (by_command()?, "command"),
    };
    let shown = if by == "image" {
        at.key("image")
    } else {
        let key = if container.get("command").is_some() { "command" } else { "args" };
        at.key(key)
    };
    let subject = Subject { look: workload, container: Some(at), release: None };
    let found = ai(subject, &catalog.products[index], shown, by, Some(at.clone()));
    let version = if by == "image" { part("tag") } else { None };
    Some(Ai { version, is_pinned: part("digest").is_some(), ..found })
}

fn ai(subject: Subject<'_>, product: &'static Product, at: Path, by: &'static str, container: Option<Path>) -> Ai {
    let login = login(&product.authentication, subject, product, Some(&at));
    let tls = product.tls.as_ref().map_or(Truth::Unknown, |tls| switch::is_on(tls, subject).truth);
    Ai {
        resource: subject.look.id,
        product,
        at,
        by,
        container,
        version: None,
        is_pinned: false,
        login,
        tls,
        except: product.authentication.except.as_deref(),
    }
}

fn login(state: &State, subject: Subject<'_>, product: &Product, at: Option<&Path>) -> (Truth, Evidence) {
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
