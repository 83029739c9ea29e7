//! Plans: recorded ones against the sources they were made from, and what they must never do.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;
use stanchion::analysis::{Outcome, Settings, analyze};
use stanchion::source::Disk;

/// Plans that Terraform wrote; the others are written by hand, like the sources beside them.
const RECORDED: &[&str] = &["identity", "network", "storage"];
const ALL: &[&str] = &["azure", "google", "identity", "network", "storage"];
/// Values in the fixtures that are sensitive.
const SECRETS: &[&str] = &["hunter2-hunter2", "xK4pQ9zLmN7vB2wE", "Sup3r-given-outside"];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/plans").join(name)
}

fn run(root: &Path) -> Outcome {
    let settings = Settings { roots: vec![root.to_path_buf()], ..Settings::default() };
    analyze(&settings, &Disk, &()).unwrap()
}

fn plan(name: &str) -> Json {
    serde_json::from_str(&std::fs::read_to_string(fixture(name).join("plan.json")).unwrap()).unwrap()
}

/// Analyzes a document in a folder of its own, without sources.
fn run_alone(plan: &Json) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plan.json"), serde_json::to_string_pretty(plan).unwrap()).unwrap();
    run(folder.path())
}

/// Analyzes the sources without the plan beside them.
fn run_sources(name: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture(name), folder.path());
    std::fs::remove_file(folder.path().join("plan.json")).unwrap();
    run(folder.path())
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}

type Facts = BTreeSet<(String, String)>;

fn findings(outcome: &Outcome) -> Facts {
    let all = outcome.assessment.findings.iter();
    all.flat_map(|found| {
        std::iter::once(&found.address).chain(&found.also).map(|address| (found.rule.to_string(), address.clone()))
    })
    .collect()
}

fn undecided(outcome: &Outcome) -> Facts {
    outcome.assessment.undecided.iter().map(|each| (each.rule.to_string(), each.address.clone())).collect()
}

/// One line for each finding and each undecided question.
fn listed(outcome: &Outcome) -> String {
    let mut text = String::new();
    for found in &outcome.assessment.findings {
        let file = outcome.sources.file(found.primary.span.file);
        let line = file.position(found.primary.span.start).line;
        let marked = outcome.sources.text(found.primary.span);
        writeln!(text, "{}: {}\n  {line}: {marked}", found.rule, found.message).unwrap();
    }
    for each in &outcome.assessment.undecided {
        writeln!(text, "undecided {}: {}", each.rule, each.reason).unwrap();
    }
    text
}

#[test]
fn plans_alone() {
    for name in ALL {
        let outcome = run_alone(&plan(name));
        assert!(outcome.assessment.problems.is_empty() && outcome.assessment.skipped.is_empty(), "{name}");
        insta::assert_snapshot!(*name, listed(&outcome));
    }
}

#[test]
fn plan_and_sources_agree_where_both_decide() {
    for name in ALL {
        let (plan, sources, both) = (run_alone(&plan(name)), run_sources(name), run(&fixture(name)));
        let new: Facts = findings(&plan).union(&findings(&both)).cloned().collect();
        let new: Vec<_> = new.difference(&findings(&sources)).cloned().collect();
        assert!(new.is_empty(), "{name}: only the plan finds {new:#?}");
        let open = undecided(&both);
        let lost: Vec<_> = findings(&sources).difference(&findings(&both)).cloned().collect();
        println!("{name}: {} of {} findings of the sources", findings(&both).len(), findings(&sources).len());
        assert!(lost.is_empty(), "{name}: only the sources find {lost:#?}, of which are undecided {open:#?}");
    }
}

/// A plan alone cannot tell a dynamic block from none; attributes it decides as sources do.
#[test]
fn what_no_expression_sets_has_its_default_in_a_plan_too() {
    for name in ALL {
        let (plan, sources) = (run_alone(&plan(name)), run_sources(name));
        let open: BTreeSet<String> = undecided(&plan).into_iter().map(|(_, address)| address).collect();
        let lost: Vec<_> = findings(&sources).difference(&findings(&plan)).cloned().collect();
        let silent: Vec<_> = lost.iter().filter(|(_, address)| !open.contains(address)).collect();
        println!("{name}: {} of {} are undecided in the plan alone", lost.len(), findings(&sources).len());
        assert!(silent.is_empty(), "{name}: only the sources find {silent:#?}");
    }
}

