//! Terraform through the façade: installed modules, bounded cost, and verdicts that only settle.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use stanchion::analysis::{Given, Inputs, Outcome, Settings, analyze};
use stanchion::graph::EdgeKind;
use stanchion::rules::{Choice, RuleSet};
use stanchion::source::Disk;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn run(folder: &Path, inputs: Inputs) -> Outcome {
    let settings = Settings { roots: vec![folder.to_path_buf()], inputs, ..Settings::default() };
    analyze(&settings, &Disk, &()).unwrap()
}

fn messages(outcome: &Outcome) -> Vec<&str> {
    outcome.assessment.problems.iter().map(|problem| problem.message.as_str()).collect()
}

fn timed(files: &[(&str, &str)]) -> (Outcome, Duration) {
    let folder = folder(files);
    let start = Instant::now();
    let outcome = run(folder.path(), Inputs::default());
    (outcome, start.elapsed())
}

const OPEN: &str = "variable \"cidr\" {}\nresource \"aws_security_group_rule\" \"ssh\" {\n  type = \"ingress\"\n  from_port = 22\n  \
                    to_port = 22\n  protocol = \"tcp\"\n  security_group_id = \"sg-1\"\n  cidr_blocks = [var.cidr]\n}\n";

#[test]
fn installed_modules_are_read_and_others_are_named_once() {
    let manifest = r#"{"Modules":[
        {"Key":"","Source":"","Dir":"."},
        {"Key":"net","Source":"registry.terraform.io/x/net/aws","Dir":".terraform/modules/net"},
        {"Key":"net.rule","Source":"./rule","Dir":".terraform/modules/net/rule"},
        {"Key":"evil","Source":"x","Dir":"../../outside"}]}"#;
    let main = "module \"net\" {\n  source = \"x/net/aws\"\n  cidr = \"0.0.0.0/0\"\n}\n\
                module \"gone\" {\n  source = \"x/gone/aws\"\n}\nmodule \"again\" {\n  source = \"x/gone/aws\"\n}\n";
    let net = "variable \"cidr\" {}\nmodule \"rule\" {\n  source = \"./rule\"\n  cidr = var.cidr\n}\n";
    let folder = folder(&[
        ("main.tf", main),
        (".terraform/modules/modules.json", manifest),
        (".terraform/modules/net/main.tf", net),
        (".terraform/modules/net/rule/main.tf", OPEN),
        (".terraform/modules/net/examples/all/main.tf", OPEN),
    ]);
    let outcome = run(folder.path(), Inputs::default());
    let assessment = &outcome.assessment;
    let found: Vec<_> = assessment.findings.iter().map(|finding| (&*finding.rule, finding.address.as_str())).collect();
    let address = "module.net.module.rule.aws_security_group_rule.ssh";
    assert_eq!(found, [("security-group-ssh-open-to-internet", address)]);
    let missing: Vec<_> = assessment.missing_modules.iter().map(|one| (one.source.as_str(), one.n_calls)).collect();
    assert_eq!(missing, [("x/gone/aws", 2)]);
}

/// Ten modules below one another.
fn tower(n_calls: usize) -> Vec<(String, String)> {
    let calls = (0..n_calls).map(|n| format!("module \"m{n}\" {{\n  source = \"./m0\"\n  cidr = \"10.0.0.0/8\"\n}}\n"));
    let mut files = vec![("main.tf".to_owned(), calls.collect::<String>())];
    for level in 0..10 {
        let next = format!("module \"next\" {{\n  source = \"../m{}\"\n  cidr = var.cidr\n}}\n", level + 1);
        let next = if level < 9 { next } else { String::new() };
        files.push((format!("m{level}/main.tf"), format!("{OPEN}{next}")));
    }
    files
}

#[test]
fn many_calls_of_a_deep_tree_cost_in_proportion() {
    let time = |n_calls: usize| {
        let files = tower(n_calls);
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let (outcome, time) = timed(&files);
        assert_eq!(outcome.assessment.counts.resources, n_calls * 10);
        time
    };
    let (few, many) = (time(20), time(200));
    println!("20 calls {few:?}, 200 calls {many:?}");
    // In proportion it is ten times as long; a square would be a hundred times.
    assert!(many < few * 30 + Duration::from_millis(500), "{few:?} grows to {many:?}");
}

