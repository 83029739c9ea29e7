//! The language server, spoken to as an editor does.

mod answers;
mod client;
mod diagnostics;
mod folders;
mod fuzz;
mod lifecycle;

/// A public bucket with a name and a way of values, and a secret.
const BUCKET: &str = r#"variable "acl" {
  default = "public-read"
}

variable "db_password" {
  default = "hunter2hunter2"
}

locals {
  name = "logs-${var.acl}"
}

resource "aws_s3_bucket" "logs" {
  bucket = local.name
  acl    = var.acl
}

resource "aws_db_instance" "db" {
  engine   = "postgres"
  password = var.db_password
  username = aws_s3_bucket.logs.bucket
}
"#;

/// A model server that the internet reaches.
const LLM: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: llm
  namespace: ai
spec:
  selector:
    matchLabels: { app: llm }
  template:
    metadata:
      labels: { app: llm }
    spec:
      containers:
        - name: ollama
          image: ollama/ollama:0.3.0
          ports:
            - containerPort: 11434
          env:
            - name: API_TOKEN
              value: hunter2hunter2
---
apiVersion: v1
kind: Service
metadata:
  name: llm
  namespace: ai
spec:
  type: LoadBalancer
  selector: { app: llm }
  ports:
    - port: 11434
";
