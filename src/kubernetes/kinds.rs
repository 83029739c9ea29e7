use ecow::{EcoString, eco_format};

use super::place::Placed;

/// One pod that an object makes.
pub(super) struct PodPart<'v> {
    /// Which of the object's pods: `worker[0]`; shown only from the second on.
    pub(super) name: EcoString,
    /// The object with `labels` and `annotations` of the pod.
    pub(super) metadata: Option<Placed<'v>>,
    /// The pod spec.
    pub(super) spec: Placed<'v>,
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
pub(super) fn pods<'v>(manifest: &Placed<'v>) -> Vec<PodPart<'v>> {
    let text = |key: &str| manifest.value.get(key).and_then(|value| value.as_str()).unwrap_or("");
    let group = text("apiVersion").split('/').next().unwrap_or("");
    let spec = || manifest.get("spec");
    match (text("kind"), group) {
        ("Pod", "v1") => from_template("pod", manifest).into_iter().collect(),
        ("Revision", "serving.knative.dev") => from_template("revision", manifest).into_iter().collect(),
        ("InferenceService", "serving.kserve.io" | "serving.kubeflow.org") => inference(spec()),
        ("ServingRuntime" | "ClusterServingRuntime", "serving.kserve.io") => {
            let part = |spec: Placed<'v>| PodPart { name: "runtime".into(), metadata: Some(spec.clone()), spec };
            spec().map(part).into_iter().collect()
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
        ("SeldonDeployment", _) => seldon(manifest.at(&["spec", "predictors"])),
        _ => replicas(spec()).unwrap_or_else(|| usual(manifest, text("kind")).into_iter().collect()),
    }
}

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

fn usual<'v>(manifest: &Placed<'v>, kind: &str) -> Option<PodPart<'v>> {
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

fn from_template<'v>(name: &str, template: &Placed<'v>) -> Option<PodPart<'v>> {
    Some(PodPart { name: name.into(), metadata: template.get("metadata"), spec: template.get("spec")? })
}

fn indexed<'v>(
    name: &str,
    list: Option<Placed<'v>>,
    template: impl Fn(&Placed<'v>) -> Option<Placed<'v>>,
) -> Vec<PodPart<'v>> {
    let items = list.map(|list| list.items()).unwrap_or_default();
    let part = |(i, item)| from_template(&eco_format!("{name}[{i}]"), &template(item)?);
    items.iter().enumerate().filter_map(part).collect()
}

/// `KServe`: the component itself is a pod spec, with the model as one more container.
fn inference(spec: Option<Placed<'_>>) -> Vec<PodPart<'_>> {
    let Some(spec) = spec else { return Vec::new() };
    let part = |name: &str| {
        let component = spec.get(name)?;
        let metadata = component.value.get("labels").or(component.value.get("annotations")).map(|_| component.clone());
        Some(PodPart { name: name.into(), metadata, spec: component })
    };
    ["predictor", "transformer", "explainer"].into_iter().filter_map(part).collect()
}

fn ray(cluster: Option<Placed<'_>>) -> Vec<PodPart<'_>> {
    let Some(cluster) = cluster else { return Vec::new() };
    let head = cluster.at(&["headGroupSpec", "template"]).and_then(|template| from_template("head", &template));
    let workers = indexed("worker", cluster.get("workerGroupSpecs"), |group| group.get("template"));
    head.into_iter().chain(workers).collect()
}

fn jobs(list: Option<Placed<'_>>) -> Vec<PodPart<'_>> {
    indexed("job", list, |job| job.at(&["template", "spec", "template"]))
}

fn seldon<'v>(predictors: Option<Placed<'v>>) -> Vec<PodPart<'v>> {
    let predictors = predictors.map(|list| list.items()).unwrap_or_default();
    let components = |(i, predictor): (usize, &Placed<'v>)| {
        let specs = predictor.get("componentSpecs");
        indexed(&eco_format!("predictor[{i}]"), specs, |component| Some(component.clone()))
    };
    predictors.iter().enumerate().flat_map(components).collect()
}

/// Kubeflow training jobs: `spec.pytorchReplicaSpecs.Master.template` and the like.
fn replicas(spec: Option<Placed<'_>>) -> Option<Vec<PodPart<'_>>> {
    let (_, roles) = spec?.members().into_iter().find(|(key, _)| key.ends_with("ReplicaSpecs"))?;
    let part = |(role, value): &(&str, _)| {
        let value: &Placed<'_> = value;
        from_template(&role.to_ascii_lowercase(), &value.get("template")?)
    };
    Some(roles.members().iter().filter_map(part).collect())
}
