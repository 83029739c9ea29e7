//! What a change brings and takes: two states of a repository, each analyzed whole.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

const PUBLIC: &str = "resource \"aws_s3_bucket\" \"logs\" {\n  acl = \"public-read\"\n}\n";
const PRIVATE: &str = "resource \"aws_s3_bucket\" \"logs\" {\n  acl = \"private\"\n}\n";
const DISK: &str =
    "resource \"aws_ebs_volume\" \"disk\" {\n  availability_zone = \"a\"\n  size = 1\n  encrypted = false\n}\n";
const RULES: &str = "select = [\"s3-bucket-public-acl\", \"ebs-volume-unencrypted\"]\nfail-on = \"low\"\n";

struct Repository(tempfile::TempDir);

impl Repository {
    /// One commit with these files.
    fn new(files: &[(&str, &str)]) -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        for (name, text) in files {
            repository.write(name, text);
        }
        repository.commit();
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path());
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
            command.env_remove(name);
        }
        let nobody = [("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GITHUB_ACTIONS", "")];
        command.envs(nobody);
        command
    }

    fn git(&self, args: &[&str]) {
        let own = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"];
        let Output { status, stderr, .. } = self.command("git").args(own).args(args).output().unwrap();
        assert!(status.success(), "{args:?}: {}", String::from_utf8_lossy(&stderr));
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "x"]);
    }

    fn run(&self, folder: &str, args: &[&str]) -> (i32, String, String) {
        let mut command = self.command(env!("CARGO_BIN_EXE_stanchion"));
        let output = command.current_dir(self.path().join(folder)).args(args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn check(&self, folder: &str, args: &[&str]) -> Json {
        let (_, stdout, stderr) = self.run(folder, &[&["check", "--format", "json"], args].concat());
        serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stderr}"))
    }

    /// Rules that a change brings, and those it takes.
    fn change(&self, folder: &str, args: &[&str]) -> (Vec<String>, Vec<String>) {
        let document = self.check(folder, args);
        (rules(&document["findings"]), rules(&document["since"]["gone"]))
    }
}

fn rules(list: &Json) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap().to_owned()).collect()
}

