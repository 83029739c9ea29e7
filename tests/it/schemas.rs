//! Every attribute path that a rule names exists in the providers' schemas.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::PathBuf;

use serde_json::Value as Json;
use stanchion::query::{Base, PathExpr, PathStep};
use stanchion::rules::schema::{AddEdit, Condition, Edit, Rule, SetEdit};
use stanchion::rules::{MAYBE_DYNAMIC, RuleSet};

/// Names of other majors of a provider, which rules read on purpose beside those of the schemas, and
/// names that one of several types lacks to which a shared condition is applied.
const FORMER: &[&str] = &[
    "acr-no-untagged-retention: `retention_policy.enabled`",
    "acr-no-untagged-retention: `retention_policy`",
    "acr-unsigned-images: `trust_policy.enabled`",
    "acr-unsigned-images: `trust_policy`",
    "aks-api-server-open-to-internet: `api_server_authorized_ip_ranges`",
    "aks-azure-policy-off: `addon_profile.azure_policy.enabled`",
    "aks-azure-policy-off: `addon_profile`",
    "aks-dashboard-enabled: `addon_profile.kube_dashboard.enabled`",
    "aks-monitoring-off: `addon_profile.oms_agent.enabled`",
    "aks-monitoring-off: `addon_profile`",
    "aks-no-network-policy: `network_profile.ebpf_data_plane`",
    "aks-nodes-public-ip: `default_node_pool.enable_node_public_ip`",
    "aks-nodes-public-ip: `enable_node_public_ip`",
    "aks-rbac-disabled: `role_based_access_control.enabled`",
    "aks-rbac-disabled: `role_based_access_control`",
    "azure-ai-requests-not-logged: `log`",
    "azure-database-firewall-open-to-internet: joins `azurerm_mariadb_server`, which no provider has",
    "azure-database-firewall-open-to-internet: joins `azurerm_mysql_server`, which no provider has",
    "azure-database-server-admits-azure-services: joins `azurerm_mariadb_firewall_rule`, which no provider has",
    "azure-database-server-admits-azure-services: joins `azurerm_mysql_firewall_rule`, which no provider has",
    "azure-database-server-admits-azure-services: joins `azurerm_sql_firewall_rule`, which no provider has",
    "azure-database-server-public-network-access: joins `azurerm_mariadb_firewall_rule`, which no provider has",
    "azure-database-server-public-network-access: joins `azurerm_mysql_firewall_rule`, which no provider has",
    "azure-database-tls-not-enforced: `ssl_enforcement`",
    "azure-github-oidc-trust-too-wide: `claims_matching_expression`",
    "azure-messaging-public-network-access: `network_acl`",
    "azure-messaging-public-network-access: joins `azurerm_servicebus_namespace_network_rule_set`, which no provider has",
    "azure-ml-workspace-public-network-access: `public_access_behind_virtual_network_enabled`",
    "azure-redis-authentication-disabled: `redis_configuration.enable_authentication`",
    "azure-redis-legacy-tls: `enable_non_ssl_port`",
    "azure-redis-plaintext-port: `enable_non_ssl_port`",
    "cloud-run-model-open-to-everyone: `iap_enabled`",
    "cloud-sql-tls-not-required: `settings.ip_configuration.require_ssl`",
    "ec2-block-device-unencrypted: `snapshot_id`",
    "ec2-disk-encryption-unstated: `snapshot_id`",
    "gce-disk-raw-key-in-code: `disk_encryption_key_raw`",
    "gcs-bucket-fine-grained-acl: `bucket_policy_only`",
    "gcs-bucket-public-acl: `bucket_policy_only`",
    "gke-client-certificate-auth: `master_auth.username`",
    "gke-metadata-server-exposed: `node_config.workload_metadata_config.node_metadata`",
    "guardduty-org-auto-enable-off: `auto_enable`",
    "imds-v1-allowed: `image_id`",
    "kusto-disk-encryption-off: `enable_disk_encryption`",
    "managed-disk-encryption-disabled: `encryption_settings.enabled`",
    "mssql-auditing-disabled: `extended_auditing_policy`",
    "mssql-without-entra-admin: joins `azurerm_sql_active_directory_administrator`, which no provider has",
    "nic-ip-forwarding: `enable_ip_forwarding`",
    "nsg-open-to-internet: `$.security_rule`",
    "nsg-rdp-open-to-internet: `$.security_rule`",
    "nsg-sensitive-port-open-to-internet: `$.security_rule`",
    "nsg-ssh-open-to-internet: `$.security_rule`",
    "nsg-udp-open-to-internet: `$.security_rule`",
    "redshift-logging-disabled: `logging.enable`",
    "secretsmanager-secret-without-rotation: `rotation_lambda_arn`",
    "secretsmanager-secret-without-rotation: `rotation_rules`",
    "storage-account-anonymous-blob-access: `allow_blob_public_access`",
    "storage-account-http-allowed: `enable_https_traffic_only`",
    "storage-account-legacy-tls: `allow_blob_public_access`",
    "storage-container-public-access: `allow_blob_public_access`",
    "subnet-without-nsg: `network_security_group_id`",
    "waf-without-rules: `rule_json`",
];

