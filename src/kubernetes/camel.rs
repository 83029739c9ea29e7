use ecow::EcoString;

use crate::value::{Data, Map, Number, Value};

/// A manifest from the attributes of a typed Terraform resource: blocks become objects or
/// lists as the API has them, names lose their underscores, keys of maps stay as they are.
pub(super) fn manifest(attributes: &Value) -> Value {
    let Data::Object(map) = &attributes.data else { return attributes.clone() };
    let own = map.iter().filter(|(key, _)| !META.contains(&key.as_str()) && !key.starts_with("wait_for"));
    let members = own.filter_map(|(key, value)| member("", key, value));
    Value { data: Data::Object(members.collect()), origin: attributes.origin.clone() }
}

/// Arguments of a resource that are Terraform's own.
const META: &[&str] = &[
    "connection",
    "count",
    "depends_on",
    "field_manager",
    "for_each",
    "force",
    "id",
    "lifecycle",
    "provider",
    "provisioner",
    "timeouts",
];

/// One attribute or block, `parent` being the block it stands in; `None` for a block that is
/// repeated no times.
fn member(parent: &str, key: &str, value: &Value) -> Option<(EcoString, Value)> {
    let is_repeated = || value.as_list().is_some() || (value.as_unknown().is_some() && !is_attribute(parent, key));
    if let Some(plural) = plural(parent, key).filter(|_| is_repeated()) {
        let items = |item: &Value| object(key, item);
        return Some((plural.into(), mapped(value, items)));
    }
    let converted = match &value.data {
        Data::Object(map) if MAPS.contains(&key) && map.get("match_labels").is_none() => value.clone(),
        Data::Object(_) => object(key, value),
        Data::List(items) if is_blocks(value) => object(key, items.first()?),
        // A rule's `resources` are a list of names.
        Data::List(items) if items.is_empty() && SINGLE.contains(&key) && parent != "rule" => return None,
        Data::String(text) => number(key, text).map_or_else(|| value.clone(), |data| with_data(value, data)),
        _ => value.clone(),
    };
    Some((camel(key), converted))
}

fn object(name: &str, block: &Value) -> Value {
    let Data::Object(map) = &block.data else { return block.clone() };
    let members = map.iter().filter_map(|(key, value)| member(name, key, value));
    with_data(block, Data::Object(members.collect::<Map>()))
}

fn mapped(list: &Value, item: impl Fn(&Value) -> Value) -> Value {
    match &list.data {
        Data::List(items) | Data::Set(items) => with_data(list, Data::List(items.iter().map(item).collect())),
        _ => list.clone(),
    }
}

fn with_data(value: &Value, data: Data) -> Value {
    Value { data, origin: value.origin.clone() }
}

/// Whether a value is a repeated block: a list with nothing but objects and unknowns in it.
fn is_blocks(value: &Value) -> bool {
    let is_block = |item: &Value| item.as_object().is_some() || item.as_unknown().is_some();
    let Some(items) = value.as_list() else { return false };
    items.iter().any(|item| item.as_object().is_some()) && items.iter().all(is_block)
}

/// The API's name of a block that may repeat; `None` where it stands for one object.
fn plural(parent: &str, key: &str) -> Option<&'static str> {
    match (parent, key) {
        ("service", "port")
        | ("ephemeral", "volume_claim_template")
        | ("object" | "pods" | "external", "metric")
        | ("node_affinity", "required_during_scheduling_ignored_during_execution") => return None,
        ("", "secret") => return Some("secrets"),
        _ => {}
    }
    REPEATED.binary_search_by(|(name, _)| (*name).cmp(key)).ok().map(|index| REPEATED[index].1)
}

/// Whether a name that is a block elsewhere is an attribute in this block, as a probe's port.
fn is_attribute(parent: &str, key: &str) -> bool {
    match key {
        "port" => !matches!(parent, "container" | "init_container" | "spec" | "subset" | "endpoint"),
        "path" => parent != "http",
        _ => false,
    }
}

/// Text that the provider takes where the API has a number.
fn number(key: &str, text: &str) -> Option<Data> {
    let is_digits = !text.is_empty() && text.len() < 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    let radix = match key {
        "default_mode" | "mode" if text.starts_with('0') => 8,
        _ if NUMBERS.contains(&key) => 10,
        _ => return None,
    };
    let number = i64::from_str_radix(text, radix).ok().filter(|_| is_digits)?;
    Some(Data::Number(Number::Int(number)))
}

