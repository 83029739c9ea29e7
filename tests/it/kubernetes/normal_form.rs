use stanchion::value::{Path, Step};

use super::{graph_of, text_at};

fn path(steps: &str) -> Path {
    let steps = steps.split('.').filter(|step| !step.is_empty());
    Path(steps.map(|s| s.parse().map_or_else(|_| Step::Key(s.into()), Step::Index)).collect())
}

/// Address, type, class and attributes of every object of a text.
fn printed(text: &str) -> String {
    let (graph, _) = graph_of(&[("a.yaml", text)]);
    let line = |r: &std::sync::Arc<stanchion::graph::Resource>| {
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
        ("apps.openshift.io/v1", "DeploymentConfig", format!("spec: {{{template}}}")),
        (
            "serving.kserve.io/v1beta1",
            "InferenceService",
            "spec: {predictor: {sklearn: {storageUri: 's3://m'}, workerSpec: {containers: [{name: w}]}}}".into(),
        ),
        (
            "serving.kserve.io/v1alpha1",
            "LLMInferenceService",
            "spec: {template: {containers: [{name: m}]}, prefill: {template: {containers: [{name: p}]}}}".into(),
        ),
        ("kubeflow.org/v1", "MPIJob", format!("spec: {{mpiReplicaSpecs: {{Launcher: {{{template}}}, Worker: {{{template}}}}}}}")),
        (
            "machinelearning.seldon.io/v1",
            "SeldonDeployment",
            format!("spec: {{predictors: [{{componentSpecs: [{{{spec}}}, {{{spec}}}]}}]}}"),
        ),
        (
            "sparkoperator.k8s.io/v1beta2",
            "SparkApplication",
            "spec: {image: s, driver: {sidecars: [{name: s}], initContainers: [{name: i}]}, executor: {}}".into(),
        ),
        (
            "argoproj.io/v1alpha1",
            "CronWorkflow",
            "spec: {workflowSpec: {templates: [{steps: []}, {script: {image: i}}, {containerSet: {containers: [{name: a}, {name: b}]}}]}}".into(),
        ),
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
    let names = |r: &std::sync::Arc<stanchion::graph::Resource>| {
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

/// What Spark and Argo say in words of their own is said in Kubernetes' words, at its place.
#[test]
fn pods_of_operators_are_put_together() {
    let text = "\
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: x}
spec:
  image: spark:1
  driver:
    serviceAccount: runner
    podSecurityContext: {runAsUser: 0}
    securityContext: {privileged: true}
---
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: x}
spec:
  serviceAccountName: runner
  templates:
  - script: {image: python}
";
    let (graph, sources) = graph_of(&[("a.yaml", text)]);
    let [spark, argo] = graph.of_type("workload") else { panic!("{:?}", graph.resources()) };
    for (id, steps, text) in [
        (*spark, "pod.containers.0.image", "image: spark:1"),
        (*spark, "pod.containers.0.securityContext.privileged", "privileged: true"),
        (*spark, "pod.containers.0.effective.runAsUser", "runAsUser: 0"),
        (*spark, "pod.serviceAccountName", "serviceAccount: runner"),
        (*argo, "pod.serviceAccountName", "serviceAccountName: runner"),
        (*argo, "pod.containers.0.image", "image: python"),
    ] {
        let (place, found) = graph.locate(id, &path(steps));
        assert_eq!((text_at(&place, &sources).as_str(), found), (text, true), "{steps}");
    }
    let context = |id| {
        let pod = graph.resource(id).attributes.get("pod");
        pod.unwrap().get("containers").unwrap().as_list().unwrap()[0].get("resources").cloned().unwrap()
    };
    assert!(context(*spark).as_unknown().is_some() && context(*argo).as_unknown().is_some());
}
