use std::fmt::Write;
use std::time::{Duration, Instant};

use super::{edges, graph_of};

const APP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: prod}
spec:
  template:
    metadata: {labels: {app: api, tier: web}}
    spec:
      serviceAccountName: api
      containers:
      - name: api
        envFrom: [{configMapRef: {name: settings}}]
        env:
        - {name: A, valueFrom: {secretKeyRef: {name: keys, key: a}}}
      volumes:
      - {name: data, persistentVolumeClaim: {claimName: data}}
      - {name: all, projected: {sources: [{secret: {name: keys}}]}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: prod}
spec: {selector: {app: api}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: other}
spec: {selector: {app: api}}
";

const REST: &str = "\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: prod}}
- {apiVersion: v1, kind: Secret, metadata: {name: keys, namespace: prod}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: prod}}
- {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data, namespace: prod}}
- {apiVersion: v1, kind: Namespace, metadata: {name: prod}}
- apiVersion: rbac.authorization.k8s.io/v1
  kind: ClusterRole
  metadata: {name: reader}
- apiVersion: rbac.authorization.k8s.io/v1
  kind: RoleBinding
  metadata: {name: read, namespace: prod}
  roleRef: {kind: ClusterRole, name: reader}
  subjects: [{kind: ServiceAccount, name: api}, {kind: User, name: api}]
- apiVersion: networking.k8s.io/v1
  kind: Ingress
  metadata: {name: web, namespace: prod}
  spec: {rules: [{http: {paths: [{backend: {service: {name: api}}}]}}]}
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: all, namespace: prod}
  spec: {podSelector: {}}
- apiVersion: policy/v1
  kind: PodDisruptionBudget
  metadata: {name: some, namespace: prod}
  spec: {selector: {matchExpressions: [{key: tier, operator: In, values: [web]}]}}
- apiVersion: autoscaling/v2
  kind: HorizontalPodAutoscaler
  metadata: {name: api, namespace: prod}
  spec: {scaleTargetRef: {kind: Deployment, name: api}}
- apiVersion: networking.istio.io/v1
  kind: VirtualService
  metadata: {name: v, namespace: x}
  spec: {http: [{route: [{destination: {host: api.prod.svc.cluster.local}}]}]}
";

#[test]
fn objects_are_joined_by_name_and_label() {
    let (graph, sources) = graph_of(&[("a/app.yaml", APP), ("a/rest.yaml", REST)]);
    insta::assert_snapshot!(edges(&graph, &sources).join("\n"));
}

#[test]
fn ray_workers_belong_to_their_cluster() {
    let text = "\
apiVersion: ray.io/v1
kind: RayCluster
metadata: {name: r}
spec:
  headGroupSpec: {template: {spec: {containers: [{name: head}]}}}
  workerGroupSpecs:
  - {template: {spec: {containers: [{name: worker}]}}}
";
    let (graph, sources) = graph_of(&[("dev/ray.yaml", text), ("prod/ray.yaml", text)]);
    let owns = |at: &str| format!("RayCluster/r in {at}/ray.yaml -owns()-> RayCluster/r#worker[0] in {at}/ray.yaml");
    assert_eq!(edges(&graph, &sources), [owns("dev"), owns("prod")]);
}

fn copy(label: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {label}}}\nspec: {{template: {{metadata: {{labels: \
         {{app: x}}}}, spec: {{serviceAccountName: sa, containers: []}}}}}}\n"
    )
}

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: x}}\n";
const ACCOUNT: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa}\n";

/// A repository with copies says of each copy what it would say of it alone.
#[test]
fn nothing_is_joined_across_copies() {
    let deployment = copy("d");
    let one = |folder: &str| {
        [("deploy.yaml", deployment.as_str()), ("service.yaml", SERVICE), ("sa.yaml", ACCOUNT)]
            .map(|(name, text)| (format!("{folder}/{name}"), text.to_owned()))
    };
    let linked = |files: &[(String, String)]| {
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        graph_of(&files).0.edges().len()
    };
    assert_eq!(linked(&one("dev")), 2);
    assert_eq!(linked(&[one("dev"), one("prod"), one("test/a")].concat()), 6);
    assert_eq!(linked(&[one("dev").to_vec(), one("prod")[..1].to_vec()].concat()), 2);
}

#[test]
fn base_is_shared_by_its_overlays() {
    let (base, dev) = (copy("d"), copy("other"));
    let files =
        [("base/d.yaml", base.as_str()), ("dev/d.yaml", &dev), ("shared/sa.yaml", ACCOUNT), ("dev/s.yaml", SERVICE)];
    let (graph, sources) = graph_of(&files);
    assert_eq!(
        edges(&graph, &sources),
        [
            "Deployment/d -runs-as(pod.serviceAccountName)-> ServiceAccount/sa",
            "Deployment/other -runs-as(pod.serviceAccountName)-> ServiceAccount/sa",
            "Service/s -selects(spec.selector)-> Deployment/d",
            "Service/s -selects(spec.selector)-> Deployment/other",
        ]
    );
}