/// What may stand at a place: a body or type of the schemas, or `None` for anything.
type Node<'s> = Option<&'s Json>;
pub(crate) type Schemas = BTreeMap<String, Json>;

pub(crate) fn schemas() -> Option<Schemas> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared"));
    let folder = std::env::var_os("STANCHION_SHARED").map_or_else(beside, PathBuf::from).join("reference/schemas");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: no schemas at {}", folder.display());
        return None;
    };
    let mut all = Schemas::new();
    for entry in entries {
        let mut text = String::new();
        flate2::read::GzDecoder::new(std::fs::File::open(entry.unwrap().path()).unwrap())
            .read_to_string(&mut text)
            .unwrap();
        for line in text.lines() {
            let schema: Json = serde_json::from_str(line).unwrap();
            let prefix = if schema["kind"] == "data" { "data." } else { "" };
            all.insert(format!("{prefix}{}", schema["type"].as_str().unwrap()), schema);
        }
    }
    Some(all)
}

/// The nodes that a step leads to.
fn enter<'s>(node: Node<'s>, step: &PathStep) -> Vec<Node<'s>> {
    let Some(json) = node else { return vec![None] };
    let PathStep::Key(key) = step else { return vec![None] };
    match json {
        Json::Array(parts) => match parts[0].as_str() {
            Some("list" | "set") => enter(Some(&parts[1]), step),
            Some("map") => vec![Some(&parts[1])],
            _ => parts[1].get(key).map(Some).into_iter().collect(),
        },
        Json::Object(body) => {
            let part = |name: &str, index: usize| Some(body.get(name)?.get(key)?.get(index));
            let found = part("attributes", 1).or_else(|| part("blocks", 3));
            found.map_or_else(Vec::new, |found| vec![found])
        }
        Json::String(kind) if kind == "dynamic" => vec![None],
        _ => Vec::new(),
    }
}

/// Whether a node is a block, or a list of objects, which may be written as blocks.
fn holds_members(node: &Json) -> bool {
    match node {
        Json::Object(_) => true,
        Json::Array(parts) => parts[0] == "object" || holds_members(&parts[1]),
        _ => false,
    }
}

struct Check<'s> {
    schemas: &'s Schemas,
    wrong: Vec<String>,
    n_paths: usize,
    rule: String,
    /// Names of blocks of which a rule asks whether they are there.
    asked: BTreeSet<String>,
    /// All names on the way of a path.
    named: BTreeSet<String>,
}

