//! Dumps of a graph made by hand, in every format.

use std::sync::Arc;

use stanchion::graph::{
    Builder, EdgeKind, Format, Graph, Part, Presence, Resource, ResourceId, ResourceKind, Scope, dump,
};
use stanchion::source::{FileId, FileKind, SourceMap, Span};
use stanchion::value::{Data, Map, Path, Place, Reason, Value};

fn object(members: &[(&str, Value)]) -> Value {
    let members: Map = members.iter().map(|(key, value)| ((*key).into(), value.clone())).collect();
    Data::Object(members).into()
}

fn resource(type_name: &str, name: &str, scope: Scope, file: FileId, attributes: Value) -> Resource {
    Resource {
        kind: ResourceKind::Managed,
        type_name: type_name.into(),
        class: None,
        name: name.into(),
        address: format!("{type_name}.{name}").into(),
        scope,
        presence: Presence::Certain,
        attributes,
        block: Span::new(file, 2, 4),
        header: Place::Span(Span::new(file, 2, 3)),
    }
}

fn sample() -> (Graph, SourceMap) {
    let mut sources = SourceMap::default();
    let text = "\n\nx\ny\n";
    let main = sources.add("./infra/main \"1\".tf".into(), FileKind::Terraform, text.into());
    let manifest = sources.add("k8s/app.yaml".into(), FileKind::Yaml, text.into());
    let mut builder = Builder::default();
    let (infra, cluster) = (Scope(0), Scope(1));
    let long = Value::string("a very long description that goes on and on beyond the limit of a line");
    let bucket = object(&[("bucket", Value::string("logs")), ("description", long), ("acl", Value::default())]);
    let bucket = resource("aws_s3_bucket", "logs", infra, main, bucket);
    let database = object(&[
        ("password", Value::string("hunter2")),
        ("username", Value::unknown(Reason::NoDefault("user".into()), None)),
        ("url", Value::string("postgres://app:hunter2@db")),
        ("logs", Value::string("logs")),
    ]);
    let database = Resource {
        presence: Presence::Maybe,
        address: "aws_db_instance.db[\"a<b>#\"]".into(),
        ..resource("aws_db_instance", "db", infra, main, database)
    };
    builder.add(&Part::new(infra, vec![Arc::new(bucket), Arc::new(database)]));
    let secret = object(&[("data", object(&[("user", Value::string("YWRtaW4="))]))]);
    let secret = resource("Secret", "db", cluster, manifest, secret);
    let env = object(&[("name", Value::string("DB_PASSWORD")), ("value", Value::string("hunter2"))]);
    let pod = object(&[("env", Data::List([env].into_iter().collect()).into())]);
    let pod = Resource { class: Some("workload".into()), ..resource("Pod", "api", cluster, manifest, pod) };
    builder.add(&Part::new(cluster, vec![Arc::new(secret), Arc::new(pod)]));
    builder.connect(ResourceId(1), ResourceId(0), EdgeKind::References, Path::default().key("logs"));
    builder.connect(ResourceId(3), ResourceId(2), EdgeKind::Mounts, Path::default());
    (builder.build(), sources)
}

#[test]
fn every_format_shows_the_same_graph() {
    let (graph, sources) = sample();
    for (name, format) in
        [("text", Format::Text), ("dot", Format::Dot), ("mermaid", Format::Mermaid), ("json", Format::Json)]
    {
        let dumped = dump(&graph, &sources, format);
        assert!(!dumped.contains("hunter2") && !dumped.contains("YWRtaW4"), "{dumped}");
        insta::assert_snapshot!(name, dumped);
    }
}
