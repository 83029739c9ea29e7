//! What is recognized as an AI product, in which role, and how advisories of it stand.

use std::path::Path;

use stanchion::analysis::{Outcome, Settings, graph};
use stanchion::facts::Statement;
use stanchion::graph::ResourceId;
use stanchion::source::Disk;
use stanchion::value::Value;

/// What is derived from some files, before any rule.
pub(crate) fn outcome(files: &[(&str, &str)]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        std::fs::write(path, text).unwrap();
    }
    graph(&Settings { roots: vec![folder.path().to_path_buf()], ..Settings::default() }, &Disk, &()).unwrap()
}

fn statements<'o>(outcome: &'o Outcome, fact: &str) -> Vec<&'o Statement> {
    let ids = (0..).map(ResourceId).take(outcome.graph.resources().len());
    ids.flat_map(|id| outcome.facts.of(fact, id)).collect()
}

fn member<'s>(statement: &'s Statement, name: &str) -> &'s str {
    statement.value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// `product role` of everything that is recognized, sorted.
fn recognized(files: &[(&str, &str)]) -> Vec<String> {
    let outcome = outcome(files);
    let all = statements(&outcome, "ai");
    let mut all: Vec<String> =
        all.iter().map(|ai| format!("{} {}", member(ai, "product"), member(ai, "role"))).collect();
    all.sort();
    all
}

fn pod(container: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{ name: app }}\nspec:\n  containers:\n    - {{ name: app, {container} }}\n"
    )
}

#[test]
fn an_image_of_one_s_own_is_recognized_by_what_it_is_told() {
    for (container, product) in [
        ("image: own/app, args: [--model=/m, --tensor-parallel-size=2]", "vllm inference-server"),
        ("image: own/app, args: [--model, /m, --max-model-len, '8192']", "vllm inference-server"),
        ("image: own/app, env: [{ name: MLSERVER_HTTP_PORT, value: '8080' }]", "seldon inference-server"),
        ("image: own/app, args: [--rest_port=8888, --config_path=/models/list.json]", "openvino inference-server"),
        ("image: own/app, args: [--backend-store-uri=x, --default-artifact-root=y]", "mlflow experiment-tracker"),
        ("image: own/app, env: [{ name: GRADIO_SERVER_NAME, value: 0.0.0.0 }]", "gradio agent-platform"),
        ("image: own/app, command: [torchrun], args: [--nnodes=1, train.py]", "torch training"),
        ("image: own/app, command: [bash, -c, \"accelerate launch tune.py\"]", "torch training"),
    ] {
        assert_eq!(recognized(&[("pod.yaml", &pod(container))]), [product], "{container}");
    }
    for container in [
        "image: own/app, args: [--model=/m]",
        "image: own/vllm-client, args: [--tensor-parallel-size=2]",
        "image: own/app, env: [{ name: MODEL_ID, value: x }]",
        "image: own/app, env: [{ name: VLLM_ENDPOINT, value: x }]",
    ] {
        assert_eq!(recognized(&[("pod.yaml", &pod(container))]), [""; 0], "{container}");
    }
}

#[test]
fn an_image_that_runs_errands_is_no_server() {
    let nim = |words: &str| pod(&format!("image: nvcr.io/nim/meta/llama:1.1.0, {words}"));
    assert_eq!(recognized(&[("pod.yaml", &nim("args: []"))]), ["nim inference-server"]);
    let idle = [
        "command: [download-to-cache]",
        "command: [bash, -c], args: [list-model-profiles]",
        "command: [sleep], args: [infinity]",
        "command: [/bin/sh, -ex, -c], args: ['ls -al \"$A\"; cp -r \"$A\" \"$B\" && echo done && exit 0;']",
    ];
    for words in idle {
        assert_eq!(recognized(&[("pod.yaml", &nim(words))]), [""; 0], "{words}");
    }
    let serves = nim("command: [sh, -c], args: ['cp /a /b && start-server']");
    assert_eq!(recognized(&[("pod.yaml", &serves)]), ["nim inference-server"]);
}

