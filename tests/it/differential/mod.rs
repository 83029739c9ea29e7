//! Our evaluation against Terraform's own plan, over configurations written by hand and generated.
//! Skipped, with a reason, where there is no `terraform` or no mirror of the AWS provider.

mod compare;
mod generate;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;
use stanchion::analysis::{Given, Inputs, Settings, values};
use stanchion::source::Disk;
use stanchion::value::Value;

/// Generated configurations.
const N_GENERATED: u32 = 260;

const PROVIDER: &str = r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}
provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}
"#;

/// The folder that holds providers for installing without a network.
pub(super) fn mirror() -> Option<PathBuf> {
    let own = std::env::var_os("STANCHION_TF_PLUGINS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tf-plugins");
    own.into_iter().chain([beside, PathBuf::from("/opt/tf-plugins")]).find(|folder| folder.is_dir())
}

/// Terraform in one folder.
struct Terraform<'f> {
    folder: &'f Path,
    environment: Vec<(&'static str, &'static str)>,
}

impl Terraform<'_> {
    fn run(&self, args: &[&str]) -> String {
        let mut command = Command::new("terraform");
        command.args(args).current_dir(self.folder).envs(self.environment.iter().copied());
        let output = command.env("CHECKPOINT_DISABLE", "1").output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "terraform {args:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn plan(&self, args: &[&str]) -> Json {
        let all: Vec<&str> =
            ["plan", "-out=plan", "-no-color", "-input=false", "-refresh=false"].iter().chain(args).copied().collect();
        self.run(&all);
        serde_json::from_str(&self.run(&["show", "-json", "plan"])).unwrap()
    }
}