#[test]
fn nested_repetition_is_bounded_and_told() {
    let call = |source: &str| {
        format!(
            "module \"m\" {{\n  source = \"{source}\"\n  for_each = toset([for n in range(1000) : tostring(n)])\n}}\n"
        )
    };
    let (outcome, time) = timed(&[
        ("main.tf", &call("./a")),
        ("a/main.tf", &call("../b")),
        ("b/main.tf", &call("../c")),
        ("c/main.tf", "resource \"terraform_data\" \"x\" {}\n"),
    ]);
    println!("{time:?}, {} resources", outcome.graph.resources().len());
    let messages = messages(&outcome);
    assert!(messages.iter().any(|message| message.contains("number of module instances")), "{messages:?}");
}

/// What is too large is unknown and told once, whatever stands around it; the rest is analyzed.
#[test]
fn huge_collections_and_circles_are_bounded_and_told() {
    let open = OPEN.replace("[var.cidr]", "[\"0.0.0.0/0\"]");
    for (definitions, told) in [
        ("a = range(1000000)", "`range` gives at most 1024 numbers"),
        ("a = setproduct(range(101), range(101))", "limit reached: elements of a product"),
        ("a = try(setproduct(range(101), range(101)), [])", "limit reached: elements of a product"),
        (
            "a = [for x in setproduct(range(100), range(100)) : [for y in range(100) : 1]]",
            "limit reached: work for one expression",
        ),
        ("a = indent(99999999, \"a\\nb\")", "limit reached: length of a text"),
        ("a = local.b\n  b = local.a", "`local.a` depends on itself"),
        ("a = { x = local.a.x }", "`local.a` depends on itself"),
    ] {
        let main = format!("locals {{\n  {definitions}\n}}\noutput \"a\" {{\n  value = [local.a, local.a]\n}}\n{open}");
        let folder = folder(&[("main.tf", &main)]);
        let outcome = run(folder.path(), Inputs::default());
        let n_told = messages(&outcome).iter().filter(|message| **message == told).count();
        assert_eq!(n_told, 1, "{definitions}: {:?}", messages(&outcome));
        assert_eq!(messages(&outcome).len(), 1, "{definitions}: {:?}", messages(&outcome));
        assert_eq!(outcome.assessment.findings.len(), 1, "{definitions}");
    }
    let largest = "output \"a\" {\n  value = length(setproduct(range(100), range(100)))\n}\n";
    assert!(messages(&run(folder(&[("main.tf", largest)]).path(), Inputs::default())).is_empty());
}

/// One mistake is told once for a module, however often the name is used.
#[test]
fn a_missing_declaration_is_told_once_for_each_module() {
    let uses = |n: usize| {
        (0..n).fold(String::new(), |all, i| all + &format!("output \"o{i}\" {{\n  value = [var.gone, local.x]\n}}\n"))
    };
    let folder = folder(&[
        ("a/main.tf", &uses(30)),
        ("a/more.tf", "output \"z\" { value = var.gone }\n"),
        ("b/main.tf", &uses(2)),
    ]);
    let outcome = run(folder.path(), Inputs::default());
    let told: Vec<_> =
        outcome.assessment.problems.iter().map(|problem| (problem.message.as_str(), problem.n_places)).collect();
    let (variable, local) = ("`var.gone` is not declared", "`local.x` is not declared");
    assert_eq!(told, [(variable, 31), (local, 30), (variable, 2), (local, 2)]);
}

