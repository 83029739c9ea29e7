use std::collections::BTreeSet;

use super::RuleSet;
use super::load::nearest;
use super::names::Names;
use super::schema::{Audience, Fix, Rule};
use crate::finding::{Category, Severity};

/// Which rules run.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// For whom the rules are.
    pub audience: Audience,
    /// If any, only these: rule ids, categories, severities, providers, ids of other analyzers,
    /// and patterns of ids such as `s3-*` or `CKV_AWS_*`.
    /// A rule that is named by an id runs whatever its audience.
    pub select: Vec<String>,
    /// Not these, named in the same ways.
    pub ignore: Vec<String>,
}

/// Nothing goes by a name that was given to select rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{selector}` is no rule, category, severity or provider, and no rule of another analyzer that is known here{}",
    suggestion.as_ref().map_or_else(String::new, |known| format!("; did you mean `{known}`?"))
)]
pub struct UnknownSelector {
    /// As it was given.
    pub selector: String,
    /// What is most like it.
    pub suggestion: Option<String>,
}

/// Whose resources a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure and its directory.
    Azure,
    /// Databricks, on any cloud.
    Databricks,
    /// Google Cloud.
    Gcp,
    /// Kubernetes objects.
    Kubernetes,
    /// Terraform itself, and its small providers.
    Terraform,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Aws, Self::Azure, Self::Databricks, Self::Gcp, Self::Kubernetes, Self::Terraform];

    /// The lowercase name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Databricks => "databricks",
            Self::Gcp => "gcp",
            Self::Kubernetes => "kubernetes",
            Self::Terraform => "terraform",
        }
    }

    /// The provider of a resource type or class.
    pub fn of(target: &str) -> Self {
        let name = target.strip_prefix("data.").or_else(|| target.strip_prefix("provider.")).unwrap_or(target);
        let is_object = target == "workload" || target.starts_with(|c: char| c.is_ascii_uppercase());
        match name.split('_').next().unwrap_or("") {
            "aws" | "awscc" => Self::Aws,
            "azurerm" | "azuread" | "azapi" => Self::Azure,
            "databricks" => Self::Databricks,
            "google" => Self::Gcp,
            "kubernetes" | "helm" | "kubectl" => Self::Kubernetes,
            _ if is_object => Self::Kubernetes,
            _ => Self::Terraform,
        }
    }
}

impl Rule {
    /// The fixes of its cases, each with the case's targets; a case without one is left out.
    pub fn fixes(&self) -> Vec<(&[String], &Fix)> {
        let single = self.fix.as_ref().filter(|_| self.cases.is_empty()).map(|fix| (&*self.targets, fix));
        let of_cases = self.cases.iter().filter_map(|case| {
            let fix = case.fix.as_ref().or(self.fix.as_ref())?;
            Some((&*case.targets, fix))
        });
        single.into_iter().chain(of_cases).collect()
    }

    /// Whose resources it is about.
    pub fn providers(&self) -> BTreeSet<Provider> {
        self.all_targets().into_iter().map(Provider::of).collect()
    }
}

impl RuleSet {
    /// Keeps the rules that are chosen; the others stay known by name.
    ///
    /// # Errors
    /// [`UnknownSelector`] for a name that means nothing.
    pub fn choose(&mut self, choice: &Choice) -> Result<(), UnknownSelector> {
        let mut chosen = BTreeSet::new();
        for selector in &choice.select {
            chosen.extend(self.chosen_by(selector, choice.audience)?);
        }
        if choice.select.is_empty() {
            let wanted = self.rules().iter().filter(|rule| is_for(rule, choice.audience));
            chosen = wanted.map(|rule| rule.id.clone()).collect();
        }
        for selector in &choice.ignore {
            for id in self.chosen_by(selector, Audience::Pedantic)? {
                chosen.remove(&id);
            }
        }
        self.retain(|rule| chosen.contains(&rule.id));
        Ok(())
    }

    /// Sets severities of rules that are named as in [`Choice::select`]. A rule's own name
    /// outweighs a group.
    ///
    /// # Errors
    /// [`UnknownSelector`] for a name that means nothing.
    pub fn weigh(&mut self, severities: &[(String, Severity)]) -> Result<(), UnknownSelector> {
        let mut weighed = Vec::new();
        for (selector, severity) in severities {
            let is_group = Names::of(self.rules()).find(selector).is_empty();
            weighed.push((!is_group, *severity, self.selected(selector)?));
        }
        weighed.sort_by_key(|(is_rule, ..)| *is_rule);
        for (_, severity, ids) in weighed {
            for rule in self.rules_mut().iter_mut().filter(|rule| ids.contains(&rule.id)) {
                rule.severity = severity;
                rule.cases.iter_mut().for_each(|case| case.severity = None);
            }
        }
        Ok(())
    }

    /// Ids of the rules that a name means.
    ///
    /// # Errors
    /// [`UnknownSelector`] if it means nothing.
    pub fn selected(&self, selector: &str) -> Result<Vec<String>, UnknownSelector> {
        self.chosen_by(selector, Audience::Pedantic)
    }

    fn chosen_by(&self, selector: &str, audience: Audience) -> Result<Vec<String>, UnknownSelector> {
        let names = Names::of(self.rules());
        if selector.contains('*') {
            let rules = names.matching(selector).into_iter().filter(|rule| is_for(rule, audience));
            let ids: Vec<String> = rules.map(|rule| rule.id.clone()).collect();
            let nothing = UnknownSelector { selector: selector.to_owned(), suggestion: None };
            return if ids.is_empty() { Err(nothing) } else { Ok(ids) };
        }
        let rules = names.find(selector);
        let ids = |rules: Vec<&Rule>| rules.into_iter().map(|rule| rule.id.clone()).collect();
        if !rules.is_empty() {
            return Ok(ids(rules));
        }
        if let Some(is_of) = kind(&selector.trim().to_ascii_lowercase()) {
            return Ok(ids(self.rules().iter().filter(|rule| is_for(rule, audience) && is_of(rule)).collect()));
        }
        let mut words: Vec<&str> = Category::ALL.map(Category::name).to_vec();
        words.extend(Severity::ALL.map(Severity::name));
        words.extend(Provider::ALL.map(Provider::name));
        let suggestion = nearest(&selector.to_ascii_lowercase(), &words).map(str::to_owned);
        Err(UnknownSelector {
            selector: selector.to_owned(),
            suggestion: suggestion.or_else(|| names.nearest(selector)),
        })
    }
}

fn is_for(rule: &Rule, audience: Audience) -> bool {
    rule.audience == Audience::Default || audience == Audience::Pedantic
}

/// A question about a rule.
type Ask = Box<dyn Fn(&Rule) -> bool>;

/// Whether a rule is of the category, severity or provider that goes by this name.
fn kind(name: &str) -> Option<Ask> {
    if let Some(category) = Category::ALL.into_iter().find(|category| category.name() == name) {
        return Some(Box::new(move |rule| rule.category == category));
    }
    if let Some(severity) = Severity::ALL.into_iter().find(|severity| severity.name() == name) {
        return Some(Box::new(move |rule| rule.severity == severity));
    }
    let provider = Provider::ALL.into_iter().find(|provider| provider.name() == name)?;
    Some(Box::new(move |rule| rule.providers().contains(&provider)))
}
