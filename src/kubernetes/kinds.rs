use ecow::{EcoString, eco_format};

use super::operators;
use super::place::Placed;
use crate::value::Value;

/// One pod that an object makes.
pub(super) struct PodPart {
    /// Which of the object's pods: `worker[0]`; shown only from the second on.
    pub(super) name: EcoString,
    /// The object with `labels` and `annotations` of the pod.
    pub(super) metadata: Option<Value>,
    /// The pod spec.
    pub(super) spec: Value,
}

/// Where kinds keep their pod template, as keys from the root; the first that exists counts.
/// These hold for every kind, so that a custom resource of the usual shape is a workload too.
const USUAL_TEMPLATES: &[&[&str]] = &[
    &["spec", "template"],
    &["spec", "podTemplate"],
    &["spec", "jobTemplate", "spec", "template"],
    &["spec", "jobTargetRef", "template"],
    &["template"],
];

/// The pods that an object makes, the main one first.
pub(super) fn pods(manifest: &Placed<'_>) -> Vec<PodPart> {
    let text = |key: &str| manifest.value.get(key).and_then(|value| value.as_str()).unwrap_or("");
    let group = text("apiVersion").split('/').next().unwrap_or("");
    let spec = || manifest.get("spec");
    match (text("kind"), group) {
        ("Pod", "v1") => from_template("pod", manifest).map(operators::completed_by_spark).into_iter().collect(),
        ("Revision", "serving.knative.dev") => from_template("revision", manifest).into_iter().collect(),
        ("InferenceService", "serving.kserve.io" | "serving.kubeflow.org") => inference(spec()),
        ("ServingRuntime" | "ClusterServingRuntime", "serving.kserve.io") => {
            let main = spec().map(|spec| component("runtime", &spec));
            let workers = manifest.at(&["spec", "workerSpec"]).map(|spec| component("worker", &spec));
            main.into_iter().chain(workers).collect()
        }
        ("RayCluster", "ray.io") => ray(spec()),
        ("RayService", "ray.io") => ray(manifest.at(&["spec", "rayClusterConfig"])),
        ("RayJob", "ray.io") => {
            let submitter = manifest.at(&["spec", "submitterPodTemplate"]);
            let submitter = submitter.and_then(|template| from_template("submitter", &template));
            ray(manifest.at(&["spec", "rayClusterSpec"])).into_iter().chain(submitter).collect()
        }
        ("JobSet", _) => jobs(manifest.at(&["spec", "replicatedJobs"])),
        ("TrainingRuntime" | "ClusterTrainingRuntime", _) => {
            jobs(manifest.at(&["spec", "template", "spec", "replicatedJobs"]))
        }
        ("LeaderWorkerSet", _) => {
            let of = |(key, name)| from_template(name, &manifest.at(&["spec", "leaderWorkerTemplate", key])?);
            [("leaderTemplate", "leader"), ("workerTemplate", "worker")].into_iter().filter_map(of).collect()
        }
        ("Job", "batch.volcano.sh") => {
            let tasks = manifest.at(&["spec", "tasks"]);
            indexed("task", tasks, |task| task.get("template"))
        }
        ("LLMInferenceService", "serving.kserve.io") => {
            let of = |(keys, name): (&[&str], &str)| Some(component(name, &spec()?.at(keys)?));
            LLM_TEMPLATES.iter().copied().filter_map(of).collect()
        }
        ("SparkApplication" | "ScheduledSparkApplication", _) => operators::spark(manifest),
        ("Workflow" | "WorkflowTemplate" | "ClusterWorkflowTemplate" | "CronWorkflow", "argoproj.io") => {
            operators::argo(manifest)
        }
        ("SeldonDeployment", _) => seldon(manifest.at(&["spec", "predictors"])),
        _ => replicas(spec()).unwrap_or_else(|| usual(manifest, text("kind")).into_iter().collect()),
    }
}

/// Pod specs of a service of a language model, the main one first.
const LLM_TEMPLATES: &[(&[&str], &str)] = &[
    (&["template"], "decode"),
    (&["worker"], "worker"),
    (&["prefill", "template"], "prefill"),
    (&["prefill", "worker"], "prefill-worker"),
    (&["router", "scheduler", "template"], "scheduler"),
];

