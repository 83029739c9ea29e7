use ecow::eco_format;

use super::object::set_member;
use super::place::Placed;
use crate::graph::{Presence, Resource, ResourceKind, Scope};
use crate::syntax::yaml::Document;
use crate::value::Data;

/// A Helm chart as a resource of type `Chart`: what its `Chart.yaml` says, with the defaults of
/// its values under `values`, and its dependencies though an older chart keeps them in a file of
/// their own. `None` for a chart without a name.
pub fn chart(chart: &Document, values: &Document, requirements: Option<&Document>) -> Option<Resource> {
    let root = Placed::root(&chart.value);
    let name = root.get("name")?;
    let text = name.value.as_str()?;
    let mut attributes = root.rooted();
    let values = Placed::root(&values.value).rooted();
    if let Data::Object(_) = values.data {
        set_member(&mut attributes, "values", values);
    }
    let elsewhere = requirements.and_then(|file| Placed::root(&file.value).get("dependencies"));
    if let Some(dependencies) = elsewhere.filter(|_| root.get("dependencies").is_none()) {
        set_member(&mut attributes, "dependencies", dependencies.rooted());
    }
    Some(Resource {
        kind: ResourceKind::Object,
        type_name: "Chart".into(),
        class: None,
        name: text.into(),
        address: eco_format!("Chart/{text}"),
        scope: Scope(0),
        presence: Presence::Certain,
        attributes,
        block: chart.span,
        header: name.place,
    })
}
