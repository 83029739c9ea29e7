use std::collections::BTreeSet;

use super::Catalog;
use super::recognize::by_image;
use crate::value::Value;

/// What shows a product, in the way that the first word names, and the product and its role.
const SHOWN: &[(&str, &str, &str, &str)] = &[
    ("image", "apache/airflow:2.10.5", "airflow", "pipeline"),
    ("image", "mintplexlabs/anythingllm:1.8", "anythingllm", "agent-platform"),
    ("command", "argo server --auth-mode=server", "argo-workflows", "pipeline"),
    ("chart", "argo-workflows", "argo-workflows", "pipeline"),
    ("command", "bentoml serve service:svc", "bentoml", "inference-server"),
    ("image", "ghcr.io/chroma-core/chroma:1.0.15", "chroma", "vector-store"),
    ("image", "yanwk/comfyui-boot:cu124", "comfyui", "agent-platform"),
    ("image", "ghcr.io/dask/dask-gateway-server:2024.1.0", "dask", "training"),
    ("kind", "kubernetes.dask.org/v1 DaskCluster", "dask", "training"),
    ("image", "langgenius/dify-api:1.7.1", "dify", "agent-platform"),
    ("image", "deepjavalibrary/djl-serving:0.31.0-lmi", "djl-serving", "inference-server"),
    ("image", "763104351884.dkr.ecr.us-west-2.amazonaws.com/djl-inference:0.28.0", "djl-serving", "inference-server"),
    ("image", "nvcr.io/nvidia/ai-dynamo/vllm-runtime:0.8.0", "dynamo", "inference-server"),
    ("kind", "nvidia.com/v1alpha1 DynamoGraphDeployment", "dynamo", "inference-server"),
    ("image", "quay.io/feastdev/feature-server:0.40.0", "feast", "model-store"),
    ("kind", "feast.dev/v1alpha1 FeatureStore", "feast", "model-store"),
    ("image", "flowiseai/flowise:3.0.4", "flowise", "agent-platform"),
    ("command", "gradio app.py", "gradio", "agent-platform"),
    ("image", "quay.io/jupyter/scipy-notebook:2025-01-01", "jupyter", "notebook"),
    ("command", "start-notebook.py --ServerApp.token=''", "jupyter", "notebook"),
    ("image", "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-scipy:v1.10", "jupyter", "notebook"),
    ("image", "quay.io/jupyterhub/k8s-hub:4.2.0", "jupyterhub", "notebook"),
    ("chart", "jupyterhub", "jupyterhub", "notebook"),
    ("kind", "kaito.sh/v1beta1 Workspace", "kaito", "inference-server"),
    ("image", "mcr.microsoft.com/aks/kaito/kaito-base:0.2.0", "kaito", "inference-server"),
    ("kind", "serving.kserve.io/v1beta1 InferenceService", "kserve", "inference-server"),
    ("image", "kserve/sklearnserver:v0.15.0", "kserve", "inference-server"),
    ("kind", "kubeai.org/v1 Model", "kubeai", "gateway"),
    ("kind", "kubeflow.org/v1 Notebook", "kubeflow-notebook", "notebook"),
    ("image", "ghcr.io/kubeflow/kfp-api-server:2.5.0", "kubeflow-pipelines", "pipeline"),
    ("kind", "serving.kserve.io/v1alpha1 ClusterServingRuntime", "kserve", "inference-server"),
    ("kind", "trainer.kubeflow.org/v1alpha1 ClusterTrainingRuntime", "kubeflow-trainer", "training"),
    ("kind", "kubeflow.org/v1 PyTorchJob", "kubeflow-trainer", "training"),
    ("image", "heartexlabs/label-studio:1.19.0", "label-studio", "labelling"),
    ("image", "langflowai/langflow:1.5.0", "langflow", "agent-platform"),
    ("image", "docker.langfuse.com/langfuse/langfuse:3", "langfuse", "experiment-tracker"),
    ("image", "ghcr.io/danny-avila/librechat:v0.7.9", "librechat", "agent-platform"),
    ("image", "ghcr.io/berriai/litellm-database:main-v1.74.0-stable", "litellm", "gateway"),
    ("chart", "litellm-helm", "litellm", "gateway"),
    ("image", "ghcr.io/ggml-org/llama.cpp:server", "llama-cpp", "inference-server"),
    ("image", "openmmlab/lmdeploy:v0.9.1", "lmdeploy", "inference-server"),
    ("image", "lobehub/lobe-chat:1.100.0", "lobe-chat", "agent-platform"),
    ("image", "quay.io/go-skynet/local-ai:v2.28.0", "localai", "inference-server"),
    ("command", "marimo edit --host 0.0.0.0", "marimo", "notebook"),
    ("image", "milvusdb/milvus:v2.5.14", "milvus", "vector-store"),
    ("kind", "milvus.io/v1beta1 Milvus", "milvus", "vector-store"),
    ("image", "quay.io/minio/minio:RELEASE.2025-04-22T22-12-26Z", "minio", "model-store"),
    ("image", "kserve/modelmesh-minio-examples:latest", "minio", "model-store"),
    ("image", "ghcr.io/mlflow/mlflow:v2.22.0", "mlflow", "experiment-tracker"),
    ("image", "n8nio/n8n:1.103.0", "n8n", "agent-platform"),
    ("image", "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4", "nim", "inference-server"),
    ("kind", "apps.nvidia.com/v1alpha1 NIMService", "nim", "inference-server"),
    ("image", "ollama/ollama:0.11.4", "ollama", "inference-server"),
    ("image", "ghcr.io/open-webui/open-webui:v0.6.18", "open-webui", "agent-platform"),
    ("image", "openvino/model_server:2025.2", "openvino", "inference-server"),
    ("image", "pgvector/pgvector:pg17", "pgvector", "vector-store"),
    ("image", "prefecthq/prefect:3-latest", "prefect", "pipeline"),
    ("image", "qdrant/qdrant:v1.15.2", "qdrant", "vector-store"),
    ("image", "rayproject/ray:2.46.0-gpu", "ray", "training"),
    ("kind", "ray.io/v1 RayJob", "ray", "training"),
    ("image", "redis/redis-stack-server:7.4.0-v3", "redis-stack", "vector-store"),
    ("kind", "machinelearning.seldon.io/v1 SeldonDeployment", "seldon", "inference-server"),
    ("image", "docker.io/seldonio/mlserver:1.7.0", "seldon", "inference-server"),
    ("command", "python3 -m sglang.launch_server --host 0.0.0.0", "sglang", "inference-server"),
    ("kind", "sparkoperator.k8s.io/v1beta2 SparkApplication", "spark", "training"),
    ("image", "ghcr.io/example/stable-diffusion-webui:1.10", "stable-diffusion-webui", "agent-platform"),
    ("command", "streamlit run app.py", "streamlit", "agent-platform"),
    ("image", "ghcr.io/huggingface/text-embeddings-inference:cpu-1.7", "tei", "inference-server"),
    ("kind", "tensorboard.kubeflow.org/v1alpha1 Tensorboard", "tensorboard", "experiment-tracker"),
    ("image", "tensorflow/serving:2.19.0", "tf-serving", "inference-server"),
    ("image", "ghcr.io/huggingface/text-generation-inference:3.3.4", "tgi", "inference-server"),
    ("image", "nvcr.io/nvidia/nemo:25.04.01", "torch", "training"),
    ("command", "torchrun --nnodes=1 train.py", "torch", "training"),
    ("image", "pytorch/torchserve:0.12.0-gpu", "torchserve", "inference-server"),
    ("image", "nvcr.io/nvidia/tritonserver:25.06-py3", "triton", "inference-server"),
    ("image", "vllm/vllm-openai:v0.10.2", "vllm", "inference-server"),
    ("image", "my.registry/mirror/vllm/vllm-openai:v1", "vllm", "inference-server"),
    (
        "image",
        "111122223333.dkr.ecr.eu-central-1.amazonaws.com/docker-hub/ollama/ollama:0.11.4",
        "ollama",
        "inference-server",
    ),
    ("image", "localhost:5000/rayproject/ray@sha256:00", "ray", "training"),
    ("command", "/bin/sh -c vllm serve /models/chat", "vllm", "inference-server"),
    ("chart", "vllm-stack", "vllm", "inference-server"),
    ("image", "cr.weaviate.io/semitechnologies/weaviate:1.31.0", "weaviate", "vector-store"),
    ("image", "xprobe/xinference:v1.8.0", "xinference", "inference-server"),
];