/// A policy for all pods, of a namespace that is not written, is for those it lies beside or above.
/// What is not known of a selector, a namespace or a label leaves open whether a policy selects;
/// what is known and differs does not.
#[test]
fn a_policy_may_select_what_nothing_known_speaks_against() {
    let pod = |name: &str, namespace: &str, labels: &str| {
        format!(
            "---\nkind: Pod\napiVersion: v1\nmetadata: {{name: {name}, namespace: {namespace}, labels: {labels}}}\n\
             spec: {{containers: [{{name: c, image: c}}]}}\n"
        )
    };
    let policy = |name: &str, namespace: &str, labels: &str| {
        format!(
            "---\nkind: NetworkPolicy\napiVersion: networking.k8s.io/v1\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
             spec: {{podSelector: {{matchLabels: {labels}}}}}\n"
        )
    };
    let text = [
        pod("web", "prod", "{app: web, tier: front}"),
        pod("any", "prod", "{app: '{{ app }}'}"),
        pod("far", "test", "{app: web}"),
        policy("value", "prod", "{app: '{{ app }}', tier: front}"),
        policy("namespace", "'{{ namespace }}'", "{app: web}"),
        policy("other", "prod", "{app: store}"),
        policy("none", "prod", "{app: store, tier: front, '{{ key }}': a}"),
    ]
    .concat();
    let (graph, sources) = graph_of(&[("a.yaml", &text)]);
    assert_eq!(
        edges(&graph, &sources),
        [
            "NetworkPolicy/prod/value -may-select(spec.podSelector)-> Pod/prod/web",
            "NetworkPolicy/?/namespace -may-select(spec.podSelector)-> Pod/prod/web",
            "NetworkPolicy/?/namespace -may-select(spec.podSelector)-> Pod/prod/any",
            "NetworkPolicy/?/namespace -may-select(spec.podSelector)-> Pod/test/far",
            "NetworkPolicy/prod/other -may-select(spec.podSelector)-> Pod/prod/any",
        ]
    );
}

#[test]
fn a_policy_for_all_is_for_its_own_folder() {
    let policy =
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: all}\nspec: {podSelector: {}}\n";
    let (one, two, three) = (copy("one"), copy("two"), copy("three"));
    let selected = |at: &str| {
        let (graph, sources) =
            graph_of(&[("a/one.yaml", &one), ("a/x/two.yaml", &two), ("b/three.yaml", &three), (at, policy)]);
        let of_policy =
            |line: &String| line.starts_with("NetworkPolicy").then(|| line.rsplit('/').next().unwrap().to_owned());
        edges(&graph, &sources).iter().filter_map(of_policy).collect::<Vec<_>>()
    };
    assert_eq!(selected("a/policy.yaml"), ["one", "two"]);
    assert_eq!(selected("b/policy.yaml"), ["three"]);
    assert_eq!(selected("policies/all.yaml"), ["one", "two", "three"]);
}

/// 20,000 objects in one file; the bound is for a debug build on a busy machine.
#[test]
fn joins_take_time_in_proportion_to_their_size() {
    let mut text = String::new();
    for i in 0..10_000 {
        let _ = write!(
            text,
            "---\n{{apiVersion: v1, kind: Service, metadata: {{name: s{i}}}, spec: {{selector: {{app: a{i}, part: x}}}}}}\n---\n\
             {{apiVersion: v1, kind: Pod, metadata: {{name: p{i}, labels: {{app: a{i}, part: x}}}}, spec: {{containers: []}}}}\n"
        );
    }
    let parsed = stanchion::syntax::yaml::parse(&text, stanchion::source::FileId(0));
    let (mut sources, mut builder) = (stanchion::source::SourceMap::default(), stanchion::graph::Builder::default());
    sources.add("a.yaml".into(), stanchion::source::FileKind::Yaml, text.as_str().into());
    let scope = builder.next_scope();
    let of = |document| stanchion::kubernetes::objects(document, scope, stanchion::graph::Presence::Certain);
    let objects = parsed.tree.iter().flat_map(of).map(std::sync::Arc::new).collect();
    builder.add(&stanchion::graph::Part::new(scope, objects));
    let start = Instant::now();
    assert_eq!(stanchion::kubernetes::link(&mut builder, &sources), []);
    let took = start.elapsed();
    println!("20,000 objects linked in {took:?}");
    assert_eq!(builder.graph().edges().len(), 10_000);
    assert!(took < Duration::from_secs(20), "{took:?}");
}