fn named(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

const ACL: &str = "s3-bucket-public-acl";
const EBS: &str = "ebs-volume-unencrypted";

#[test]
fn only_what_a_change_brings_is_reported() {
    let repository = Repository::new(&[("stanchion.toml", RULES), ("infra/main.tf", PUBLIC), ("k8s/disk.tf", DISK)]);
    assert_eq!(repository.change(".", &["--since", "HEAD"]), (vec![], vec![]));
    repository.write("infra/main.tf", PRIVATE);
    assert_eq!(repository.change(".", &["--since", "HEAD"]), (vec![], named(&[ACL])));
    repository.write("new.tf", &DISK.replace("\"disk\"", "\"more\""));
    let document = repository.check(".", &["--since", "HEAD"]);
    assert_eq!((rules(&document["findings"]), document["since"]["known"].as_u64()), (named(&[EBS]), Some(1)));
    assert_eq!(
        (&document["findings"][0]["file"], &document["findings"][0]["baseline_state"]),
        (&"new.tf".into(), &"new".into())
    );
    assert_eq!(document["summary"]["exit_reason"], "1 new finding at or above `low`");
    let (code, stdout, _) = repository.run(".", &["check", "--since", "HEAD"]);
    assert!(code == 1 && stdout.contains("since `HEAD`: 1 finding fixed, 1 there before and after"), "{stdout}");
    assert_eq!(
        repository.change("infra", &["--since", "HEAD"]),
        (vec![], named(&[ACL])),
        "there, `.` is the subfolder"
    );
    assert_eq!(repository.change("infra", &["--since", "HEAD", "../k8s"]), (vec![], vec![]));
    // The branch and what it left.
    repository.git(&["checkout", "--quiet", "-b", "branch"]);
    repository.commit();
    repository.git(&["checkout", "--quiet", "main"]);
    repository.write("k8s/disk.tf", "");
    repository.commit();
    repository.git(&["checkout", "--quiet", "branch"]);
    assert_eq!(repository.change(".", &["--since", "main..."]), (named(&[EBS]), named(&[ACL])));
    assert_eq!(repository.change(".", &["--since", "main"]).0.len(), 2, "main has mended one more");
}

#[test]
fn a_renamed_file_brings_nothing() {
    let repository = Repository::new(&[("stanchion.toml", RULES), ("a/main.tf", PUBLIC)]);
    repository.git(&["mv", "a", "b"]);
    repository.write("b/main.tf", &format!("# Lines.\n\n{PUBLIC}"));
    assert_eq!(repository.change(".", &["--since", "HEAD"]), (vec![], vec![]));
}

/// The service lets the internet in; the workload behind it is in a file that nobody touched.
#[test]
fn a_risk_in_an_unchanged_file_is_found() {
    let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: llm\nspec:\n  type: {type}\n  selector:\n    app: llm\n  ports:\n    - port: 11434\n";
    let workload = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: llm\nspec:\n  selector:\n    matchLabels: {app: llm}\n  template:\n    metadata:\n      labels: {app: llm}\n    spec:\n      containers:\n        - name: llm\n          image: ollama/ollama:0.5.1\n          ports:\n            - containerPort: 11434\n";
    let repository =
        Repository::new(&[("deployment.yaml", workload), ("service.yaml", &service.replace("{type}", "ClusterIP"))]);
    repository.write("service.yaml", &service.replace("{type}", "LoadBalancer"));
    repository.git(&["add", "service.yaml"]);
    for args in [&["--staged"][..], &["--since", "HEAD"]] {
        let document = repository.check(".", args);
        let findings = document["findings"].as_array().unwrap();
        let elsewhere = findings.iter().filter(|finding| finding["file"] == "deployment.yaml");
        assert!(elsewhere.count() > 0, "the workload is reached from the internet now: {document:#}");
    }
}

#[test]
fn what_is_staged_is_judged_and_nothing_else() {
    let repository = Repository::new(&[("stanchion.toml", RULES), ("main.tf", PRIVATE)]);
    repository.write("main.tf", PUBLIC);
    assert_eq!(repository.change(".", &["--staged"]), (vec![], vec![]), "it is not staged");
    repository.git(&["add", "main.tf"]);
    repository.write("main.tf", PRIVATE);
    repository.write("other.tf", DISK);
    assert_eq!(repository.change(".", &["--staged"]), (named(&[ACL]), vec![]), "it is staged, and mended only after");
    assert_eq!(repository.change(".", &["--since", "HEAD"]), (named(&[EBS]), vec![]));
    repository.git(&["rm", "--quiet", "--cached", "-f", "main.tf"]);
    assert_eq!(repository.run(".", &["check", "--staged"]).0, 2, "the next commit holds no file");
    // Before the first commit, all is new.
    let first = Repository(tempfile::tempdir().unwrap());
    first.git(&["init", "--quiet"]);
    first.write("main.tf", PUBLIC);
    first.git(&["add", "main.tf"]);
    assert!(first.change(".", &["--staged", "--select", ACL]).0 == named(&[ACL]));
    let (code, _, stderr) = first.run(".", &["check", "--since", "HEAD~1"]);
    assert!(code == 2 && stderr.contains("there is no revision `HEAD~1`"), "{stderr}");
}

#[test]
fn ignored_files_and_files_of_expressions_are_those_of_the_commit() {
    let repository = Repository::new(&[
        ("stanchion.toml", RULES),
        ("main.tf", "resource \"aws_s3_bucket\" \"logs\" {\n  acl = trimspace(file(\"acl.txt\"))\n}\n"),
        ("acl.txt", "private\n"),
        (".gitignore", "ignored/\n"),
    ]);
    repository.write("ignored/disk.tf", DISK);
    repository.write("acl.txt", "public-read\n");
    assert_eq!(repository.change(".", &["--since", "HEAD"]), (named(&[ACL]), vec![]));
    assert_eq!(repository.change(".", &["--staged"]), (vec![], vec![]));
    repository.git(&["add", "--force", "ignored/disk.tf", "acl.txt"]);
    assert_eq!(repository.change(".", &["--staged"]), (named(&[ACL]), vec![]), "what is ignored is ignored in git too");
}

#[cfg(unix)]
#[test]
fn links_lead_where_they_do_on_the_disk() {
    use std::os::unix::fs::symlink;
    let repository = Repository::new(&[("stanchion.toml", RULES), ("modules/a/main.tf", DISK)]);
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.tf"), PUBLIC).unwrap();
    symlink("modules/a", repository.path().join("linked")).unwrap();
    symlink(outside.path(), repository.path().join("outside")).unwrap();
    symlink("..", repository.path().join("modules/loop")).unwrap();
    repository.write("modules/b/main.tf", &DISK.replace("disk", "other"));
    symlink("../b", repository.path().join("modules/a/there")).unwrap();
    symlink("../a", repository.path().join("modules/b/back")).unwrap();
    symlink(outside.path().join("secret.tf"), repository.path().join("secret.tf")).unwrap();
    repository.commit();
    let disk = repository.check(".", &[]);
    repository.git(&["commit", "--quiet", "--allow-empty", "--message", "y"]);
    let index = repository.check(".", &["--staged", "--since", "HEAD"]);
    assert_eq!(index["summary"]["files"], disk["summary"]["files"], "{index:#}");
    assert_eq!(rules(&index["findings"]).len(), 0);
    assert!(!rules(&disk["findings"]).contains(&ACL.to_owned()));
    assert_eq!(repository.change(".", &["--since", "HEAD"]), (vec![], vec![]));
}

#[test]
fn submodules_are_left_out_with_a_note() {
    let other = Repository::new(&[("disk.tf", DISK)]);
    let repository = Repository::new(&[("stanchion.toml", RULES), ("main.tf", PRIVATE)]);
    repository.git(&["submodule", "--quiet", "add", &other.path().display().to_string(), "vendor/other"]);
    repository.commit();
    repository.write("main.tf", PUBLIC);
    assert_eq!(repository.change(".", &["--since", "HEAD"]), (named(&[ACL]), vec![]));
    let (_, _, stderr) = repository.run(".", &["check", "--since", "HEAD"]);
    assert_eq!(stderr.trim(), "stanchion: submodules are not compared: vendor/other");
}

#[test]
fn what_cannot_be_compared_is_told() {
    let repository = Repository::new(&[("stanchion.toml", RULES), ("a/main.tf", PUBLIC), ("b/disk.tf", DISK)]);
    repository.write("a/main.tf", PRIVATE);
    repository.commit();
    let refused = |repository: &Repository, args: &[&str], words: &str| {
        let (code, stdout, stderr) = repository.run(".", &[&["check"], args].concat());
        assert!(code == 2 && stderr.contains(words), "{args:?}: {stdout}{stderr}");
    };
    refused(&repository, &["--since", "nothing"], "there is no revision `nothing` in this repository");
    refused(&repository, &["--since=--all"], "there is no revision `--all`");
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = elsewhere.path().to_str().unwrap();
    refused(&repository, &["--since", "HEAD", ".", elsewhere], "is not in the repository of the first path");
    // A shallow clone.
    let shallow = Repository(tempfile::tempdir().unwrap());
    let source = format!("file://{}", repository.path().display());
    shallow.git(&["clone", "--quiet", "--depth", "1", &source, "."]);
    refused(&shallow, &["--since", "HEAD~1"], "the clone is shallow: fetch more of it");
    // A sparse checkout holds a part of the files; the index holds all.
    shallow.git(&["sparse-checkout", "set", "a"]);
    assert!(!shallow.path().join("b").exists());
    refused(&shallow, &["--since", "HEAD"], "the checkout is sparse");
    shallow.write("a/main.tf", PUBLIC);
    shallow.git(&["add", "a/main.tf"]);
    assert_eq!(shallow.change(".", &["--staged"]), (named(&[ACL]), vec![]));
    // A clone without contents: what is missing is not downloaded.
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    let partial = Repository(tempfile::tempdir().unwrap());
    partial.git(&["clone", "--quiet", "--filter=blob:none", &source, "."]);
    refused(&partial, &["--since", "HEAD~1"], "the content of `a/main.tf` is not in this clone");
    // No repository.
    let plain = Repository(tempfile::tempdir().unwrap());
    plain.write("main.tf", PUBLIC);
    refused(&plain, &["--since", "HEAD"], "is in no working tree of a Git repository");
}

/// The baseline and the change at once: what either knows does not count.
#[test]
fn a_baseline_counts_beside_a_change() {
    let repository = Repository::new(&[("stanchion.toml", RULES), ("main.tf", PRIVATE)]);
    repository.write("main.tf", PUBLIC);
    assert_eq!(repository.run(".", &["baseline", "create"]).0, 0);
    repository.write("disk.tf", DISK);
    let document = repository.check(".", &["--since", "HEAD"]);
    let state = |n: usize| document["findings"][n]["baseline_state"].as_str().unwrap();
    assert_eq!((rules(&document["findings"]), state(0), state(1)), (named(&[EBS, ACL]), "new", "unchanged"));
}

/// Pairs of states of real files; `None` if they are not beside the checkout.
fn pairs() -> Option<Vec<Json>> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("STANCHION_SHARED").map_or_else(beside, PathBuf::from);
    let packed = std::fs::read(shared.join("corpus/fixpairs/fixpairs.jsonl.gz")).ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*packed).read_to_string(&mut text).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// What is known again of findings, from two whole checks: the measure of the comparison.
