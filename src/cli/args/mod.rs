#[cfg(feature = "classifier")]
mod model;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::finding::{Category, Severity};
use crate::graph;
use crate::report::Samples;
use crate::rules::Provider;
use crate::rules::schema::Audience;
#[cfg(feature = "classifier")]
pub(super) use model::{EngineArgs, ModelArgs, ModelCommand, ModelMode, ScoreFormat};

const ABOUT: &str = "Finds security defects in Terraform and Kubernetes files, made for AI workloads";

const EXAMPLES: &str = "\
Examples:
  stanchion check                              the folder you are in
  stanchion check infra/ k8s/ --fail-on medium
  stanchion check -o sarif=out.sarif -o html=report.html
  stanchion graph infra/ --format dot | dot -Tsvg > graph.svg";

const CHECK_EXAMPLES: &str = "\
Exit codes:
  0  no finding at or above --fail-on
  1  findings at or above --fail-on
  2  a path could not be analyzed, nothing to analyze, or something was refused:
     --fail-on-skipped, --fail-on-undecided, --strict
The last line of the report says why.

Examples:
  stanchion check
  stanchion check main.tf --fail-on critical
  stanchion check . --strict --format json | jq '.findings[].rule'
  stanchion check . --since main...            what this branch adds
  stanchion check --staged                     what the next commit adds
  stanchion check . -o sarif=out.sarif -o html=report.html
  stanchion check . --rules our-rules/ --verbose
  stanchion check . --framework owasp-llm      see stanchion rules --frameworks";

const FIX_EXAMPLES: &str = "\
Exit codes:
  0  nothing to fix, or --apply has written all of it
  1  there are fixes, and they were not written
  2  a path could not be analyzed, or a file not be written

Examples:
  stanchion fix                                what would change in the folder you are in
  stanchion fix infra/ --apply
  stanchion fix . --select s3-* --unsafe       also what a person has to weigh
  stanchion fix . | tee fixes.patch            paths are those of the command line";

const GRAPH_EXAMPLES: &str = "\
Examples:
  stanchion graph infra/
  stanchion graph . --format mermaid > graph.mmd
  stanchion graph . --focus Deployment/ai/llm
  stanchion graph . --format dot | dot -Tsvg > graph.svg";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  stanchion explain privileged-container
  stanchion explain CKV_AWS_20
  stanchion explain trivy:AVD-AWS-0092";

const RULES_EXAMPLES: &str = "\
Examples:
  stanchion rules --provider aws --severity critical
  stanchion rules --target aws_s3_bucket
  stanchion rules --framework eu-ai-act
  stanchion rules --frameworks
  stanchion rules --format json | jq '.[].id'";

const EVAL_EXAMPLES: &str = "\
Exit codes:
  0  values were printed
  2  nothing has that address, or nothing could be read

Examples:
  stanchion eval infra/ aws_s3_bucket.logs.acl
  stanchion eval . 'module.app[\"a\"].aws_instance.web[0].tags'
  stanchion eval . local.name --var env=prod --var-file prod.tfvars
  stanchion eval . --format json | jq 'keys'";

const BASELINE_EXAMPLES: &str = "\
Examples:
  stanchion baseline create                    then only new findings fail `stanchion check`
  stanchion baseline update
  stanchion baseline show";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "stanchion", version, about = ABOUT, after_help = EXAMPLES, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub shared: SharedArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check files and folders, and report what is wrong
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Change files so that findings go away; shows what would change unless told to write it
    #[command(after_help = FIX_EXAMPLES)]
    Fix(FixArgs),
    /// Print the graph of all resources and how they are connected
    #[command(after_help = GRAPH_EXAMPLES)]
    Graph(GraphArgs),
    /// Explain a rule, named by its id or by the id of the same check in another analyzer
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// List the rules
    #[command(after_help = RULES_EXAMPLES)]
    Rules(RulesArgs),
    /// Write a settings file with all keys in comments
    Init(InitArgs),
    /// Print values and where they come from
    #[command(after_help = EVAL_EXAMPLES)]
    Eval(EvalArgs),
    /// Look into the learned classifier, and prepare its training
    #[cfg(feature = "classifier")]
    Model(ModelArgs),
    /// Record the findings that there are, so that only new ones fail
    #[command(after_help = BASELINE_EXAMPLES)]
    Baseline(BaselineArgs),
    /// Check again whenever a file changes, and tell what is new and what is gone
    Watch(ScopeArgs),
    /// Serve an editor: diagnostics while you type, over the Language Server Protocol
    Lsp(LspArgs),
    /// Print a script that completes commands in a shell
    Completions(CompletionsArgs),
    /// Print a manual page, for `man -l -`
    Man(ManArgs),
    /// Tell what this program holds, and whether it works
    SelfCheck,
}

