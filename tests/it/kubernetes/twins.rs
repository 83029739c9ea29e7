use ecow::EcoString;
use stanchion::graph::{Presence, Resource, ResourceKind, Scope};
use stanchion::kubernetes::{adopt, objects};
use stanchion::source::{FileId, Span};
use stanchion::syntax::yaml::parse;
use stanchion::value::{Data, Map, Place, Reason, Value};

const FILE: FileId = FileId(0);

/// A Terraform resource with attributes as the evaluator gives them, written as YAML in which
/// every block is a list of mappings. Every value has a place of its own.
fn terraform(type_name: &str, attributes: &str) -> Resource {
    let parsed = parse(attributes, FILE);
    assert_eq!(parsed.problems, []);
    let mut n_placed = 0;
    Resource {
        kind: ResourceKind::Managed,
        type_name: type_name.into(),
        class: None,
        name: "x".into(),
        address: format!("{type_name}.x").into(),
        scope: Scope(0),
        presence: Presence::Certain,
        attributes: placed(&parsed.tree[0].value, &mut n_placed),
        block: Span::new(FILE, 0, attributes.len()),
        header: Place::Above,
    }
}

fn placed(value: &Value, n_placed: &mut usize) -> Value {
    *n_placed += 1;
    let place = Place::Span(Span::new(FILE, *n_placed, *n_placed));
    let data = match &value.data {
        Data::Object(map) => {
            let members = map.iter().map(|(k, v)| (k.clone(), placed(v, n_placed)));
            Data::Object(members.collect::<Vec<(EcoString, Value)>>().into_iter().collect::<Map>())
        }
        Data::List(items) => Data::List(items.iter().map(|item| placed(item, n_placed)).collect()),
        data => data.clone(),
    };
    Value::new(data, place)
}

fn manifest(text: &str) -> Resource {
    let parsed = parse(text, FILE);
    assert_eq!(parsed.problems, []);
    objects(&parsed.tree[0], Scope(0), Presence::Certain).remove(0)
}

const HCL: &str = "\
metadata:
- {name: api, namespace: prod, labels: {my_label: x}}
spec:
- replicas: '2'
  selector: [{match_labels: {app_name: api}}]
  template:
  - metadata: [{labels: {app_name: api}}]
    spec:
    - host_pid: true
      service_account_name: api
      node_selector: {node_type: gpu}
      security_context: [{run_as_user: '0', fs_group: '2', se_linux_options: []}]
      toleration: [{key: k, toleration_seconds: '5'}]
      init_container: [{name: init}]
      container:
      - name: main
        image: a:1
        security_context: [{privileged: true, capabilities: [{add: [ALL]}]}]
        resources: [{limits: {nvidia_gpu: '1'}}]
        port: [{container_port: 80, host_port: 80}]
        env: [{name: A, value_from: [{secret_key_ref: [{name: s, key: k}]}]}]
        env_from: [{config_map_ref: [{name: c}]}]
        volume_mount: [{name: v, mount_path: /v}]
        liveness_probe: [{http_get: [{path: /, port: '80', http_header: [{name: a}]}]}]
      volume:
      - {name: v, host_path: [{path: /}]}
      - {name: w, config_map: [{name: c, default_mode: '0644', items: [{key: a, path: b}]}]}
      - {name: u, projected: [{sources: [{service_account_token: [{path: t}]}]}]}
timeouts: {create: 1m}
wait_for_rollout: true
";

const YAML: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: prod, labels: {my_label: x}}
spec:
  replicas: 2
  selector: {matchLabels: {app_name: api}}
  template:
    metadata: {labels: {app_name: api}}
    spec:
      hostPID: true
      serviceAccountName: api
      nodeSelector: {node_type: gpu}
      securityContext: {runAsUser: 0, fsGroup: 2}
      tolerations: [{key: k, tolerationSeconds: 5}]
      initContainers: [{name: init}]
      containers:
      - name: main
        image: a:1
        securityContext: {privileged: true, capabilities: {add: [ALL]}}
        resources: {limits: {nvidia_gpu: '1'}}
        ports: [{containerPort: 80, hostPort: 80}]
        env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]
        envFrom: [{configMapRef: {name: c}}]
        volumeMounts: [{name: v, mountPath: /v}]
        livenessProbe: {httpGet: {path: /, port: 80, httpHeaders: [{name: a}]}}
      volumes:
      - {name: v, hostPath: {path: /}}
      - {name: w, configMap: {name: c, defaultMode: 0644, items: [{key: a, path: b}]}}
      - {name: u, projected: {sources: [{serviceAccountToken: {path: t}}]}}
";

#[test]
fn twin_reads_as_its_manifest() {
    let (mut twin, manifest) = (terraform("kubernetes_deployment_v1", HCL), manifest(YAML));
    let place = twin.attributes.get("spec").unwrap().as_list().unwrap()[0].origin.place.clone();
    assert!(adopt(&mut twin).is_some_and(|parts| parts.is_empty()));
    assert_eq!(format!("{:#?}", twin.attributes), format!("{:#?}", manifest.attributes));
    assert_eq!((twin.type_name, twin.class), (manifest.type_name, manifest.class));
    assert_eq!(twin.address, "kubernetes_deployment_v1.x");
    assert_eq!(format!("{:?}", twin.attributes.get("spec").unwrap().origin.place), format!("{place:?}"));
}

