use stanchion::value::{Path, Step};

use super::{graph_of, text_at};

fn path(steps: &str) -> Path {
    let steps = steps.split('.').filter(|step| !step.is_empty());
    Path(steps.map(|s| s.parse().map_or_else(|_| Step::Key(s.into()), Step::Index)).collect())
}

/// Address, type, class and attributes of every object of a text.
fn printed(text: &str) -> String {
    let (graph, _) = graph_of(&[("a.yaml", text)]);
    let line = |r: &stanchion::graph::Resource| {
        let class = r.class.as_deref().unwrap_or("-");
        format!("{} {} {class}\n{:#?}", r.address, r.type_name, r.attributes.get("pod"))
    };
    graph.resources().iter().map(line).collect::<Vec<_>>().join("\n")
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: prod, labels: {outer: x}}
spec:
  template:
    metadata:
      labels: {app: api}
      annotations: {vault.hashicorp.com/t: '{{ with secret }}x{{ end }}'}
    spec:
      hostNetwork: true
      securityContext: {runAsUser: 0, runAsNonRoot: true, fsGroup: 1}
      containers:
      - name: main
        image: {{ .Values.image }}
        securityContext:
          privileged: yes
          runAsUser: 1000
      initContainers:
      - {name: first}
      ephemeralContainers:
      - {name: debug, securityContext: null}
";

#[test]
fn deployment_has_its_pod() {
    insta::assert_snapshot!(printed(DEPLOYMENT));
}

#[test]
fn places_lead_back_to_the_manifest() {
    let (graph, sources) = graph_of(&[("a.yaml", DEPLOYMENT)]);
    let id = graph.of_type("workload")[0];
    for (steps, text, is_whole) in [
        ("pod.containers.0.securityContext.privileged", "privileged: yes", true),
        ("pod.containers.0.effective.runAsUser", "runAsUser: 1000", true),
        ("pod.containers.0.effective.runAsNonRoot", "runAsNonRoot: true", true),
        ("pod.containers.0.effective.seccompProfile", "securityContext", false),
        ("pod.containers.1.name", "name: first", true),
        ("pod.containers.1.effective.runAsUser", "runAsUser: 0", true),
        ("pod.containers.1.resources", "{name: first}", false),
        ("pod.containers.2.effective.runAsUser", "runAsUser: 0", true),
        ("pod.labels.app", "app: api", true),
        ("pod.hostNetwork", "hostNetwork: true", true),
        ("pod.hostPID", "spec", false),
        ("spec.template.spec.initContainers.0.name", "name: first", true),
        ("status", "kind: Deployment", false),
    ] {
        let (place, found) = graph.locate(id, &path(steps));
        assert_eq!((text_at(&place, &sources).as_str(), found), (text, is_whole), "{steps}");
    }
}

#[test]
fn every_pod_of_a_kind_is_found() {
    let spec = "spec: {containers: [{name: c}]}";
    let template = format!("template: {{{spec}}}");
    let objects = [
        ("v1", "Pod", spec.to_owned()),
        ("batch/v1", "CronJob", format!("spec: {{jobTemplate: {{spec: {{{template}}}}}}}")),
        ("v1", "PodTemplate", template.clone()),
        ("argoproj.io/v1alpha1", "Rollout", format!("spec: {{{template}}}")),
        ("serving.knative.dev/v1", "Service", format!("spec: {{{template}}}")),
        (
            "ray.io/v1",
            "RayService",
            format!(
                "spec: {{rayClusterConfig: {{headGroupSpec: {{{template}}}, workerGroupSpecs: [{{{template}}}]}}}}"
            ),
        ),
        (
            "ray.io/v1",
            "RayJob",
            format!("spec: {{rayClusterSpec: {{headGroupSpec: {{{template}}}}}, submitterPodTemplate: {{{spec}}}}}"),
        ),
        ("kubeflow.org/v1", "Notebook", format!("spec: {{{template}}}")),
        (
            "kubeflow.org/v1",
            "PyTorchJob",
            format!("spec: {{pytorchReplicaSpecs: {{Master: {{{template}}}, Worker: {{{template}}}}}}}"),
        ),
        (
            "jobset.x-k8s.io/v1alpha2",
            "JobSet",
            format!("spec: {{replicatedJobs: [{{template: {{spec: {{{template}}}}}}}]}}"),
        ),
        (
            "leaderworkerset.x-k8s.io/v1",
            "LeaderWorkerSet",
            format!("spec: {{leaderWorkerTemplate: {{leaderTemplate: {{{spec}}}, workerTemplate: {{{spec}}}}}}}"),
        ),
        ("extensions.agents.x-k8s.io/v1alpha1", "SandboxTemplate", format!("spec: {{podTemplate: {{{spec}}}}}")),
        (
            "serving.kserve.io/v1beta1",
            "InferenceService",
            "spec: {predictor: {model: {storageUri: 's3://m'}}, transformer: {containers: [{name: t}]}}".into(),
        ),
        ("serving.kserve.io/v1alpha1", "ServingRuntime", spec.to_owned()),
        ("example.com/v1", "Custom", format!("spec: {{{template}}}")),
        ("v1", "Service", "spec: {ports: []}".into()),
        ("karpenter.sh/v1", "NodePool", "spec: {template: {spec: {taints: []}}}".into()),
    ];
    let text: Vec<_> = objects
        .iter()
        .map(|(version, kind, rest)| {
            format!("---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n{rest}\n")
        })
        .collect();
    let (graph, _) = graph_of(&[("a.yaml", &text.concat())]);
    let names = |r: &stanchion::graph::Resource| {
        let containers = r.attributes.get("pod").and_then(|pod| pod.get("containers"));
        format!("{} {:?}", r.address, containers.map(|c| c.as_list().unwrap().len()))
    };
    insta::assert_snapshot!(graph.resources().iter().map(names).collect::<Vec<_>>().join("\n"));
}

#[test]
fn lists_are_flattened_with_their_places() {
    let text = "\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {generateName: p-}
  spec:
    containers:
    - securityContext:
        privileged: true
";
    let (graph, sources) = graph_of(&[("a.yaml", text)]);
    let id = graph.of_type("Pod")[0];
    assert_eq!(graph.resource(id).address, "Pod/p-*");
    assert_eq!(text_at(&graph.resource(id).header, &sources), "kind: Pod");
    let (place, _) = graph.locate(id, &path("pod.containers.0.securityContext.privileged"));
    assert_eq!(text_at(&place, &sources), "privileged: true");
}