/// What every command understands.
#[derive(Args, Debug)]
pub(super) struct SharedArgs {
    /// When to color the output
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto, global = true)]
    pub color: Color,
    /// Number of worker threads [default: one per core]
    #[arg(long, value_name = "N", global = true)]
    pub threads: Option<std::num::NonZeroUsize>,
    /// Do not show progress on the terminal
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// What is analyzed, and by which rules.
#[derive(Args, Debug)]
pub(super) struct ScopeArgs {
    /// Files and folders to check [default: those of the settings file, or the folder you are in]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Folder of further rule files; may be given several times
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// File of further advisories, in the OSV format; may be given several times
    #[arg(long, value_name = "FILE")]
    pub advisories: Vec<PathBuf>,
    /// Also run rules that are hygiene or preference, and show what root causes explain
    #[arg(long)]
    pub pedantic: bool,
    /// Run only these: rule ids, categories, severities, providers, ids of other analyzers,
    /// patterns such as `s3-*`
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Do not run these
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub ignore: Vec<String>,
    #[command(flatten)]
    pub variables: VariableArgs,
}

/// Arguments of `check`.
#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// What to do with findings in folders of examples and tests [default: report]
    #[arg(long, value_enum, value_name = "HOW")]
    pub samples: Option<SampleMode>,
    /// Tell how each control of a framework stands, in place of findings (with --verbose, after them)
    #[arg(long, value_name = "NAME")]
    pub framework: Option<String>,
    /// What the learned classifier may do: nothing, tell what it suspects, or fail the run by it
    #[cfg(feature = "classifier")]
    #[arg(long, value_enum, value_name = "MODE", default_value_t = ModelMode::Advise)]
    pub model: ModelMode,
    /// Show all that the classifier suspects, not only the ten likeliest
    #[cfg(feature = "classifier")]
    #[arg(long)]
    pub all_suspicions: bool,
    #[cfg(feature = "classifier")]
    #[command(flatten)]
    pub engine: EngineArgs,
    #[command(flatten)]
    pub report: ReportArgs,
    #[command(flatten)]
    pub compare: CompareArgs,
    #[command(flatten)]
    pub gate: GateArgs,
}

/// Arguments of `fix`.
#[derive(Args, Debug)]
pub(super) struct FixArgs {
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Write the changes into the files
    #[arg(long)]
    pub apply: bool,
    /// Also make changes that a person has to weigh: they create something, or may cut somebody off
    #[arg(long = "unsafe")]
    pub is_unsafe: bool,
    /// List every finding that is left, not only those with a reason of their own
    #[arg(long, short)]
    pub verbose: bool,
}

/// How findings are reported.
#[derive(Args, Debug)]
pub(super) struct ReportArgs {
    /// How to report on standard output [default: human; under GitHub Actions with annotations]
    #[arg(long, short, value_enum)]
    pub format: Option<ReportFormat>,
    /// Also write a report to a file, in a format of --format: sarif=out.sarif; may be given several times
    #[arg(long, short, value_name = "FORMAT=FILE", value_parser = target)]
    pub output: Vec<Target>,
    /// Show all of everything, repeat nothing in short
    #[arg(long, short, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Show findings only, no summary
    #[arg(long, short)]
    pub quiet: bool,
}

/// What findings are compared with.
#[derive(Args, Debug)]
#[command(next_help_heading = "Only what is new")]
pub(super) struct CompareArgs {
    /// Report only what the files have more than this revision had: a commit, or `main...` for where
    /// the branch left main
    #[arg(long, value_name = "REF")]
    pub since: Option<String>,
    /// Check what is staged, not what is in the folder, and report what it has more than REF [default: HEAD]
    #[arg(long)]
    pub staged: bool,
    /// Findings in this file are known and do not count [default: `stanchion.baseline.json` beside the
    /// settings file, or nearest above the first path]
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    pub baseline: Option<PathBuf>,
    /// Use no baseline
    #[arg(long)]
    pub no_baseline: bool,
}