#[test]
fn names_that_mean_two_things_follow_their_block() {
    for (type_name, hcl, yaml) in [
        (
            "kubernetes_service",
            "metadata: [{name: s}]\nspec: [{selector: {my_app: a}, port: [{port: 80, target_port: '8080'}], cluster_ip: None}]",
            "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {my_app: a}, ports: [{port: 80, targetPort: 8080}], clusterIP: None}",
        ),
        (
            "kubernetes_ingress_v1",
            "metadata: [{name: i}]\nspec: [{tls: [{hosts: [h]}], rule: [{http: [{path: [{path: /, backend: [{service: [{name: s, port: [{number: 80}]}]}]}]}]}]}]",
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {tls: [{hosts: [h]}], rules: [{http: {paths: [{path: /, backend: {service: {name: s, port: {number: 80}}}}]}}]}",
        ),
        (
            "kubernetes_network_policy",
            "metadata: [{name: n}]\nspec: [{pod_selector: [{}], policy_types: [Ingress], ingress: [{from: [{namespace_selector: [{}]}], ports: [{port: '80'}]}]}]",
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n}\nspec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 80}]}]}",
        ),
        (
            "kubernetes_cluster_role_binding",
            "metadata: [{name: b}]\nrole_ref: [{kind: ClusterRole, name: r, api_group: g}]\nsubject: [{kind: Group, name: s}]",
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: r, apiGroup: g}\nsubjects: [{kind: Group, name: s}]",
        ),
        (
            "kubernetes_cluster_role",
            "metadata: [{name: b}]\nrule: [{api_groups: ['*'], resources: ['*'], verbs: ['*'], non_resource_urls: [/x]}]",
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: b}\nrules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*'], nonResourceURLs: [/x]}]",
        ),
        (
            "kubernetes_secret",
            "metadata: [{name: s}]\ndata: {my_key: v}\nbinary_data: {b: dg==}",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {my_key: v}\ndata: {b: dg==}",
        ),
        (
            "kubernetes_persistent_volume",
            "metadata: [{name: p}]\nspec: [{capacity: {storage: 1Gi}, persistent_volume_source: [{host_path: [{path: /}]}]}]",
            "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: p}\nspec: {capacity: {storage: 1Gi}, hostPath: {path: /}}",
        ),
    ] {
        let mut twin = terraform(type_name, hcl);
        assert!(adopt(&mut twin).is_some(), "{type_name}");
        assert_eq!(format!("{:#?}", twin.attributes), format!("{:#?}", manifest(yaml).attributes), "{type_name}");
    }
}

#[test]
fn raw_manifests_are_adopted_too() {
    let ray = "{apiVersion: ray.io/v1, kind: RayCluster, metadata: {name: r}, spec: {headGroupSpec: {template: {spec: {containers: [{name: h}]}}}, workerGroupSpecs: [{template: {spec: {containers: []}}}]}}";
    let mut manifest = terraform("kubernetes_manifest", &format!("manifest: {ray}"));
    let parts = adopt(&mut manifest).unwrap();
    assert_eq!(
        (manifest.type_name.as_str(), parts[0].address.as_str()),
        ("RayCluster", "kubernetes_manifest.x#worker[0]")
    );
    let mut text = terraform("kubectl_manifest", &format!("yaml_body: '{ray}'"));
    adopt(&mut text).unwrap();
    assert_eq!(text.attributes, manifest.attributes);
    let place = &text.attributes.get("pod").unwrap().origin.place;
    assert!(matches!(place, Place::Span(_)), "{place:?}");
}

#[test]
fn unknown_stays_unknown_and_strangers_stay_strangers() {
    let mut pod = terraform("kubernetes_pod", "metadata: [{name: x}]\nspec: [{container: [{name: a}]}]");
    let unknown = || Value::unknown(Reason::NoDefault("x".into()), None);
    let Data::Object(map) = &mut pod.attributes.data else { panic!("an object") };
    map.insert("spec".into(), unknown());
    adopt(&mut pod).unwrap();
    assert!(pod.attributes.get("spec").unwrap().as_unknown().is_some());
    assert_eq!(pod.class.as_deref(), Some("workload"));
    assert!(pod.attributes.get("pod").unwrap().as_unknown().is_some());
    for stranger in ["aws_s3_bucket", "kubernetes_nothing", "helm_release"] {
        assert!(adopt(&mut terraform(stranger, "metadata: [{name: x}]")).is_none());
    }
    let mut raw = terraform("kubernetes_manifest", "manifest: 1");
    assert!(adopt(&mut raw).is_none());
    assert_eq!(raw.type_name, "kubernetes_manifest");
}

/// Every resource type of the provider's schema has a kind.
#[test]
fn all_types_of_the_provider_are_known() {
    use std::io::Read;
    let Some(shared) = super::wild::shared() else { return };
    let path = shared.join("reference/schemas/kubernetes.jsonl.gz");
    let Ok(file) = std::fs::File::open(path) else {
        println!("skipped: no schema of the provider");
        return;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let types = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    for line in types.filter(|line| line["kind"] == "resource") {
        let type_name = line["type"].as_str().unwrap();
        let body = "kind: Pod\nmanifest: {kind: Pod}\nmetadata: [{name: x}]";
        assert!(adopt(&mut terraform(type_name, body)).is_some(), "{type_name}");
    }
}
