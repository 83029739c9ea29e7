//! `stanchion eval`: values by address.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value as Json, json};

const MAIN: &str = r#"
variable "given" {}
variable "secret" {
  default   = "hush-hush"
  sensitive = true
}
variable "typed" {
  type    = number
  default = "x"
}
locals {
  map         = { "a\"b" = 1, "c.d" = { e = [10, { f = "deep" }] }, "g]h" = 3, plain = null }
  broken      = local.map.nothing.here
  loop        = local.pool
  pool        = local.loop
  gone        = var.not_there
  big         = range(1000000)
  parts       = [var.given, "known"]
  db_password = "letmein-please"
  mixed       = { user = "u", pass = var.secret }
  text        = "x-${var.given}"
  steering    = "a\u001b[31mred"
}
resource "aws_s3_bucket" "b" {
  for_each = { "q\"uote" = 1, "dot.ted" = 2, "br]ack" = 3 }
  bucket   = "n-${each.value}"
  tags     = { "k.1" = "v" }
}
resource "aws_instance" "unknown" {
  count = var.given
  ami   = "x"
}
module "m" {
  source   = "./m"
  for_each = toset(["x\"y"])
  in       = aws_s3_bucket.b["dot.ted"].bucket
}
output "y" {
  value = module.m["x\"y"].out
}
output "later" {
  value = aws_s3_bucket.b["br]ack"].arn
}
"#;
const MODULE: &str = "variable \"in\" {}\nlocals {\n  x = upper(var.in)\n}\noutput \"out\" {\n  value = local.x\n}\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn eval(at: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.current_dir(at).arg("eval").args(args).env_remove("TF_VAR_given").output().unwrap()
}

fn json_of(at: &Path, args: &[&str]) -> Json {
    let output = eval(at, &[args, &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn each_form_of_address_has_its_value() {
    let folder = folder(&[("main.tf", MAIN), ("m/main.tf", MODULE)]);
    let one = |address: &str| {
        let all = json_of(folder.path(), &[".", address]);
        assert_eq!(all.as_object().unwrap().keys().collect::<Vec<_>>(), [address]);
        all[address].clone()
    };
    for (address, value) in [
        ("local.map[\"a\\\"b\"]", json!(1)),
        ("local.map[\"c.d\"].e[1].f", json!("deep")),
        ("local.map[\"c.d\"].e.0", json!(10)),
        ("local.map[\"g]h\"]", json!(3)),
        ("local.map.plain", Json::Null),
        ("aws_s3_bucket.b[\"q\\\"uote\"].bucket", json!("n-1")),
        ("aws_s3_bucket.b[\"dot.ted\"].tags[\"k.1\"]", json!("v")),
        ("aws_s3_bucket.b[\"br]ack\"].bucket", json!("n-3")),
        ("module.m[\"x\\\"y\"].local.x", json!("N-2")),
        ("module.m[\"x\\\"y\"].var.in", json!("n-2")),
        ("module.m[\"x\\\"y\"].output.out", json!("N-2")),
        ("output.y", json!("N-2")),
        ("var.secret", json!("(sensitive)")),
        ("local.mixed", json!({ "user": "u", "pass": "(sensitive)" })),
        ("local.db_password", json!("(sensitive)")),
        ("local.parts[1]", json!("known")),
    ] {
        assert_eq!(one(address), json!({ "value": value }), "{address}");
    }
    for address in ["var.given", "local.parts[0]", "local.text", "aws_instance.unknown.ami", "output.later"] {
        let entry = one(address);
        assert!(entry["unknown"].is_string() && entry.as_object().unwrap().len() == 1, "{address}: {entry}");
    }
    for address in
        ["local.broken", "local.loop", "local.gone", "local.big", "var.typed", "aws_s3_bucket.b[\"br]ack\"].acl"]
    {
        let entry = one(address);
        assert!(entry["error"].is_string() && entry.as_object().unwrap().len() == 1, "{address}: {entry}");
    }
    let all = json_of(folder.path(), &[".", "aws_s3_bucket.b.bucket"]);
    assert_eq!(all["aws_s3_bucket.b[\"dot.ted\"].bucket"], json!({ "value": "n-2" }));
    assert_eq!(all.as_object().unwrap().len(), 3);
    let some = json_of(folder.path(), &[".", "aws_s3_bucket.b"]);
    assert_eq!(some.as_object().unwrap().len(), 3);
    assert_eq!(json_of(folder.path(), &[".", "module.m"]).as_object().unwrap().len(), 3);
    for address in ["local.none", "aws_s3_bucket.b[\"dot.ted", "", "local.map[", "x..y"] {
        let output = eval(folder.path(), &[".", address]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{address}");
    }
}

#[test]
fn without_an_address_everything_is_there_once() {
    let folder = folder(&[("main.tf", MAIN), ("m/main.tf", MODULE)]);
    let all = json_of(folder.path(), &["."]);
    let all = all.as_object().unwrap();
    let count = |word: &str| all.keys().filter(|address| address.contains(word)).count();
    assert_eq!([count("var."), count("local."), count("output."), count("aws_")], [4, 12, 3, 4]);
    let forms = ["value", "unknown", "error"];
    for (address, entry) in all {
        let members: Vec<&String> = entry.as_object().unwrap().keys().collect();
        assert!(members.len() == 1 && forms.contains(&members[0].as_str()), "{address}: {entry}");
    }
    let shown = String::from_utf8(eval(folder.path(), &["."]).stdout).unwrap();
    assert!(!shown.contains("hush-hush") && !shown.contains("letmein") && !shown.contains('\u{1b}'), "{shown}");
    assert_eq!(shown.lines().filter(|line| line.starts_with("local.broken = (error: ")).count(), 1);
    assert_eq!(shown.lines().filter(|line| line.starts_with("var.given = (unknown: ")).count(), 1);
}

#[test]
fn the_way_of_a_value_is_shown_from_its_literal() {
    let folder = folder(&[("main.tf", MAIN), ("m/main.tf", MODULE)]);
    let shown = String::from_utf8(eval(folder.path(), &[".", "output.y"]).stdout).unwrap();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "output.y = \"N-2\"");
    let order = ["aws_s3_bucket.b", "argument module.m.in", "local.x", "output y"];
    let at: Vec<usize> = order.iter().map(|word| lines.iter().position(|line| line.contains(word)).unwrap()).collect();
    assert!(at.is_sorted(), "{shown}");
}

#[test]
fn several_root_modules_lead_their_addresses() {
    let folder = folder(&[("a/main.tf", "locals {\n  x = 1\n}\n"), ("b/main.tf", "locals {\n  x = 2\n}\n")]);
    let both = json_of(folder.path(), &[".", "local.x"]);
    assert_eq!(both, json!({ "a:local.x": { "value": 1 }, "b:local.x": { "value": 2 } }));
    assert_eq!(json_of(folder.path(), &[".", "b:local.x"]), json!({ "b:local.x": { "value": 2 } }));
    assert_eq!(json_of(folder.path(), &["b", "local.x"]), json!({ "local.x": { "value": 2 } }));
    assert_eq!(eval(folder.path(), &["nothing"]).status.code(), Some(2));
}