fn findings(document: &Json) -> BTreeSet<(String, String, String)> {
    let text = |one: &Json, key: &str| one[key].as_str().unwrap().to_owned();
    let all = document["findings"].as_array().unwrap().iter();
    all.map(|one| (text(one, "rule"), text(one, "address"), text(one, "message"))).collect()
}

#[test]
fn real_changes_bring_and_take_what_two_whole_checks_differ_in() {
    const N_PAIRS: usize = 20;
    let Some(pairs) = pairs() else {
        println!("skipped: there are no pairs of states; set STANCHION_SHARED");
        return;
    };
    let mut n_pairs = 0;
    for pair in pairs.iter().filter(|pair| pair["format"] != "helm-values").step_by(5) {
        let text = |key: &str| pair[key].as_str().unwrap();
        let name = if pair["format"] == "terraform" { "main.tf" } else { "object.yaml" };
        let repository = Repository::new(&[(name, text("before"))]);
        let before = findings(&repository.check(".", &[]));
        repository.write(name, text("after"));
        let after = findings(&repository.check(".", &[]));
        if before == after {
            continue;
        }
        let there = |now: &BTreeSet<_>, then: &BTreeSet<_>, document: &Json| {
            let new: BTreeSet<_> = now.difference(then).cloned().collect();
            assert_eq!(findings(document), new, "{}", pair["commit"]);
            let undecided = document["undecided"].as_array().unwrap();
            let is_open = |rule: &String, address: &String| {
                undecided.iter().any(|one| one["rule"] == **rule && one["address"] == **address)
            };
            let gone: Vec<_> = then.difference(now).filter(|(rule, address, _)| !is_open(rule, address)).collect();
            assert_eq!(document["since"]["gone"].as_array().unwrap().len(), gone.len(), "{}", pair["commit"]);
        };
        there(&after, &before, &repository.check(".", &["--since", "HEAD"]));
        repository.commit();
        repository.write(name, text("before"));
        repository.git(&["add", name]);
        there(&before, &after, &repository.check(".", &["--staged"]));
        n_pairs += 1;
        if n_pairs == N_PAIRS {
            break;
        }
    }
    assert_eq!(n_pairs, N_PAIRS);
}
