use super::place::Placed;
use crate::value::{Data, Map, Value};

/// What a container takes from the pod's security context where its own does not say.
const INHERITED: &[&str] = &[
    "runAsUser",
    "runAsGroup",
    "runAsNonRoot",
    "seccompProfile",
    "seLinuxOptions",
    "windowsOptions",
    "appArmorProfile",
];

/// The security context that a container runs with: its own, completed by the pod's.
pub(super) fn effective(container: &Placed<'_>, pod: &Placed<'_>) -> Value {
    let own = container.get("securityContext");
    let pod = pod.get("securityContext");
    if let Some(unknown) = own.as_ref().filter(|own| own.value.as_unknown().is_some()) {
        return unknown.rooted();
    }
    let inherited = INHERITED.iter().filter_map(|key| Some(((*key).into(), from_pod(pod.as_ref()?, key)?)));
    let own_members = own.iter().flat_map(Placed::members).filter(|(_, value)| !value.value.is_null());
    let members: Map = inherited.chain(own_members.map(|(key, value)| (key.into(), value.rooted()))).collect();
    let place = own.or(pod).unwrap_or_else(|| container.clone()).place;
    Value::new(Data::Object(members), place)
}

fn from_pod(pod: &Placed<'_>, key: &str) -> Option<Value> {
    if pod.value.as_unknown().is_some() { Some(pod.rooted()) } else { pod.get(key).map(|value| value.rooted()) }
}