/// What looks like a product and is none: a client, an operator, its documents, its namesake.
const LOOK_ALIKES: &[(&str, &str)] = &[
    ("image", "redis:7"),
    ("image", "grafana/grafana:12.0.0"),
    ("image", "postgres:17"),
    ("image", "company/ollama-docs:1"),
    ("image", "jupyter-docs:1"),
    ("image", "company/jupyter-docs:1"),
    ("image", "company/open-webui-exporter:1"),
    ("image", "company/airflow-exporter:1"),
    ("image", "ghcr.io/kubeflow/kubeflow/jupyter-web-app:v1.10"),
    ("image", "ghcr.io/kubeflow/kubeflow/tensorboard-controller:v1.10"),
    ("image", "gcr.io/ml-pipeline/application-crd-controller:1.0"),
    ("image", "nvcr.io/nvidia/tritonserver:24.04-py3-sdk"),
    ("image", "nvcr.io/nvidia/cloud-native/k8s-nim-operator:v1"),
    ("image", "quay.io/feastdev/feast-operator:0.66.0"),
    ("image", "mcr.microsoft.com/aks/kaito/workspace:0.6.0"),
    ("image", "docker.io/seldonio/seldon-core-operator:1.18.0"),
    ("image", "minio/mc:latest"),
    ("image", "n8nio/runners:2.35.7"),
    ("image", "milvusdb/etcd:3.5.5"),
    ("kind", "argoproj.io/v1alpha1 Workflow"),
    ("kind", "example.com/v1 Notebook"),
    ("kind", "example.com/v1 Workspace"),
    ("command", "redis-server --port 6379"),
    ("chart", "redis"),
    ("chart", "kuberay-operator"),
];

