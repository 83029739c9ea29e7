//! Helm charts whose source is in the repository. Their templates are not rendered: what the
//! defaults of the values say is known, what a template adds is not.

use ecow::EcoString;

use super::catalog::Catalog;
use super::recognize::{Ai, ai, by_image, in_release, part};
use super::release::Release;
use super::schema::{State, Switch};
use super::switch::{Set, Subject, fits};
use crate::facts::{Evidence, Look};
use crate::query::scalar_text;
use crate::value::{Data, Path, Truth, Value};

/// The products that a chart installs: those of its dependencies, and those whose images its values
/// name. A chart's own name shows nothing, as whoever wrote the chart gave it.
pub(super) fn products(look: Look<'_>, catalog: &'static Catalog) -> Vec<Ai> {
    let mut found: Vec<Ai> = Vec::new();
    let own = own(&look);
    for (image, at) in images(&look) {
        let Some((index, parts)) = by_image(&Value::string(image), catalog) else { continue };
        let product = &catalog.products[index];
        if found.iter().any(|ai| ai.product.id == product.id) {
            continue;
        }
        let known = own.as_ref().and_then(|release| in_release(look, release, catalog));
        let known = known.filter(|ai| ai.product.id == product.id);
        let subject = Subject { look, container: None, release: None };
        let login = known.map_or_else(|| by_environment(&look, &product.authentication), |ai| ai.login);
        let Some(shown) = ai(subject, product, at, "image") else { continue };
        let (version, is_pinned) = (part(&parts, "tag"), part(&parts, "digest").is_some());
        found.push(Ai { login, version, is_pinned, tls: Truth::Unknown, ..shown });
    }
    for release in dependencies(&look) {
        let of_release = in_release(look, &release, catalog);
        found.extend(of_release.filter(|ai| !found.iter().any(|known| known.product.id == ai.product.id)));
    }
    found
}

/// What the chart itself installs.
pub(super) fn own(look: &Look<'_>) -> Option<Release> {
    let name = look.scalar("name");
    let mut release = Release::new(name.text()?, name.path());
    release.version = look.scalar("appVersion").text().map(EcoString::from);
    release.add_tree(look, "values");
    Some(release)
}

/// The charts that it installs with itself, unless its values turn them off.
fn dependencies(look: &Look<'_>) -> Vec<Release> {
    let own = own(look);
    let mut found = Vec::new();
    for entry in look.find("dependencies.*") {
        let text = |key: &str| entry.value.get(key).and_then(scalar_text);
        let Some(name) = text("name") else { continue };
        let conditions = text("condition").unwrap_or_default();
        let is_off = |condition: &str| {
            let value = own.as_ref().map(|release| release.value(condition.trim()));
            matches!(value, Some(Set::To(text, _)) if text == "false")
        };
        if conditions.split(',').any(is_off) {
            continue;
        }
        let mut release = Release::new(&name, entry.path().key("name"));
        release.repository = text("repository");
        release.version = text("version");
        let key = text("alias").unwrap_or(name);
        release.add_tree(look, &format!("values[\"{key}\"]"));
        found.push(release);
    }
    found
}

/// References to images at any depth of the values, each with its place. What the values turn off
/// installs none.
fn images(look: &Look<'_>) -> Vec<(String, Path)> {
    let mut found = Vec::new();
    let at = Path::default().key("values");
    if let Some(values) = look.resource().attributes.at(&at) {
        collect_images(values, &at, &mut found);
    }
    found
}

fn collect_images(value: &Value, at: &Path, found: &mut Vec<(String, Path)>) {
    match &value.data {
        Data::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| collect_images(item, &at.index(index), found));
        }
        Data::Object(_) if value.get("enabled").and_then(Value::as_bool) == Some(false) => {}
        Data::Object(map) => {
            for (key, member) in map.iter() {
                let here = at.key(key.clone());
                if is_image_key(key) || (member.get("repository").is_some() && member.get("tag").is_some()) {
                    found.extend(image(member, &here));
                }
                collect_images(member, &here, found);
            }
        }
        _ => {}
    }
}

/// `image`, `serverImage`, `imageName`: a word of the key is `image`.
fn is_image_key(key: &str) -> bool {
    ["image", "imageName", "image_name"].contains(&key) || key.ends_with("Image") || key.ends_with("_image")
}

/// The reference that a value of `image` holds: a text, or an object with a repository and a tag.
fn image(value: &Value, at: &Path) -> Option<(String, Path)> {
    if let Some(text) = value.as_str() {
        return Some((text.to_owned(), at.clone()));
    }
    let text = |key: &str| value.get(key).and_then(scalar_text).filter(|text| !text.is_empty());
    let key = ["repository", "name", "repo"].into_iter().find(|key| text(key).is_some())?;
    let tag = text("tag").map(|tag| format!(":{tag}")).unwrap_or_default();
    Some((format!("{}{tag}", text(key)?), at.key(key)))
}

/// Whether callers are asked for a login, by the variables that the values set. What a template
/// sets is not known, so that silence is not either.
fn by_environment(look: &Look<'_>, state: &State) -> (Truth, Evidence) {
    let holds = |switch: &Switch| {
        let (value, at) = variable(look, switch.env.as_deref()?)?;
        fits(switch, &scalar_text(&value)?).then_some(at)
    };
    let off = state.off.iter().find_map(holds);
    let on = state.on.iter().find_map(holds);
    match (off, on) {
        (Some(at), _) => (Truth::False, Evidence::new(look.id, at, "turns the login off")),
        (None, Some(at)) => (Truth::True, Evidence::new(look.id, at, "asks callers for a login")),
        (None, None) => {
            let at = Path::default().key("name");
            (Truth::Unknown, Evidence::new(look.id, at, "its templates may ask for a login"))
        }
    }
}

/// The value of an environment variable anywhere in the values: a member of its name, or an entry
/// with that `name`.
fn variable(look: &Look<'_>, name: &str) -> Option<(Value, Path)> {
    let at = Path::default().key("values");
    find_variable(look.resource().attributes.at(&at)?, &at, name)
}

fn find_variable(value: &Value, at: &Path, name: &str) -> Option<(Value, Path)> {
    match &value.data {
        Data::List(items) => {
            items.iter().enumerate().find_map(|(index, item)| find_variable(item, &at.index(index), name))
        }
        Data::Object(map) => {
            if value.get("name").and_then(Value::as_str) == Some(name) {
                return Some((value.get("value")?.clone(), at.key("value")));
            }
            map.iter().find_map(|(key, member)| {
                let here = at.key(key.clone());
                if key == name { Some((member.clone(), here)) } else { find_variable(member, &here, name) }
            })
        }
        _ => None,
    }
}