/// What makes the exit code other than 0.
#[derive(Args, Debug)]
#[command(next_help_heading = "Exit code")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct GateArgs {
    /// The least severity that makes the exit code 1 [default: high]
    #[arg(long, value_name = "SEVERITY", value_parser = severity_parser())]
    pub fail_on: Option<Severity>,
    /// Let through so many findings at or above --fail-on [default: 0]
    #[arg(long, value_name = "N")]
    pub max_findings: Option<usize>,
    /// Exit with code 2 if a check hangs on something unknown
    #[arg(long)]
    pub fail_on_undecided: bool,
    /// Exit with code 2 if any file or part of a file was left out
    #[arg(long)]
    pub fail_on_skipped: bool,
    /// Both of these, and exit with code 2 if a suppression is to be tidied
    #[arg(long)]
    pub strict: bool,
    /// Exit with code 0 whatever is found; what cannot be analyzed at all is still 2
    #[arg(long)]
    pub exit_zero: bool,
}

/// Arguments of `baseline`.
#[derive(Args, Debug)]
pub(super) struct BaselineArgs {
    #[command(subcommand)]
    pub action: BaselineAction,
}

/// What to do with a baseline.
#[derive(Debug, Subcommand)]
pub(super) enum BaselineAction {
    /// Write all findings that there are into a new baseline
    Create(BaselineFileArgs),
    /// Replace a baseline by the findings that there are, and tell what changes
    Update(BaselineFileArgs),
    /// List the entries of a baseline, and which are gone
    Show(BaselineFileArgs),
}

/// Which baseline, of what.
#[derive(Args, Debug)]
pub(super) struct BaselineFileArgs {
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// The file [default: `stanchion.baseline.json` beside the settings file, or in the folder you are in]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// Arguments of `lsp`.
#[derive(Args, Debug)]
pub(super) struct LspArgs {
    /// Speak on standard input and output, as always: clients say so
    #[arg(long, hide = true)]
    pub stdio: bool,
}

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub(super) struct CompletionsArgs {
    /// For which shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Args, Debug)]
pub(super) struct ManArgs {
    /// A command, such as check [default: the page of stanchion itself]
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

/// Where settings come from.
#[derive(Args, Debug, Default)]
pub(super) struct ConfigArgs {
    /// Settings file [default: the nearest `stanchion.toml` above the first path]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Read no settings file
    #[arg(long)]
    pub no_config: bool,
}

/// Arguments of `init`.
#[derive(Args, Debug)]
pub(super) struct InitArgs {
    /// Folder to write `stanchion.toml` into
    #[arg(value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
}

/// Arguments of `graph`.
#[derive(Args, Debug)]
pub(super) struct GraphArgs {
    /// Files and folders to read [default: those of the settings file, or the folder you are in]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub config: ConfigArgs,
    /// How to print the graph
    #[arg(long, short, value_enum, default_value_t = GraphFormat::Text)]
    pub format: GraphFormat,
    /// Only the ways to and from this resource: who reaches it, as whom it acts
    #[arg(long, value_name = "ADDRESS")]
    pub focus: Option<String>,
    /// File of further advisories, in the OSV format; may be given several times
    #[arg(long, value_name = "FILE")]
    pub advisories: Vec<PathBuf>,
    #[command(flatten)]
    pub variables: VariableArgs,
}

/// Arguments of `eval`.
#[derive(Args, Debug)]
pub(super) struct EvalArgs {
    /// Folder of a root module
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    #[command(flatten)]
    pub config: ConfigArgs,
    /// What to print, such as `aws_s3_bucket.b.acl`, `module.m.local.x`, `output.y` [default: all]
    #[arg(value_name = "ADDRESS")]
    pub address: Option<String>,
    /// How to print
    #[arg(long, short, value_enum, default_value_t = ValueFormat::Text)]
    pub format: ValueFormat,
    #[command(flatten)]
    pub variables: VariableArgs,
}

/// Values for variables of root modules.
#[derive(Args, Debug, Default)]
pub(super) struct VariableArgs {
    /// Set a variable of the root modules; may be given several times
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = assignment)]
    pub values: Vec<(String, String)>,
    /// Read variables from a file; may be given several times, later ones count
    #[arg(long = "var-file", value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Formats of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ValueFormat {
    /// Lines for people
    Text,
    /// One object for scripts
    Json,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| "expected NAME=VALUE".to_owned())?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// A rule's id, an id of another analyzer, or an advisory's
    #[arg(value_name = "ID")]
    pub name: String,
    /// Folder of further rule files; may be given several times
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// File of further advisories, in the OSV format; may be given several times
    #[arg(long, value_name = "FILE")]
    pub advisories: Vec<PathBuf>,
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// Arguments of `rules`.
#[derive(Args, Debug)]
pub(super) struct RulesArgs {
    /// How to list
    #[arg(long, short, value_enum, default_value_t = ListFormat::Table)]
    pub format: ListFormat,
    /// Only rules about resources of this provider
    #[arg(long, value_name = "PROVIDER", value_parser = provider_parser())]
    pub provider: Option<Provider>,
    /// Only rules of this category
    #[arg(long, value_name = "CATEGORY", value_parser = category_parser())]
    pub category: Option<Category>,
    /// Only rules of this severity
    #[arg(long, value_name = "SEVERITY", value_parser = severity_parser())]
    pub severity: Option<Severity>,
    /// Only rules for this audience: those that run by default, or only with --pedantic
    #[arg(long, value_enum, value_name = "AUDIENCE")]
    pub audience: Option<AudienceName>,
    /// Only rules that look at this resource type, such as `aws_s3_bucket` or workload
    #[arg(long, value_name = "TYPE")]
    pub target: Option<String>,
    /// Only rules that concern a control of this framework
    #[arg(long, value_name = "NAME")]
    pub framework: Option<String>,
    /// List the frameworks instead
    #[arg(long, conflicts_with = "framework")]
    pub frameworks: bool,
    /// Folder of further rule files; may be given several times
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// For whom rules are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AudienceName {
    /// They run by default
    Default,
    /// They run with --pedantic
    Pedantic,
}

impl From<AudienceName> for Audience {
    fn from(name: AudienceName) -> Self {
        match name {
            AudienceName::Default => Self::Default,
            AudienceName::Pedantic => Self::Pedantic,
        }
    }
}

/// Formats of a list of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// Lines for people
    Table,
    /// One list for scripts
    Json,
}

