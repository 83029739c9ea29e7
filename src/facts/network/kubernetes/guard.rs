use super::annotation;
use crate::facts::{Evidence, Look, Seen};
use crate::graph::{EdgeKind, ResourceId};
use crate::value::{Path, Truth};

/// Whether a login is asked for, and what shows it.
pub(super) type Guard = (Truth, Vec<Evidence>);

const NONE: Guard = (Truth::False, Vec::new());

fn by(object: &Look<'_>, seen: &Seen, truth: Truth, says: &str) -> Guard {
    if truth == Truth::False { NONE } else { (truth, vec![Evidence::new(object.id, seen.path(), says)]) }
}

/// The login that an Ingress asks for by its annotations, in the words of several controllers.
pub(super) fn of_ingress(ingress: &Look<'_>) -> Guard {
    let checks: [fn(&Look<'_>) -> Guard; 5] = [external, basic, client_certificate, load_balancer, plugins];
    checks.iter().map(|check| check(ingress)).max_by_key(|(truth, _)| *truth).unwrap_or(NONE)
}

/// A request that is passed to another service first.
fn external(ingress: &Look<'_>) -> Guard {
    const NAMES: &[&str] = &[
        "nginx.ingress.kubernetes.io/auth-url",
        "ingress.kubernetes.io/auth-url",
        "haproxy-ingress.github.io/auth-url",
        "nginx.org/oidc-policy",
        "appgw.ingress.kubernetes.io/auth-url",
    ];
    let seen = NAMES.iter().map(|name| annotation(ingress, name)).find(|seen| *seen != Seen::Absent);
    let Some(seen) = seen else { return NONE };
    let truth = seen.passes("", |text| !text.trim().is_empty());
    by(ingress, &seen, truth.min(unless_satisfied(ingress)), "asks another service to sign callers in")
}

fn basic(ingress: &Look<'_>) -> Guard {
    const NAMES: &[(&str, &str)] = &[
        ("nginx.ingress.kubernetes.io/auth-type", "nginx.ingress.kubernetes.io/auth-secret"),
        ("haproxy.org/auth-type", "haproxy.org/auth-secret"),
        ("ingress.kubernetes.io/auth-type", "ingress.kubernetes.io/auth-secret"),
    ];
    for (kind, secret) in NAMES {
        let kind = annotation(ingress, kind);
        let truth = kind.is_one_of(&["basic", "digest", "basic-auth"]);
        let has_secret = annotation(ingress, secret).passes("", |text| !text.is_empty());
        if truth != Truth::False {
            return by(ingress, &kind, truth.min(has_secret).min(unless_satisfied(ingress)), "asks for a password");
        }
    }
    NONE
}

/// With `satisfy: any` an address on the allow list needs no login.
fn unless_satisfied(ingress: &Look<'_>) -> Truth {
    !annotation(ingress, "nginx.ingress.kubernetes.io/satisfy").is_one_of(&["any"])
}

fn client_certificate(ingress: &Look<'_>) -> Guard {
    let secret = annotation(ingress, "nginx.ingress.kubernetes.io/auth-tls-secret");
    if secret == Seen::Absent {
        return NONE;
    }
    let verify = annotation(ingress, "nginx.ingress.kubernetes.io/auth-tls-verify-client");
    by(ingress, &secret, verify.passes("on", |text| text == "on"), "asks for a client certificate")
}

fn load_balancer(ingress: &Look<'_>) -> Guard {
    let kind = annotation(ingress, "alb.ingress.kubernetes.io/auth-type");
    let unauthenticated = annotation(ingress, "alb.ingress.kubernetes.io/auth-on-unauthenticated-request");
    let truth = kind.is_one_of(&["oidc", "cognito"]).min(!unauthenticated.is_one_of(&["allow"]));
    if truth != Truth::False {
        return by(ingress, &kind, truth, "signs callers in at the load balancer");
    }
    let mutual = annotation(ingress, "alb.ingress.kubernetes.io/mutual-authentication");
    by(ingress, &mutual, mutual.passes("", |text| text.contains("verify")), "asks for a client certificate")
}

/// Plugins and middlewares that an annotation names, if they are logins.
fn plugins(ingress: &Look<'_>) -> Guard {
    for name in ["traefik.ingress.kubernetes.io/router.middlewares", "konghq.com/plugins"] {
        let seen = annotation(ingress, name);
        let Some(text) = seen.text() else {
            if matches!(seen, Seen::Unknown(_)) {
                return by(ingress, &seen, Truth::Unknown, "names plugins");
            }
            continue;
        };
        let truth = text.split(',').map(|plugin| is_login(ingress, plugin.trim())).max().unwrap_or(Truth::False);
        if truth != Truth::False {
            return by(ingress, &seen, truth, "signs callers in by a plugin");
        }
    }
    NONE
}

/// Members that make a Traefik middleware a login.
const LOGIN_MIDDLEWARES: &[&str] = &["forwardAuth", "basicAuth", "digestAuth"];
const LOGIN_PLUGINS: &[&str] =
    &["key-auth", "jwt", "openid-connect", "basic-auth", "oauth2", "ldap-auth", "hmac-auth", "mtls-auth"];

/// Whether a plugin is a login; one that is not in the code may be.
fn is_login(ingress: &Look<'_>, reference: &str) -> Truth {
    let scope = ingress.resource().scope;
    let plain = reference.split('@').next().unwrap_or(reference);
    let candidates = Look::all(ingress.graph, &["Middleware", "KongPlugin", "KongClusterPlugin"]).into_iter();
    let mut found = candidates.filter(|object| {
        let resource = object.resource();
        let is_meant = plain == resource.name || plain.ends_with(&format!("-{}", resource.name));
        resource.scope == scope && is_meant
    });
    match found.next() {
        Some(object) if object.is_a(&["Middleware"]) => {
            let has = |key: &str| object.resource().attributes.get("spec").is_some_and(|spec| spec.get(key).is_some());
            LOGIN_MIDDLEWARES.iter().any(|key| has(key)).into()
        }
        Some(object) => object.scalar("plugin").is_one_of(LOGIN_PLUGINS),
        None => Truth::Unknown,
    }
}

/// The login that a cloud's load balancer asks for in front of a Service.
pub(super) fn of_backend(service: &Look<'_>) -> Guard {
    let config = match annotation(service, "cloud.google.com/backend-config") {
        Seen::Absent => annotation(service, "beta.cloud.google.com/backend-config"),
        config => config,
    };
    let scope = service.resource().scope;
    let in_scope = |object: &Look<'_>| object.resource().scope == scope;
    if let Some(text) = config.text() {
        let mut configs = Look::all(service.graph, &["BackendConfig"]).into_iter();
        let named = configs.find(|object| in_scope(object) && text.contains(object.resource().name.as_str()));
        if let Some(object) = named {
            let enabled = object.is_on("spec.iap.enabled", false);
            return by(
                &object,
                &object.scalar("spec.iap.enabled"),
                enabled,
                "signs callers in by Identity-Aware Proxy",
            );
        }
    }
    let policies = Look::all(service.graph, &["GCPBackendPolicy"]).into_iter();
    let mut naming = policies.filter(|policy| in_scope(policy) && names(policy, service));
    naming.next().map_or(NONE, |policy| {
        let enabled = policy.is_on("spec.default.iap.enabled", false);
        by(&policy, &policy.scalar("spec.default.iap.enabled"), enabled, "signs callers in by Identity-Aware Proxy")
    })
}

/// The login of policies that name a route or gateway as their target.
pub(super) fn of_target(target: &Look<'_>) -> Guard {
    const LOGINS: &[&str] =
        &["jwt", "oidc", "extAuth", "apiKeyAuth", "apiKeyAuthentication", "basicAuth", "basicAuthentication"];
    let scope = target.resource().scope;
    for policy in Look::all(target.graph, &["SecurityPolicy", "TrafficPolicy", "AuthenticationPolicy", "AuthPolicy"]) {
        if policy.resource().scope != scope || !names(&policy, target) {
            continue;
        }
        if policy.is_a(&["AuthPolicy"]) {
            return by(&policy, &Seen::Absent, Truth::True, "signs callers in");
        }
        let spec = policy.resource().attributes.get("spec");
        let login = LOGINS.iter().find(|key| spec.is_some_and(|spec| spec.get(key).is_some()));
        if let Some(login) = login {
            let at = Path::default().key("spec").key(*login);
            return (Truth::True, vec![Evidence::new(policy.id, at, "signs callers in")]);
        }
    }
    NONE
}

fn names(policy: &Look<'_>, target: &Look<'_>) -> bool {
    let resource = target.resource();
    let targets = policy.find("spec.targetRefs.*").into_iter().chain(policy.find("spec.targetRef"));
    targets.into_iter().any(|found| {
        let text = |key| found.value.get(key).and_then(crate::value::Value::as_str);
        text("name") == Some(resource.name.as_str()) && text("kind").is_none_or(|kind| kind == resource.type_name)
    })
}

/// The login that a mesh asks for in front of a workload.
///
/// Istio lets a request without a token pass a `RequestAuthentication`; only an
/// `AuthorizationPolicy` that asks for a principal, or hands over to a custom provider, keeps it out.
pub(super) fn of_mesh(workload: &Look<'_>) -> Guard {
    let selecting: Vec<Look<'_>> = workload.incoming(&[EdgeKind::Selects]).map(|(_, policy)| policy).collect();
    let authenticates = selecting.iter().find(|policy| policy.is_a(&["RequestAuthentication"]));
    let mut best = NONE;
    for policy in selecting.iter().filter(|policy| policy.is_a(&["AuthorizationPolicy"])) {
        let found = of_policy(policy, authenticates.map(|object| object.id));
        if found.0 > best.0 {
            best = found;
        }
    }
    best
}

/// The login of the pods that an Istio gateway selects.
pub(super) fn of_mesh_gateway(gateway: &Look<'_>) -> Guard {
    let selector = gateway.resource().attributes.get("spec").and_then(|spec| spec.get("selector"));
    let Some(wanted) = selector.and_then(crate::value::Value::as_object).filter(|map| !map.is_empty()) else {
        return NONE;
    };
    let scope = gateway.resource().scope;
    let is_selected = |workload: &Look<'_>| {
        let labels = workload.resource().attributes.get("pod").and_then(|pod| pod.get("labels"));
        workload.resource().scope == scope
            && labels.is_some_and(|labels| wanted.iter().all(|(key, value)| labels.get(key) == Some(value)))
    };
    let pods = Look::all(gateway.graph, &[super::WORKLOAD]).into_iter().filter(is_selected);
    pods.map(|pod| of_mesh(&pod)).max_by_key(|(truth, _)| *truth).unwrap_or(NONE)
}

fn of_policy(policy: &Look<'_>, authentication: Option<ResourceId>) -> Guard {
    let action = policy.scalar("spec.action");
    if action.text() == Some("CUSTOM") {
        return by(policy, &action, Truth::True, "hands callers over to a login");
    }
    if action.text() == Some("DENY") {
        let denies = policy.find("spec.rules.*.from.*.source.notRequestPrincipals");
        let Some(found) = denies.first() else { return NONE };
        let shown = Evidence::new(policy.id, found.path().clone(), "turns away callers without a token");
        return if authentication.is_some() { (Truth::True, vec![shown]) } else { NONE };
    }
    let rules = policy.find("spec.rules.*");
    let asks = |rule: &crate::query::Found| {
        let from = rule.value.get("from").and_then(crate::value::Value::as_list).unwrap_or(&[]);
        let has = |key: &str| {
            !from.is_empty()
                && from.iter().all(|from| from.get("source").is_some_and(|source| source.get(key).is_some()))
        };
        (has("requestPrincipals") && authentication.is_some())
            || has("principals")
            || has("namespaces")
            || asks_claim(rule)
    };
    if rules.is_empty() || !rules.iter().all(asks) {
        return NONE;
    }
    let at = rules.first().map_or_else(Path::default, |rule| rule.path().clone());
    let mut shown = vec![Evidence::new(policy.id, at, "lets in known callers only")];
    shown.extend(authentication.map(|id| Evidence::new(id, Path::default(), "checks their tokens")));
    (Truth::True, shown)
}

fn asks_claim(rule: &crate::query::Found) -> bool {
    let conditions = rule.value.get("when").and_then(crate::value::Value::as_list).unwrap_or(&[]);
    let key =
        |condition: &crate::value::Value| condition.get("key").and_then(crate::value::Value::as_str).map(str::to_owned);
    conditions.iter().filter_map(key).any(|key| key.starts_with("request.auth."))
}