fn camel(key: &str) -> EcoString {
    if let Some((_, name)) = IRREGULAR.iter().find(|(snake, _)| *snake == key) {
        return (*name).into();
    }
    let mut parts = key.split('_');
    let mut name = EcoString::from(parts.next().unwrap_or_default());
    for part in parts {
        let mut letters = part.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

/// The name that a typed Terraform resource has for a key of the API.
pub fn attribute_name(key: &str) -> EcoString {
    if let Some((snake, _)) = IRREGULAR.iter().find(|(_, name)| *name == key) {
        return (*snake).into();
    }
    let mut name = EcoString::new();
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// Whether an attribute of a typed Terraform resource is a map, its keys being the user's.
pub fn is_map(attribute: &str) -> bool {
    MAPS.contains(&attribute)
}

/// Attributes whose keys are the user's.
const MAPS: &[&str] = &[
    "annotations",
    "binary_data",
    "binary_data_wo",
    "capacity",
    "data",
    "data_wo",
    "default",
    "default_request",
    "fields",
    "hard",
    "labels",
    "limits",
    "match_labels",
    "max",
    "max_limit_request_ratio",
    "min",
    "node_selector",
    "options",
    "parameters",
    "requests",
    "selector",
    "template_annotations",
    "volume_attributes",
];

/// Blocks that stand for one object, and for none where a `dynamic` block repeats no times.
const SINGLE: &[&str] = &[
    "affinity",
    "capabilities",
    "empty_dir",
    "host_path",
    "lifecycle",
    "liveness_probe",
    "readiness_probe",
    "resources",
    "rolling_update",
    "seccomp_profile",
    "security_context",
    "se_linux_options",
    "startup_probe",
    "strategy",
    "value_from",
    "windows_options",
];

const NUMBERS: &[&str] = &[
    "default_mode",
    "fs_group",
    "max_surge",
    "max_unavailable",
    "min_available",
    "mode",
    "port",
    "replicas",
    "run_as_group",
    "run_as_user",
    "service_port",
    "target_port",
    "toleration_seconds",
    "ttl_seconds_after_finished",
];

const IRREGULAR: &[(&str, &str)] = &[
    ("ceph_fs", "cephfs"),
    ("cluster_ip", "clusterIP"),
    ("cluster_ips", "clusterIPs"),
    ("data_disk_uri", "diskURI"),
    ("dataset_uuid", "datasetUUID"),
    ("external_ips", "externalIPs"),
    ("host_ip", "hostIP"),
    ("host_ipc", "hostIPC"),
    ("host_pid", "hostPID"),
    ("insecure_skip_tls_verify", "insecureSkipTLSVerify"),
    ("load_balancer_ip", "loadBalancerIP"),
    ("non_resource_urls", "nonResourceURLs"),
    ("run_as_username", "runAsUserName"),
    ("target_ww_ns", "targetWWNs"),
    ("timezone", "timeZone"),
    ("volume_id", "volumeID"),
];

/// Blocks that repeat, sorted by name, with the API's name for all of them.
const REPEATED: &[(&str, &str)] = &[
    ("address", "addresses"),
    ("allowed_flex_volumes", "allowedFlexVolumes"),
    ("allowed_host_paths", "allowedHostPaths"),
    ("allowed_topologies", "allowedTopologies"),
    ("cluster_role_selectors", "clusterRoleSelectors"),
    ("container", "containers"),
    ("egress", "egress"),
    ("endpoint", "endpoints"),
    ("env", "env"),
    ("env_from", "envFrom"),
    ("from", "from"),
    ("host_aliases", "hostAliases"),
    ("host_ports", "hostPorts"),
    ("http_header", "httpHeaders"),
    ("image_pull_secret", "imagePullSecrets"),
    ("image_pull_secrets", "imagePullSecrets"),
    ("ingress", "ingress"),
    ("init_container", "initContainers"),
    ("items", "items"),
    ("limit", "limits"),
    ("match_expression", "matchExpressions"),
    ("match_expressions", "matchExpressions"),
    ("match_fields", "matchFields"),
    ("match_label_expressions", "matchLabelExpressions"),
    ("metric", "metrics"),
    ("node_selector_term", "nodeSelectorTerms"),
    ("not_ready_address", "notReadyAddresses"),
    ("on_pod_condition", "onPodConditions"),
    ("option", "options"),
    ("path", "paths"),
    ("policy", "policies"),
    ("port", "ports"),
    ("ports", "ports"),
    ("preferred_during_scheduling_ignored_during_execution", "preferredDuringSchedulingIgnoredDuringExecution"),
    ("range", "ranges"),
    ("readiness_gate", "readinessGates"),
    ("required_during_scheduling_ignored_during_execution", "requiredDuringSchedulingIgnoredDuringExecution"),
    ("rule", "rules"),
    ("sources", "sources"),
    ("subject", "subjects"),
    ("subset", "subsets"),
    ("sysctl", "sysctls"),
    ("taint", "taints"),
    ("tls", "tls"),
    ("to", "to"),
    ("toleration", "tolerations"),
    ("topology_spread_constraint", "topologySpreadConstraints"),
    ("volume", "volumes"),
    ("volume_claim_template", "volumeClaimTemplates"),
    ("volume_device", "volumeDevices"),
    ("volume_mount", "volumeMounts"),
    ("webhook", "webhooks"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_blocks_are_sorted() {
        assert!(REPEATED.is_sorted());
    }

    #[test]
    fn names_follow_the_api() {
        for (snake, name) in [("run_as_non_root", "runAsNonRoot"), ("host_pid", "hostPID"), ("name", "name")] {
            assert_eq!(camel(snake), name);
            assert_eq!(attribute_name(name), snake);
        }
    }
}