fn is_installed() -> bool {
    Command::new("terraform").arg("version").output().is_ok_and(|output| output.status.success())
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// Our values by address.
fn ours(folder: &Path, inputs: Inputs) -> BTreeMap<String, Value> {
    let settings = Settings { roots: vec![folder.to_path_buf()], inputs, ..Settings::default() };
    let evaluated = values(&settings, None, &Disk, &()).unwrap();
    let problems: Vec<&String> = evaluated.problems.iter().map(|problem| &problem.message).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    let known = evaluated.values.into_iter().filter_map(|(address, value)| Some((address.to_string(), value?)));
    known.collect()
}

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/differential");
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// One root module that calls every case, and gives all outputs of each.
#[test]
fn modules_have_the_values_that_terraform_plans() {
    let Some(mirror) = mirror().filter(|_| is_installed()) else {
        println!("skipped: needs terraform, and a folder tf-plugins with the AWS provider (STANCHION_TF_PLUGINS)");
        return;
    };
    let root = tempfile::tempdir().unwrap();
    let mut main = PROVIDER.to_owned();
    let mut names = Vec::new();
    for fixture in fixtures() {
        let name = fixture.file_name().unwrap().to_str().unwrap().to_owned();
        copy(&fixture, &root.path().join(&name));
        names.push(name);
    }
    for seed in 0..N_GENERATED {
        let name = format!("generated_{seed}");
        std::fs::create_dir(root.path().join(&name)).unwrap();
        std::fs::write(root.path().join(&name).join("main.tf"), generate::module(seed)).unwrap();
        names.push(name);
    }
    for name in &names {
        writeln!(main, "module \"{name}\" {{\n  source = \"./{name}\"\n}}").unwrap();
        writeln!(main, "output \"{name}\" {{\n  value = module.{name}\n  sensitive = true\n}}").unwrap();
    }
    std::fs::write(root.path().join("main.tf"), main).unwrap();
    let terraform = Terraform { folder: root.path(), environment: Vec::new() };
    terraform.run(&["init", "-no-color", "-input=false", &format!("-plugin-dir={}", mirror.display())]);
    let plan = terraform.plan(&[]);
    let ours = ours(root.path(), Inputs::default());
    let (n_values, differences) = compare::plan(&plan, &ours);
    println!("{} configurations, {n_values} values compared", names.len());
    assert!(names.len() >= 300 && n_values > 1_000);
    let n_different = differences.len();
    let told = differences.join("\n");
    let texts = (0..N_GENERATED).filter(|seed| told.contains(&format!("generated_{seed}.")));
    let texts: Vec<String> = texts.map(|seed| format!("generated_{seed}:\n{}", generate::module(seed))).collect();
    assert!(differences.is_empty(), "{n_different} differences:\n{told}\n{}", texts.join("\n"));
}

/// Variables come from everywhere, in Terraform's order.
#[test]
fn variables_have_the_values_that_terraform_gives_them() {
    if !is_installed() {
        println!("skipped: needs terraform");
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let names = ["env", "tfvars", "json", "auto_a", "auto_b", "file", "var", "again"];
    let mut main = String::new();
    for name in names {
        writeln!(main, "variable \"{name}\" {{\n  default = \"default\"\n}}").unwrap();
        writeln!(main, "output \"{name}\" {{\n  value = var.{name}\n}}").unwrap();
    }
    main.push_str(
        "variable \"list\" {\n  type = list(string)\n}\nvariable \"n\" {\n  type = number\n}\n\
         variable \"any\" {\n  type = any\n}\noutput \"typed\" {\n  value = [var.list, var.n, var.any]\n}\n",
    );
    let settings = |names: &[&str], value: &str| {
        names.iter().fold(String::new(), |all, name| format!("{all}{name} = \"{value}\"\n"))
    };
    let write = |name: &str, text: &str| std::fs::write(root.path().join(name), text).unwrap();
    write("main.tf", &main);
    write("terraform.tfvars", &settings(&names[1..], "tfvars"));
    let members: Vec<String> = names[2..].iter().map(|name| format!("\"{name}\": \"json\"")).collect();
    write("terraform.tfvars.json", &format!("{{{}}}", members.join(",")));
    write("a.auto.tfvars", &settings(&names[3..], "auto_a"));
    write("b.auto.tfvars", &settings(&names[4..], "auto_b"));
    write("z.tfvars", &settings(&names[5..], "file"));
    let environment = vec![("TF_VAR_env", "env"), ("TF_VAR_tfvars", "env"), ("TF_VAR_any", "{ a = [1, true] }")];
    let terraform = Terraform { folder: root.path(), environment: environment.clone() };
    let texts = [("again", "first"), ("list", "[\"a\", 1]"), ("n", "7")];
    let last = [("var", "var"), ("again", "last")];
    let flag = |(name, text): &(&str, &str)| format!("-var={name}={text}");
    let flags: Vec<String> =
        texts.iter().map(flag).chain(["-var-file=z.tfvars".to_owned()]).chain(last.iter().map(flag)).collect();
    let plan = terraform.plan(&flags.iter().map(String::as_str).collect::<Vec<_>>());
    let given = |(name, text): &(&str, &str)| Given::Variable((*name).into(), (*text).into());
    let file = Given::File(root.path().join("z.tfvars"));
    let inputs = Inputs {
        environment: environment
            .iter()
            .map(|(name, text)| (name.trim_start_matches("TF_VAR_").into(), (*text).into()))
            .collect(),
        arguments: texts.iter().map(given).chain([file]).chain(last.iter().map(given)).collect(),
    };
    let (n_values, differences) = compare::plan(&plan, &ours(root.path(), inputs));
    assert_eq!(n_values, 9);
    assert!(differences.is_empty(), "{differences:#?}");
}

/// A word of a command line.
enum Word {
    File(&'static str),
    A(&'static str),
}

/// Files and single values on one command line count in the order in which they are written.
#[test]
fn files_and_values_count_in_the_order_of_the_command_line() {
    use Word::{A, File};
    if !is_installed() {
        println!("skipped: needs terraform");
        return;
    }
    let main = "variable \"a\" {\n  default = \"default\"\n}\nvariable \"b\" {\n  default = \"default\"\n}\n\
                variable \"map\" {\n  type = map(string)\n  default = { from = \"default\", kept = \"default\" }\n}\n\
                output \"all\" {\n  value = [var.a, var.b, var.map]\n}\n";
    let orders: [&[Word]; 8] = [
        &[File("one.tfvars"), File("two.tfvars")],
        &[File("two.tfvars"), File("one.tfvars")],
        &[A("word"), File("one.tfvars")],
        &[File("one.tfvars"), A("word")],
        &[File("one.tfvars"), A("word"), File("three.tfvars.json")],
        &[File("three.tfvars.json"), File("one.tfvars"), A("x"), A("y")],
        &[File("two.tfvars"), File("one.tfvars"), File("two.tfvars")],
        &[],
    ];
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(root.path().join(name), text).unwrap();
    write("main.tf", main);
    write("z.auto.tfvars", "b = \"auto\"\n");
    write("one.tfvars", "a = \"one\"\nmap = { from = \"one\" }\n");
    write("two.tfvars", "a = \"two\"\nb = \"two\"\n");
    write("three.tfvars.json", "{\"a\": \"three\", \"map\": {\"from\": \"three\"}}");
    let terraform = Terraform { folder: root.path(), environment: vec![("TF_VAR_a", "environment")] };
    for order in orders {
        let flag = |word: &Word| match word {
            File(name) => format!("-var-file={name}"),
            A(text) => format!("-var=a={text}"),
        };
        let given = |word: &Word| match word {
            File(name) => Given::File(root.path().join(name)),
            A(text) => Given::Variable("a".into(), (*text).into()),
        };
        let flags: Vec<String> = order.iter().map(flag).collect();
        let plan = terraform.plan(&flags.iter().map(String::as_str).collect::<Vec<_>>());
        let environment = vec![("a".to_owned(), "environment".to_owned())];
        let inputs = Inputs { environment, arguments: order.iter().map(given).collect() };
        let (n_values, differences) = compare::plan(&plan, &ours(root.path(), inputs));
        assert_eq!(n_values, 1);
        assert!(differences.is_empty(), "{flags:?}: {differences:#?}");
    }
}