/// Resources whose safety hangs on one variable, as text with `@` for it.
const SNIPPETS: &[(&str, &[&str])] = &[
    ("resource \"aws_s3_bucket\" \"b@\" {\n  acl = @\n}\n", &["\"private\"", "\"public-read\"", "null"]),
    (
        "resource \"aws_security_group\" \"g@\" {\n  ingress {\n    from_port = 20\n    to_port = 30\n    protocol = \"tcp\"\n    \
         cidr_blocks = [@, \"10.0.0.0/8\"]\n  }\n}\n",
        &["\"0.0.0.0/0\"", "\"10.0.0.0/8\""],
    ),
    (
        "resource \"aws_instance\" \"i@\" {\n  ami = \"ami-1\"\n  dynamic \"metadata_options\" {\n    for_each = @\n    content {\n      \
         http_tokens = metadata_options.value\n    }\n  }\n}\n",
        &["[]", "[\"required\"]", "[\"optional\"]"],
    ),
    (
        "resource \"aws_db_instance\" \"d@\" {\n  publicly_accessible = @\n  storage_encrypted = !@\n}\n",
        &["true", "false", "null"],
    ),
    (
        "resource \"aws_s3_bucket\" \"p@\" {}\nresource \"aws_s3_bucket_policy\" \"p@\" {\n  bucket = aws_s3_bucket.p@.id\n  policy = \
         jsonencode({ Statement = [{ Effect = @, Principal = \"*\", Action = \"s3:*\", Resource = \"*\" }] })\n}\n",
        &["\"Allow\"", "\"Deny\""],
    ),
    (
        "resource \"aws_s3_bucket\" \"c@\" {}\nresource \"aws_s3_bucket_acl\" \"c@\" {\n  bucket = aws_s3_bucket.c@.id\n  acl = \
         \"public-read\"\n}\nresource \"aws_s3_bucket_public_access_block\" \"c@\" {\n  count = @\n  bucket = aws_s3_bucket.c@.id\n  \
         block_public_acls = true\n  ignore_public_acls = true\n  block_public_policy = true\n  restrict_public_buckets = true\n}\n",
        &["0", "1", "2"],
    ),
];

fn config(choices: &[usize]) -> String {
    let mut text = String::new();
    for (index, choice) in choices.iter().enumerate() {
        let name = format!("v{index}");
        text.push_str(&format!("variable \"{name}\" {{\n  type = any\n}}\n"));
        // A name within quotes or after a dot is the index, any other is the variable.
        let snippet = SNIPPETS[*choice].0;
        for (position, part) in snippet.split('@').enumerate() {
            if position > 0 {
                let is_name = part.starts_with('"') || part.starts_with(".id");
                text.push_str(&if is_name { index.to_string() } else { format!("var.{name}") });
            }
            text.push_str(part);
        }
    }
    text
}

type Verdicts = BTreeSet<(String, String)>;