/// Sets `kms_key_id` of the volume to something of another resource, by the plan alone.
#[test]
fn what_an_expression_sets_is_never_taken_for_absent() {
    let mut plan = plan("network");
    let rule = "ebs-volume-unencrypted";
    let address = "aws_ebs_volume.data";
    let has = |plan: &Json| findings(&run_alone(plan)).contains(&(rule.to_owned(), address.to_owned()));
    assert!(has(&plan), "nobody sets `encrypted`");
    let resources = plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
    let volume = resources.iter_mut().find(|resource| resource["address"] == address).unwrap();
    volume["expressions"]["encrypted"] = serde_json::json!({ "references": ["aws_vpc.main.enable_dns_support"] });
    assert!(!has(&plan));
    assert!(undecided(&run_alone(&plan)).contains(&(rule.to_owned(), address.to_owned())));
    plan["configuration"] = Json::Null;
    assert!(!has(&plan), "without a configuration nobody knows");
}

/// A comment in the sources beside a plan allows what the plan finds there.
#[test]
fn comments_in_the_sources_allow_what_a_plan_finds() {
    let media = "module.bucket[\"media\"].aws_s3_bucket_acl.this";
    let acl = ("s3-bucket-public-acl", media);
    let instance = ("rds-instance-public", "aws_db_instance.db");
    let group = ("security-group-ssh-open-to-internet", "aws_security_group.open");
    let cases = [
        ("main.tf", "resource \"aws_db_instance\" \"db\" {", "# stanchion:allow rds-instance-public -- x\n", instance),
        ("main.tf", "  publicly_accessible = true", "  # stanchion:allow rds-instance-public -- x\n", instance),
        ("main.tf", "  identifier          = \"db\"", "  #checkov:skip=CKV_AWS_17: x\n", instance),
        ("main.tf", "module \"bucket\" {", "# stanchion:allow s3-bucket-public-acl -- x\n", acl),
        ("bucket/main.tf", "resource \"aws_s3_bucket_acl\"", "# stanchion:allow s3-bucket-public-acl -- x\n", acl),
        ("bucket/main.tf", "variable \"name\"", "# stanchion:allow-file s3-bucket-public-acl -- x\n\n", acl),
        (
            "main.tf",
            "  default = [\"0.0.0.0/0\"]",
            "  # stanchion:allow security-group-ssh-open-to-internet -- x\n",
            group,
        ),
    ];
    for (file, at, comment, (rule, address)) in cases {
        let folder = tempfile::tempdir().unwrap();
        copy(&fixture("storage"), folder.path());
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(at), "{at}");
        std::fs::write(&path, text.replacen(at, &format!("{comment}{at}"), 1)).unwrap();
        for root in [folder.path().to_path_buf(), folder.path().join("plan.json")] {
            let outcome = run(&root);
            let is_meant = |found: &&stanchion::finding::Finding| {
                found.rule == rule && (found.address == address || found.also.iter().any(|a| a == address))
            };
            assert!(!outcome.assessment.findings.iter().any(|found| is_meant(&found)), "{comment} at {at}");
            let allowed = outcome.assessment.suppressed.iter().filter(|one| is_meant(&&one.finding)).count();
            assert_eq!(allowed, 1, "{comment} at {at} in {}", root.display());
            assert!(outcome.assessment.notices.is_empty(), "{:?}", outcome.assessment.notices);
        }
    }
}

#[test]
fn findings_point_into_the_sources_beside_a_plan() {
    for name in ALL {
        let together = run(&fixture(name));
        let alone = run(&fixture(name).join("plan.json"));
        assert_eq!(findings(&together), findings(&alone), "{name}");
        for outcome in [&together, &alone] {
            for found in &outcome.assessment.findings {
                let file = outcome.sources.file(found.primary.span.file);
                assert!(file.path.extension().is_some_and(|end| end == "tf"), "{name}: {}", file.path.display());
            }
        }
        let addresses: Vec<_> = together.graph.resources().iter().map(|resource| &resource.address).collect();
        let distinct: BTreeSet<_> = addresses.iter().collect();
        assert_eq!(addresses.len(), distinct.len(), "{name}: a resource is there twice");
        assert_eq!(alone.assessment.counts.files, 1);
    }
}