impl<'s> Check<'s> {
    fn nodes(&self, types: &[String]) -> Vec<Node<'s>> {
        let is_terraform = |name: &str| name.contains('_') && !name.contains('/');
        types
            .iter()
            .filter(|name| !is_terraform(name) || self.schemas.contains_key(*name))
            .map(|name| self.schemas.get(name))
            .collect()
    }

    fn walk(&mut self, scopes: &[Vec<Node<'s>>], text: &str) -> Vec<Node<'s>> {
        let path: PathExpr = text.parse().unwrap();
        let start = match path.base {
            Base::Resource => &scopes[0],
            Base::Element(outer) => &scopes[scopes.len().saturating_sub(outer + 1)],
        };
        let mut nodes = start.clone();
        self.n_paths += 1;
        for step in &path.steps {
            if let PathStep::Key(key) = step {
                self.named.insert(key.clone());
            }
            if matches!(step, PathStep::View(_)) {
                return vec![None];
            }
            let next: Vec<Node<'s>> = nodes.iter().flat_map(|node| enter(*node, step)).collect();
            if next.is_empty() && !nodes.is_empty() {
                self.wrong.push(format!("{}: `{text}`", self.rule));
                return vec![None];
            }
            nodes = next;
        }
        nodes
    }

    fn condition(&mut self, scopes: &[Vec<Node<'s>>], c: &Condition) {
        for inner in c.all.iter().chain(&c.any).flatten() {
            self.condition(scopes, inner);
        }
        if let Some(inner) = &c.not {
            self.condition(scopes, inner);
        }
        for text in [&c.path, &c.same_as].into_iter().flatten() {
            let nodes = self.walk(scopes, text);
            let asks_whether_set = c.present.is_some() || c.empty.is_some();
            if asks_whether_set && nodes.into_iter().flatten().any(holds_members) {
                self.asked.extend(text.rsplit('.').next().map(str::to_owned));
            }
        }
        if let (Some(list), Some(inner)) = (c.some.as_ref().or(c.every.as_ref()), &c.where_) {
            let element = self.walk(scopes, list);
            let scopes: Vec<_> = scopes.iter().cloned().chain([element]).collect();
            self.condition(&scopes, inner);
        }
        if let (Some(_), Some(inner)) = (&c.fact, &c.where_) {
            let scopes: Vec<_> = scopes.iter().cloned().chain([vec![None]]).collect();
            self.condition(&scopes, inner);
        }
        let joined = c.linked.as_ref().map(|join| (&join.types, &join.where_));
        let exists = c.exists.as_ref().map(|exists| (&exists.types, &exists.where_));
        for (types, inner) in joined.into_iter().chain(exists) {
            for name in types
                .iter()
                .filter(|name| name.starts_with("aws_") || name.starts_with("google_") || name.starts_with("azurerm_"))
            {
                if !self.schemas.contains_key(name) {
                    self.wrong.push(format!("{}: joins `{name}`, which no provider has", self.rule));
                }
            }
            if let Some(inner) = inner {
                let root = self.nodes(types);
                self.condition(&[root], inner);
            }
        }
    }

    fn rule(&mut self, rule: &Rule) {
        self.rule.clone_from(&rule.id);
        let single = (&rule.targets, &rule.each, &rule.about, &rule.when, &rule.at, &None);
        let cases = rule.cases.iter();
        let cases = cases.map(|case| (&case.targets, &case.each, &case.about, &case.when, &case.at, &case.fix));
        let all = std::iter::once(single).chain(cases).filter(|case| !case.0.is_empty());
        for (targets, each, about, when, at, fix) in all {
            let root = self.nodes(targets);
            let mut scopes = vec![root];
            if about.is_some() {
                // A statement has members of its own.
                scopes.push(vec![None]);
            }
            if let Some(each) = each {
                let element = self.walk(&scopes, each);
                scopes.push(element);
            }
            if let Some(when) = when {
                self.condition(&scopes, when);
            }
            for text in at.iter() {
                self.walk(&scopes, text);
            }
            let fix = fix.as_ref().or(rule.fix.as_ref());
            if let Some(when) = fix.and_then(|fix| fix.when.as_ref()) {
                self.condition(&scopes, when);
            }
            for edit in fix.into_iter().flat_map(|fix| &fix.edits) {
                self.edit(&scopes, edit);
            }
        }
    }

    fn edit(&mut self, scopes: &[Vec<Node<'s>>], edit: &Edit) {
        match edit {
            Edit { set: Some(SetEdit { path, .. }), .. } => drop(self.walk(scopes, path)),
            Edit { add: Some(AddEdit { path, body }), .. } => {
                let block = self.walk(scopes, path);
                let scopes: Vec<_> = scopes.iter().cloned().chain([block]).collect();
                for key in body.keys() {
                    self.walk(&scopes, key);
                }
            }
            Edit { remove: Some(path), .. } => {
                self.walk(scopes, path);
                if is_computed(scopes, path) {
                    self.wrong.push(format!("{}: removing `{path}` leaves what it was", self.rule));
                }
            }
            Edit { .. } => {}
        }
    }
}

/// Whether an attribute keeps its value when it is no longer written.
fn is_computed(scopes: &[Vec<Node<'_>>], text: &str) -> bool {
    let path: PathExpr = text.parse().unwrap();
    let Some((PathStep::Key(last), above)) = path.steps.split_last() else { return false };
    let start = if path.base == Base::Resource { &scopes[0] } else { &scopes[scopes.len() - 1] };
    let bodies =
        above.iter().fold(start.clone(), |nodes, step| nodes.iter().flat_map(|node| enter(*node, step)).collect());
    let flags = |body: &Json| body["attributes"][last][0].as_str().is_some_and(|flags| flags.contains('c'));
    bodies.into_iter().flatten().any(flags)
}

/// All rules walked through.
fn check(schemas: &Schemas) -> Check<'_> {
    let mut check = Check {
        schemas,
        wrong: Vec::new(),
        n_paths: 0,
        rule: String::new(),
        asked: BTreeSet::new(),
        named: BTreeSet::new(),
    };
    for rule in RuleSet::embedded().rules() {
        check.rule(rule);
    }
    check
}

/// A type of the schemas in a few letters: `ls` for a list of strings, `lk` for a list of blocks.
fn letters(kind: &Json) -> String {
    match kind {
        Json::Array(parts) => match parts[0].as_str() {
            Some(collection @ ("list" | "set" | "map")) => initial(collection) + &letters(&parts[1]),
            _ => "o".to_owned(),
        },
        _ => initial(kind.as_str().unwrap_or("any")),
    }
}

fn initial(word: &str) -> String {
    word.chars().take(1).collect()
}

/// The attributes and blocks of a body that are named, as `path:flags:type`.
fn attributes(body: &Json, above: &str, named: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    for (name, attribute) in body["attributes"].as_object().into_iter().flatten() {
        let flags = attribute[0].as_str().unwrap();
        if named.contains(name) && flags.contains(['r', 'o']) {
            found.insert(format!("{above}{name}:{flags}:{}", letters(&attribute[1])));
        }
    }
    for (name, block) in body["blocks"].as_object().into_iter().flatten() {
        if named.contains(name) {
            let flag = if block[1] == 0 { "o" } else { "r" };
            let kind = if block[0] == "single" { "k".to_owned() } else { initial(block[0].as_str().unwrap()) + "k" };
            found.insert(format!("{above}{name}:{flag}:{kind}"));
            attributes(&block[3], &format!("{above}{name}."), named, found);
        }
    }
}

/// `rules/attributes.txt` is what the schemas say of attributes that rules speak of, for types that they look
/// at; with `UPDATE` set it is written.
#[test]
fn attributes_are_described_as_in_the_schemas() {
    let Some(schemas) = schemas() else { return };
    let named = check(&schemas).named;
    let rules = RuleSet::embedded();
    let targets: BTreeSet<&str> = rules.rules().iter().flat_map(Rule::all_targets).collect();
    let mut text = String::new();
    for target in targets {
        let Some(schema) = schemas.get(target) else { continue };
        let mut found = BTreeSet::new();
        attributes(schema, "", &named, &mut found);
        let found: Vec<String> = found.into_iter().collect();
        text.push_str(&format!("{target}\t{}\n", found.join(" ")));
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("rules/attributes.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(known == text, "write it again: UPDATE=1 cargo test --test it attributes_are_described");
}

#[test]
fn paths_exist_in_the_providers_schemas() {
    let Some(schemas) = schemas() else { return };
    let mut check = check(&schemas);
    check.wrong.sort();
    check.wrong.dedup();
    check.wrong.retain(|wrong| !FORMER.contains(&wrong.as_str()));
    println!("{} paths of {} types", check.n_paths, schemas.len());
    assert!(check.n_paths > 500);
    let asked: Vec<&str> = check.asked.iter().map(String::as_str).collect();
    assert_eq!(asked, MAYBE_DYNAMIC, "blocks of which rules ask whether they are there");
    assert!(check.wrong.is_empty(), "{} paths:\n{}", check.wrong.len(), check.wrong.join("\n"));
}