/// Fired and undecided pairs of rule and block address.
fn verdicts(outcome: &Outcome) -> (Verdicts, Verdicts) {
    let block = |address: &str| address.split('[').next().unwrap_or(address).to_owned();
    let fired = outcome.assessment.findings.iter().flat_map(|finding| {
        let addresses = finding.also.iter().chain([&finding.address]);
        addresses.map(|address| (finding.rule.to_string(), block(address))).collect::<Vec<_>>()
    });
    let undecided = outcome.assessment.undecided.iter().map(|one| (one.rule.to_string(), block(&one.address)));
    (fired.collect(), undecided.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Learning an unknown variable may settle a verdict; it never reverses one.
    #[test]
    fn learning_a_variable_reverses_no_verdict(
        choices in prop::collection::vec(0..SNIPPETS.len(), 1..4),
        learned in prop::collection::vec(prop::option::of(any::<prop::sample::Index>()), 4),
    ) {
        let folder = folder(&[("main.tf", &config(&choices))]);
        let given = choices.iter().zip(&learned).enumerate().filter_map(|(index, (choice, value))| {
            let value = value.as_ref()?.get(SNIPPETS[*choice].1);
            Some(Given::Variable(format!("v{index}"), (*value).to_owned()))
        });
        let arguments: Vec<Given> = given.collect();
        let (fired, undecided) = verdicts(&run(folder.path(), Inputs::default()));
        let (fired_after, _) = verdicts(&run(folder.path(), Inputs { arguments, ..Inputs::default() }));
        let rules = RuleSet::embedded();
        let is_absorbed = |rule: &str, address: &str| {
            let absorbing = rules.rules().iter().filter(|other| other.absorbs.iter().any(|id| id.as_str() == rule));
            absorbing.into_iter().any(|other| fired_after.contains(&(other.id.clone(), address.to_owned())))
        };
        for (rule, address) in &fired {
            let stays = fired_after.contains(&(rule.clone(), address.clone())) || is_absorbed(rule, address);
            prop_assert!(stays, "{rule} at {address} was certain and is gone");
        }
        for pair in fired_after.difference(&fired) {
            prop_assert!(undecided.contains(pair), "{pair:?} was decided and is found now");
        }
    }
}

/// A resource is joined to the configuration of its provider: the one it names, the one that its
/// type begins with, or the one that the call of its module passes in.
#[test]
fn resources_are_joined_to_their_provider() {
    let bucket = |name: &str, provider: &str| format!("resource \"aws_s3_bucket\" \"{name}\" {{{provider}}}\n");
    let main = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n\
                provider \"aws\" {\n  alias = \"us\"\n  region = \"us-east-1\"\n}\n\
                module \"far\" {\n  source = \"./m\"\n  providers = { aws = aws.us, aws.other = aws }\n}\n\
                module \"near\" {\n  source = \"./m\"\n}\n"
        .to_owned()
        + &bucket("own", "")
        + &bucket("abroad", "\n  provider = aws.us\n")
        + "resource \"random_id\" \"none\" {}\n";
    let inner = bucket("b", "") + &bucket("other", "\n  provider = aws.other\n");
    let folder = folder(&[("main.tf", &main), ("m/main.tf", &inner)]);
    let graph = run(folder.path(), Inputs::default()).graph;
    let mut seen = Vec::new();
    for edge in graph.edges().iter().filter(|edge| edge.kind == EdgeKind::ConfiguredBy) {
        let provider = graph.resource(edge.to);
        let region = provider.attributes.get("region").and_then(|region| region.as_str()).unwrap_or("?");
        seen.push(format!("{} {} {region}", graph.resource(edge.from).address, provider.address));
    }
    assert_eq!(
        seen,
        [
            "aws_s3_bucket.own provider.aws eu-west-1",
            "aws_s3_bucket.abroad provider.aws.us us-east-1",
            "module.far.aws_s3_bucket.b provider.aws.us us-east-1",
            "module.far.aws_s3_bucket.other provider.aws eu-west-1",
            "module.near.aws_s3_bucket.b provider.aws eu-west-1",
        ]
    );
}

#[test]
fn a_rule_reads_the_default_tags_of_the_provider() {
    let rule = "id: bucket-without-owner\ntitle: Bucket has no owner\nseverity: low\ncategory: hygiene\nsince: 0.1.0\n\
                targets: aws_s3_bucket\nwhen:\n  all:\n    - { path: tags.owner, present: false }\n    - not:\n        linked:\n\
                \x20         type: provider.aws\n          direction: out\n          edges: [configured-by]\n\
                \x20         where: { path: default_tags.tags.owner, present: true }\nat: tags\nmessage: \"`{address}` has no owner\"\n\
                why: Nobody answers for it.\nremedy: Set the tag.\nreferences: [CWE-1059]\n";
    let main = "provider \"aws\" {\n  default_tags {\n    tags = { owner = \"data\" }\n  }\n}\n\
                provider \"aws\" {\n  alias = \"bare\"\n}\n\
                resource \"aws_s3_bucket\" \"tagged\" {}\n\
                resource \"aws_s3_bucket\" \"bare\" {\n  provider = aws.bare\n}\n";
    let folder = folder(&[("tf/main.tf", main), ("rules/bucket-without-owner.yaml", rule)]);
    let settings = Settings {
        roots: vec![folder.path().join("tf")],
        rule_folders: vec![folder.path().join("rules")],
        choice: Choice { select: vec!["bucket-without-owner".into()], ..Choice::default() },
        ..Settings::default()
    };
    let outcome = analyze(&settings, &Disk, &()).unwrap();
    let found: Vec<_> = outcome.assessment.findings.iter().map(|finding| finding.address.as_str()).collect();
    assert_eq!(found, ["aws_s3_bucket.bare"]);
}