fn forget_values(module: &mut Json) {
    let list = |json: Option<&mut Json>| json.and_then(Json::as_array_mut).map(std::mem::take).unwrap_or_default();
    let mut resources = list(module.get_mut("resources"));
    for resource in &mut resources {
        resource["values"] = serde_json::json!({});
    }
    let mut children = list(module.get_mut("child_modules"));
    children.iter_mut().for_each(forget_values);
    *module = serde_json::json!({ "resources": resources, "child_modules": children });
}

#[test]
fn a_plan_named_beside_its_folder_is_there_once() {
    let folder = fixture("network");
    let settings = Settings { roots: vec![folder.clone(), folder.join("sg/../plan.json")], ..Settings::default() };
    let twice = analyze(&settings, &Disk, &()).unwrap();
    let once = run(&folder);
    assert_eq!(twice.graph.resources().len(), once.graph.resources().len());
    assert_eq!((twice.assessment.counts.files, findings(&twice)), (once.assessment.counts.files, findings(&once)));
}

/// Makes every attribute of every resource known only after apply, and set by an expression.
fn forget(plan: &mut Json) {
    forget_values(&mut plan["planned_values"]["root_module"]);
    plan["prior_state"] = Json::Null;
    let mut names = BTreeSet::new();
    for change in plan["resource_changes"].as_array_mut().unwrap() {
        let change = &mut change["change"];
        let known = change["after"].as_object().cloned().unwrap_or_default();
        for name in known.keys() {
            change["after_unknown"][name] = Json::Bool(true);
        }
        names.extend(change["after_unknown"].as_object().into_iter().flat_map(|marks| marks.keys().cloned()));
        change["after"] = serde_json::json!({});
    }
    set_all(&mut plan["configuration"]["root_module"], &names);
}

fn set_all(module: &mut Json, names: &BTreeSet<String>) {
    for resource in module["resources"].as_array_mut().into_iter().flatten() {
        for name in names {
            resource["expressions"][name] = serde_json::json!({ "references": ["x_y.z.id", "x_y.z"] });
        }
    }
    let calls = module.get_mut("module_calls").and_then(Json::as_object_mut);
    calls.into_iter().flatten().for_each(|(_, call)| set_all(&mut call["module"], names));
}

#[test]
fn what_is_known_after_apply_is_no_finding() {
    for name in ALL {
        let mut plan = plan(name);
        forget(&mut plan);
        let outcome = run_alone(&plan);
        assert!(outcome.graph.resources().len() > 8);
        assert_eq!(findings(&outcome), Facts::new(), "{name}");
    }
}

#[test]
fn no_format_shows_what_is_sensitive() {
    for name in ALL {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(fixture(name).join("plan.json"), folder.path().join("plan.json")).unwrap();
        for (command, format) in [("check", "human"), ("check", "json"), ("check", "sarif"), ("graph", "json")] {
            let mut process = Command::new(env!("CARGO_BIN_EXE_stanchion"));
            let output =
                process.current_dir(folder.path()).args([command, "plan.json", "--format", format]).output().unwrap();
            let shown = String::from_utf8(output.stdout).unwrap();
            assert!(shown.len() > 100, "{name}: {shown}");
            assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{name} {command} {format}");
        }
    }
}

/// Plans the recorded configurations anew; needs Terraform, and the folder of a provider mirror.
#[test]
fn terraform_plans_what_the_sources_say() {
    let Some(mirror) = super::differential::mirror() else {
        println!("skipped: there is no folder tf-plugins with the AWS provider (STANCHION_TF_PLUGINS)");
        return;
    };
    if Command::new("terraform").arg("version").output().is_err() {
        println!("skipped: there is no terraform");
        return;
    }
    for name in RECORDED {
        let folder = tempfile::tempdir().unwrap();
        copy(&fixture(name), folder.path());
        let config = format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n");
        std::fs::write(folder.path().join("rc"), config).unwrap();
        let terraform = |args: &[&str]| {
            let mut process = Command::new("terraform");
            process.current_dir(folder.path()).env("TF_CLI_CONFIG_FILE", "rc").env("CHECKPOINT_DISABLE", "1");
            let output = process.args(args).output().unwrap();
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
            output.stdout
        };
        terraform(&["init", "-no-color"]);
        terraform(&["plan", "-no-color", "-out=plan.bin"]);
        let shown = terraform(&["show", "-json", "plan.bin"]);
        let now = run_alone(&serde_json::from_slice(&shown).unwrap());
        assert_eq!(findings(&now), findings(&run_alone(&plan(name))), "{name}");
    }
}