#[test]
fn a_role_is_that_of_the_task() {
    let workspace =
        |task: &str| format!("apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata: {{ name: w }}\n{task}\n");
    let serves = workspace("inference: { preset: { name: phi-4 } }");
    assert_eq!(recognized(&[("w.yaml", &serves)]), ["kaito inference-server"]);
    let tunes = workspace("tuning: { preset: { name: phi-4 }, method: qlora }");
    assert_eq!(recognized(&[("w.yaml", &tunes)]), ["kaito training"]);
    let model = "apiVersion: kubeai.org/v1\nkind: Model\nmetadata: { name: m }\nspec: { engine: VLLM }\n";
    assert_eq!(recognized(&[("m.yaml", model)]), ["kubeai inference-server"]);
}

#[test]
fn a_chart_installs_what_its_values_do_not_turn_off() {
    let chart = ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n");
    let values = |text: &'static str| recognized(&[chart, ("c/values.yaml", text)]);
    assert_eq!(values("image: { imageName: 'nvcr.io/nvidia/tritonserver:25.01-py3' }\n"), ["triton inference-server"]);
    assert_eq!(values("sample: { enabled: true, image: ollama/ollama }\n"), ["ollama inference-server"]);
    assert_eq!(values("sample: { enabled: false, image: ollama/ollama }\n"), [""; 0]);
}

#[test]
fn an_older_chart_keeps_its_dependencies_in_a_file_of_their_own() {
    let chart = ("c/Chart.yaml", "apiVersion: v1\nname: c\nversion: 1.0.0\n");
    let requirements = "dependencies:\n  - { name: qdrant, version: 1.0.0, repository: 'https://qdrant.github.io/qdrant-helm', condition: qdrant.enabled }\n";
    let of =
        |values: &'static str| recognized(&[chart, ("c/requirements.yaml", requirements), ("c/values.yaml", values)]);
    assert_eq!(of("replicas: 1\n"), ["qdrant vector-store"]);
    assert_eq!(of("qdrant: { enabled: false }\n"), [""; 0]);
}

/// The severity of the only advisory, and what its trail says of the conditions.
fn advisory(container: &str, service: &str) -> (String, Vec<String>) {
    let pod = pod(container).replace("name: app }", "name: app, labels: { app: app } }");
    let service = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{ name: app }}\nspec: {{ type: {service}, selector: {{ app: app }}, ports: [{{ port: 8000 }}] }}\n"
    );
    let outcome = outcome(&[("pod.yaml", &pod), ("service.yaml", &service)]);
    let all = statements(&outcome, "ai-advisory");
    let [only] = all[..] else { panic!("{} advisories", all.len()) };
    let says = only.trail.iter().map(|step| step.says.to_string());
    let conditions = says.filter(|says| says.starts_with("is ") && says.contains(": "));
    (format!("{} {}", member(only, "id"), member(only, "severity")), conditions.collect())
}

#[test]
fn an_advisory_weighs_in_full_where_all_its_conditions_hold() {
    let triton = |options: &str| {
        format!("image: nvcr.io/nvidia/tritonserver:23.02-py3, args: [{options}], ports: [{{ containerPort: 8000 }}]")
    };
    let (open, says) = advisory(&triton(""), "LoadBalancer");
    let (closed, not) = advisory(&triton(""), "ClusterIP");
    assert_ne!(open, closed);
    assert_eq!(says, ["is so: somebody reaches it without a login"]);
    assert_eq!(not, ["is not so here: somebody reaches it without a login"]);
}

#[test]
fn each_condition_of_an_advisory_is_told() {
    let vllm = |options: &str| {
        format!("image: 'vllm/vllm-openai:v0.18.0', args: [--model=m{options}], ports: [{{ containerPort: 8000 }}]")
    };
    let (id, says) = advisory(&vllm(", --api-key=k"), "LoadBalancer");
    assert_eq!(id, "CVE-2026-48746 critical");
    assert_eq!(says, ["is so: somebody reaches it", "is so: an API key is the login"]);
    let (id, says) = advisory(&vllm(", --api-key=k"), "ClusterIP");
    assert_eq!(id, "CVE-2026-48746 high");
    assert_eq!(says, ["is not so here: somebody reaches it", "is so: an API key is the login"]);
    // What a setting rules out does not lead.
    let older = vllm("").replace("v0.18.0", "v0.10.2");
    assert!(advisory(&older, "LoadBalancer").0.starts_with("CVE-2026-22778"));
}
