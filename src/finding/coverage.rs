use std::collections::{BTreeMap, BTreeSet};

use super::weight::{Evidence, Severity};

/// A framework of controls, as reports name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameworkName {
    /// Short, as on the command line.
    pub name: String,
    /// In full.
    pub title: String,
    /// Which edition its ids are of.
    pub edition: String,
    /// Where it can be read.
    pub source: String,
}

/// The controls of a framework that rules with findings concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taxonomy {
    /// The framework.
    pub framework: FrameworkName,
    /// The controls, in the framework's order.
    pub controls: Vec<Taxon>,
}

/// A control and the rules that concern it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taxon {
    /// As the framework writes it.
    pub id: String,
    /// What it asks for.
    pub title: String,
    /// Ids of rules that have findings.
    pub rules: BTreeSet<String>,
}

/// What a run says of the controls of a framework. It never says that one is met: a clean row is
/// evidence from what was declared and looked at, no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The framework.
    pub framework: FrameworkName,
    /// What of it is listed, and how to read it.
    pub note: String,
    /// Of a framework about AI systems, how many of the resources only such systems have.
    pub n_ai_resources: Option<usize>,
    /// A row for each control, in the framework's order.
    pub rows: Vec<Row>,
}

/// What a run says of a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// As the framework writes it.
    pub id: String,
    /// What it asks for.
    pub title: String,
    /// How much of it code can show.
    pub in_code: Evidence,
    /// What was found.
    pub standing: Standing,
    /// Ids of rules that decided something.
    pub checks: BTreeSet<String>,
    /// Resources that they decided it of.
    pub n_resources: usize,
    /// Questions of a rule about a resource that hang on an unknown.
    pub n_undecided: usize,
    /// How many findings each rule has.
    pub findings: BTreeMap<String, usize>,
    /// How many findings of each rule a suppression allows.
    pub allowed: BTreeMap<String, usize>,
}

/// How a control stands after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There are findings; the worst is this bad.
    Violated(Severity),
    /// There are findings, and code can only hint at the control: somebody has to be asked.
    Question(Severity),
    /// There are findings, and suppressions allow them all.
    Allowed,
    /// Rules had something to judge, and none fired.
    Evidenced,
    /// The same, where code can only hint at the control.
    NoQuestion,
    /// All that rules ask hangs on unknowns.
    Undecided,
    /// The input has nothing that its rules judge.
    NothingToJudge,
    /// Its rules were not run.
    RulesOff,
    /// No rule is about it.
    NoRule,
    /// Code shows nothing of it.
    NotInCode,
}

impl Standing {
    /// The kebab-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Violated(_) => "violated",
            Self::Question(_) => "question",
            Self::Allowed => "allowed",
            Self::Evidenced => "evidenced",
            Self::NoQuestion => "no-question",
            Self::Undecided => "undecided",
            Self::NothingToJudge => "nothing-to-judge",
            Self::RulesOff => "rules-off",
            Self::NoRule => "no-rule",
            Self::NotInCode => "not-in-code",
        }
    }

    /// The severity of the worst finding.
    pub fn worst(self) -> Option<Severity> {
        match self {
            Self::Violated(worst) | Self::Question(worst) => Some(worst),
            _ => None,
        }
    }
}