fn recognized(by: &str, text: &str) -> Option<usize> {
    let catalog = Catalog::embedded();
    match by {
        "image" => by_image(&Value::string(text), catalog).map(|(index, _)| index),
        "command" => catalog.by_command(text).map(|(index, _)| index),
        "kind" => text.split_once(' ').and_then(|(version, kind)| catalog.by_kind(version, kind)),
        "chart" => catalog.by_chart(text, None).map(|(index, _)| index),
        _ => panic!("`{by}` shows nothing"),
    }
}

#[test]
fn products_are_recognized_with_their_roles() {
    let catalog = Catalog::embedded();
    let mut wrong = Vec::new();
    for (by, text, id, role) in SHOWN {
        let found = recognized(by, text).map(|index| &catalog.products[index]);
        if found.is_none_or(|product| product.id != *id || product.role.name() != *role) {
            wrong.push(format!("{by} {text}: {:?}", found.map(|product| (&product.id, product.role))));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_product_stands_in_the_table() {
    let shown: BTreeSet<&str> = SHOWN.iter().map(|(_, _, id, _)| *id).collect();
    let products: BTreeSet<&str> = Catalog::embedded().products.iter().map(|product| product.id.as_str()).collect();
    assert_eq!(shown, products);
}

#[test]
fn look_alikes_are_no_products() {
    let catalog = Catalog::embedded();
    let name = |(by, text): &(&str, &str)| Some(format!("{text}: {}", catalog.products[recognized(by, text)?].id));
    let wrong: Vec<String> = LOOK_ALIKES.iter().filter_map(name).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