/// Kinds whose template is a pod's for certain, even in a patch that names no container.
const USUAL_KINDS: &[&str] = &[
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "PodTemplate",
    "Rollout",
    "Service",
    "Configuration",
    "Notebook",
    "SandboxTemplate",
    "Sandbox",
];

fn usual(manifest: &Placed<'_>, kind: &str) -> Option<PodPart> {
    let is_pod = |spec: &Placed<'_>| {
        let is_object = spec.value.as_object().is_some();
        is_object && (spec.value.get("containers").is_some() || USUAL_KINDS.contains(&kind))
    };
    let template = USUAL_TEMPLATES.iter().find_map(|keys| {
        let template = manifest.at(keys)?;
        template.get("spec").filter(is_pod).map(|_| template)
    })?;
    from_template("pod", &template)
}

fn from_template(name: &str, template: &Placed<'_>) -> Option<PodPart> {
    let metadata = template.get("metadata").map(|metadata| metadata.rooted());
    Some(PodPart { name: name.into(), metadata, spec: template.get("spec")?.rooted() })
}

/// A pod spec with the pod's labels and annotations in it.
fn component(name: &str, spec: &Placed<'_>) -> PodPart {
    let has_own = spec.value.get("labels").or(spec.value.get("annotations")).is_some();
    PodPart { name: name.into(), metadata: has_own.then(|| spec.rooted()), spec: spec.rooted() }
}

fn indexed<'v>(
    name: &str,
    list: Option<Placed<'v>>,
    template: impl Fn(&Placed<'v>) -> Option<Placed<'v>>,
) -> Vec<PodPart> {
    let items = list.map(|list| list.items()).unwrap_or_default();
    let part = |(i, item)| from_template(&eco_format!("{name}[{i}]"), &template(item)?);
    items.iter().enumerate().filter_map(part).collect()
}

/// `KServe`: the component itself is a pod spec, with the model as one more container.
fn inference(spec: Option<Placed<'_>>) -> Vec<PodPart> {
    const COMPONENTS: &[(&[&str], &str)] = &[
        (&["predictor"], "predictor"),
        (&["transformer"], "transformer"),
        (&["explainer"], "explainer"),
        (&["predictor", "workerSpec"], "worker"),
    ];
    let Some(spec) = spec else { return Vec::new() };
    COMPONENTS.iter().filter_map(|(keys, name)| Some(component(name, &spec.at(keys)?))).collect()
}

fn ray(cluster: Option<Placed<'_>>) -> Vec<PodPart> {
    let Some(cluster) = cluster else { return Vec::new() };
    let head = cluster.at(&["headGroupSpec", "template"]).and_then(|template| from_template("head", &template));
    let workers = indexed("worker", cluster.get("workerGroupSpecs"), |group| group.get("template"));
    head.into_iter().chain(workers).collect()
}

fn jobs(list: Option<Placed<'_>>) -> Vec<PodPart> {
    indexed("job", list, |job| job.at(&["template", "spec", "template"]))
}

fn seldon(predictors: Option<Placed<'_>>) -> Vec<PodPart> {
    let predictors = predictors.map(|list| list.items()).unwrap_or_default();
    let components = |(i, predictor): (usize, &Placed<'_>)| {
        let specs = predictor.get("componentSpecs");
        indexed(&eco_format!("predictor[{i}]"), specs, |component| Some(component.clone()))
    };
    predictors.iter().enumerate().flat_map(components).collect()
}

/// Kubeflow training jobs: `spec.pytorchReplicaSpecs.Master.template` and the like.
fn replicas(spec: Option<Placed<'_>>) -> Option<Vec<PodPart>> {
    let (_, roles) = spec?.members().into_iter().find(|(key, _)| key.ends_with("ReplicaSpecs"))?;
    let part = |(role, value): &(&str, _)| {
        let value: &Placed<'_> = value;
        from_template(&role.to_ascii_lowercase(), &value.get("template")?)
    };
    Some(roles.members().iter().filter_map(part).collect())
}