/// When to color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set; anywhere if `CLICOLOR_FORCE` is
    Auto,
    /// Anywhere
    Always,
    /// Nowhere
    Never,
}

/// Formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// Text for people
    Human,
    /// One object for scripts
    Json,
    /// SARIF 2.1.0 for code hosts and editors
    Sarif,
    /// JUnit XML for CI servers
    Junit,
    /// Code Quality report of GitLab
    GitlabCodequality,
    /// SAST report of GitLab
    GitlabSast,
    /// Annotations of GitHub Actions
    Github,
    /// Summary for a job or a comment
    Markdown,
    /// One page to open in a browser
    Html,
}

/// A file to write a report to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub format: ReportFormat,
    pub path: PathBuf,
}

fn target(text: &str) -> Result<Target, String> {
    let names = || {
        let formats = ReportFormat::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        formats.map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join(", ")
    };
    let (format, path) = text
        .split_once('=')
        .filter(|(_, path)| !path.is_empty())
        .ok_or_else(|| format!("expected FORMAT=FILE, with a format of {}", names()))?;
    let format = ReportFormat::from_str(format, false).map_err(|_| format!("`{format}` is none of {}", names()))?;
    Ok(Target { format, path: path.into() })
}

/// What becomes of findings in examples and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SampleMode {
    /// They count for the exit code like any other
    Gate,
    /// They are listed apart and do not count
    Report,
    /// They are not listed
    Hide,
}

impl From<SampleMode> for Samples {
    fn from(mode: SampleMode) -> Self {
        match mode {
            SampleMode::Gate => Self::Gate,
            SampleMode::Report => Self::Report,
            SampleMode::Hide => Self::Hide,
        }
    }
}

/// Formats of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    /// Lines for people
    Text,
    /// Graphviz
    Dot,
    /// Mermaid flowchart
    Mermaid,
    /// One object for scripts
    Json,
}

impl From<GraphFormat> for graph::Format {
    fn from(format: GraphFormat) -> Self {
        match format {
            GraphFormat::Text => Self::Text,
            GraphFormat::Dot => Self::Dot,
            GraphFormat::Mermaid => Self::Mermaid,
            GraphFormat::Json => Self::Json,
        }
    }
}

fn severity_parser() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::name)).try_map(|name| name.parse::<Severity>())
}

fn category_parser() -> impl TypedValueParser<Value = Category> {
    let find = |name: String| Category::ALL.into_iter().find(|category| category.name() == name).ok_or(name);
    PossibleValuesParser::new(Category::ALL.map(Category::name)).try_map(find)
}

fn provider_parser() -> impl TypedValueParser<Value = Provider> {
    let find = |name: String| Provider::ALL.into_iter().find(|provider| provider.name() == name).ok_or(name);
    PossibleValuesParser::new(Provider::ALL.map(Provider::name)).try_map(find)
}
