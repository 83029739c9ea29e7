use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::load::{Mistake, misfit, nearest};
use super::scalar::{Many, OneOrMany};
use super::schema::Rule;
use crate::finding::{Category, Evidence};

/// Frameworks of controls, and what says which rules concern which control.
///
/// No rule lists its controls: they follow from its category and from what it looks at. What that
/// misses is an exact tag in the rule, `frameworks: [owasp-llm:LLM01]`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Frameworks {
    /// Globs over resource types, by the name of the group.
    groups: BTreeMap<String, Vec<String>>,
    frameworks: Vec<Framework>,
}

/// A framework of controls, as its file in `rules/frameworks/` has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// Short, kebab-case: the name on the command line.
    pub name: String,
    /// Its full name.
    pub title: String,
    /// Which edition the ids are of.
    pub edition: String,
    /// Where it can be read.
    pub source: String,
    /// What of it is listed here, and what has to be known to read the table.
    pub note: String,
    /// Whether it is about AI systems alone.
    #[serde(default)]
    pub about_ai: bool,
    /// Its controls, in its order.
    pub controls: Vec<Control>,
}

/// A control, article, risk or technique.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// As the framework writes it.
    pub id: String,
    /// What it asks for, in our words.
    pub title: String,
    /// How much of it infrastructure code can show.
    pub in_code: Evidence,
    /// The rules that concern it: those that one of these selects.
    #[serde(default)]
    pub rules: Vec<Selector>,
}

/// Rules of which all that is given here is true. It gives something.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selector {
    /// The rule is of one of these categories.
    category: Many<Category>,
    /// The rule has a target of one of these groups.
    on: OneOrMany,
    /// The rule has no target of these groups.
    not_on: OneOrMany,
    /// The rule's id fits one of these globs.
    id: OneOrMany,
    /// The rule's id fits none of these globs.
    not_id: OneOrMany,
}

/// A control and the framework that it is of.
#[derive(Clone, Copy, Debug)]
pub struct Tag<'f> {
    /// The framework.
    pub framework: &'f Framework,
    /// The control.
    pub control: &'f Control,
}

impl Tag<'_> {
    /// `framework:ID`, as a rule writes it.
    pub fn name(&self) -> String {
        format!("{}:{}", self.framework.name, self.control.id)
    }
}

impl Frameworks {
    /// Reads the file of groups and those of the frameworks.
    ///
    /// # Errors
    /// [`Mistake`]s, each with the number of its file: 0 for the groups, then the frameworks.
    pub fn read(groups: &str, files: &[String]) -> Result<Self, Vec<(usize, Mistake)>> {
        let mut mistakes = Vec::new();
        let mut all = Self::default();
        match serde_yaml::from_str(groups) {
            Ok(groups) => all.groups = groups,
            Err(error) => mistakes.push((0, misfit(&error, groups))),
        }
        for (number, text) in files.iter().enumerate() {
            match serde_yaml::from_str::<Framework>(text) {
                Ok(framework) => all.frameworks.push(framework),
                Err(error) => mistakes.push((number + 1, misfit(&error, text))),
            }
        }
        if mistakes.is_empty() { Ok(all) } else { Err(mistakes) }
    }

    /// Checks the names that frameworks name, when every rule is known.
    ///
    /// # Errors
    /// [`Mistake`]s, each with the number of its framework's file.
    pub fn check(&self, rules: &[Rule], files: &[String]) -> Vec<(usize, Mistake)> {
        let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
        let mut mistakes = Vec::new();
        for (number, (framework, text)) in self.frameworks.iter().zip(files).enumerate() {
            let mut from = 0;
            for (n, control) in framework.controls.iter().enumerate() {
                let mut refused = self.refused(control, &ids);
                if framework.controls.iter().take(n).any(|other| other.id == control.id) {
                    refused.push((format!("control `{}` is there twice", control.id), control.id.clone()));
                }
                // Controls stand in the order of the file.
                let after = |from: usize, word: &str| Some(from + text.get(from..)?.find(word)?);
                from = after(from + 1, "id: ").and_then(|at| after(at, &control.id)).unwrap_or(from);
                mistakes.extend(refused.into_iter().map(|(message, word)| {
                    let start = after(from, &word).unwrap_or(from);
                    (number, Mistake { message, range: start..start + word.len() })
                }));
            }
        }
        mistakes
    }

    /// What is wrong with a control, and the word that is.
    fn refused(&self, control: &Control, ids: &[&str]) -> Vec<(String, String)> {
        let mut refused = Vec::new();
        if control.in_code == Evidence::None && !control.rules.is_empty() {
            refused.push((format!("code shows nothing of `{}`, but it has rules", control.id), control.id.clone()));
        }
        for selector in &control.rules {
            if *selector == Selector::default() {
                refused.push((format!("a selector of `{}` names nothing", control.id), control.id.clone()));
            }
            let groups: Vec<&str> = self.groups.keys().map(String::as_str).collect();
            for group in
                selector.on.iter().chain(selector.not_on.iter()).filter(|group| !groups.contains(&group.as_str()))
            {
                let message = format!("`{group}` is no group of resource types{}", suggestion(group, &groups));
                refused.push((message, group.clone()));
            }
            for glob in
                selector.id.iter().chain(selector.not_id.iter()).filter(|glob| !ids.iter().any(|id| fits(glob, id)))
            {
                refused.push((format!("no rule has the id `{glob}`{}", suggestion(glob, ids)), glob.clone()));
            }
        }
        refused
    }

    /// All frameworks, by name.
    pub fn all(&self) -> &[Framework] {
        &self.frameworks
    }

    /// The framework of that name.
    ///
    /// # Errors
    /// [`UnknownFramework`] with the names that there are.
    pub fn find(&self, name: &str) -> Result<&Framework, UnknownFramework> {
        let found = self.frameworks.iter().find(|framework| framework.name == name);
        found.ok_or_else(|| UnknownFramework {
            name: name.to_owned(),
            known: self.frameworks.iter().map(|framework| framework.name.clone()).collect(),
        })
    }

    /// The controls that a rule concerns, in the order of frameworks and controls.
    pub fn tags(&self, rule: &Rule) -> Vec<Tag<'_>> {
        let targets = rule.all_targets();
        let is_in = |globs: &Vec<String>| globs.iter().any(|glob| targets.iter().any(|target| fits(glob, target)));
        let groups = self.groups.iter().filter(|(_, globs)| is_in(globs)).map(|(name, _)| name.as_str()).collect();
        let tags = self
            .frameworks
            .iter()
            .flat_map(|framework| framework.controls.iter().map(move |control| Tag { framework, control }));
        tags.filter(|tag| tag.is_of(rule, &groups)).collect()
    }

    /// Checks the exact tags of a rule, whose file has this text.
    ///
    /// # Errors
    /// [`Mistake`] where a tag names no control.
    pub fn check_tags(&self, rule: &Rule, text: &str) -> Result<(), Mistake> {
        for tag in &rule.frameworks {
            if let Err(message) = self.check_tag(tag) {
                let start = text.find(tag.as_str()).unwrap_or(0);
                return Err(Mistake { message, range: start..start + tag.len() });
            }
        }
        Ok(())
    }

    fn check_tag(&self, tag: &str) -> Result<(), String> {
        let (name, id) = tag.split_once(':').unwrap_or((tag, ""));
        let framework = self.find(name).map_err(|unknown| unknown.to_string())?;
        let known: Vec<&str> = framework.controls.iter().map(|control| control.id.as_str()).collect();
        if known.contains(&id) {
            return Ok(());
        }
        Err(format!("`{name}` has no control `{id}`{}", suggestion(id, &known)))
    }

    /// Whether a resource type is of a group.
    pub fn is_of_group(&self, group: &str, type_name: &str) -> bool {
        self.groups.get(group).is_some_and(|globs| globs.iter().any(|glob| fits(glob, type_name)))
    }
}

impl Tag<'_> {
    fn is_of(&self, rule: &Rule, groups: &BTreeSet<&str>) -> bool {
        let is_exact =
            |tag: &String| tag.split_once(':') == Some((self.framework.name.as_str(), self.control.id.as_str()));
        self.control.rules.iter().any(|selector| selector.is_met(rule, groups)) || rule.frameworks.iter().any(is_exact)
    }
}

impl Selector {
    fn is_met(&self, rule: &Rule, groups: &BTreeSet<&str>) -> bool {
        let is_among = |names: &OneOrMany| names.iter().any(|name| groups.contains(name.as_str()));
        (self.category.is_empty() || self.category.contains(&rule.category))
            && (self.on.is_empty() || is_among(&self.on))
            && !is_among(&self.not_on)
            && (self.id.is_empty() || self.id.iter().any(|glob| fits(glob, &rule.id)))
            && !self.not_id.iter().any(|glob| fits(glob, &rule.id))
    }
}

/// No framework goes by a name that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFramework {
    /// As it was asked for.
    pub name: String,
    /// The names that there are.
    pub known: Vec<String>,
}

impl std::fmt::Display for UnknownFramework {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no framework is named `{}`; there are {}", self.name, self.known.join(", "))
    }
}

impl std::error::Error for UnknownFramework {}

/// `; did you mean …?`, where something known is like it.
fn suggestion(wrong: &str, known: &[&str]) -> String {
    nearest(wrong, known).map_or_else(String::new, |like| format!("; did you mean `{like}`?"))
}

/// Whether a text fits a glob, in which `*` stands for any text.
fn fits(glob: &str, text: &str) -> bool {
    let Some((start, rest)) = glob.split_once('*') else { return glob == text };
    let Some(mut left) = text.strip_prefix(start) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let end = pieces.pop().unwrap_or("");
    for piece in pieces {
        let Some((_, after)) = left.split_once(piece) else { return false };
        left = after;
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUPS: &str = "store: [aws_s3_*]\n";
    const RULE: &str = "
id: a-store-is-open
title: A store is open
severity: high
category: access-control
since: 0.1.0
targets: aws_s3_bucket
when: { path: acl, equals: public-read }
message: open
why: Anyone reads.
remedy: Close it.
references: [CWE-284]
";

    fn framework(controls: &str) -> String {
        format!(
            "{{ name: f, title: F, edition: '1', source: 'https://example.org', note: '', controls: [{controls}] }}"
        )
    }

    /// The line-free places and messages of what is refused in a framework of these controls.
    fn refused(controls: &str) -> Vec<(String, String)> {
        let files = [framework(controls)];
        let mistakes = match Frameworks::read(GROUPS, &files) {
            Ok(frameworks) => frameworks.check(&[rule("")], &files),
            Err(mistakes) => mistakes,
        };
        mistakes
            .into_iter()
            .map(|(_, mistake)| (files[0].get(mistake.range).unwrap().to_owned(), mistake.message))
            .collect()
    }

    fn rule(more: &str) -> Rule {
        super::super::load::read_rule(&format!("{RULE}{more}"), &BTreeMap::new()).unwrap()
    }

    #[test]
    fn names_that_mean_nothing_are_refused_at_their_place() {
        for (rules, word, message) in [
            ("{ on: stor }", "stor", "did you mean `store`?"),
            ("{ not_on: stores }", "stores", "did you mean `store`?"),
            ("{ id: a-store-is-opne }", "a-store-is-opne", "did you mean `a-store-is-open`?"),
            ("{ not_id: 'b-*' }", "b-*", "no rule has the id `b-*`"),
            ("{ category: acess-control }", "acess-control", "did you mean `access-control`?"),
            ("{ kategory: hygiene }", "kategory", "did you mean `category`?"),
            ("{}", "X2", "names nothing"),
        ] {
            let first = "{ id: X1, title: '', in_code: full, rules: [{ id: 'a-*' }] }";
            let second = format!("{{ id: X2, title: '', in_code: hint, rules: [{rules}] }}");
            let refused = refused(&format!("{first}, {second}"));
            assert!(matches!(&refused[..], [(place, why)] if place == word && why.contains(message)), "{refused:?}");
        }
        let twice = refused("{ id: X, title: '', in_code: hint }, { id: X, title: '', in_code: hint }");
        assert!(matches!(&twice[..], [(_, why)] if why.contains("twice")), "{twice:?}");
        let none = refused("{ id: X, title: '', in_code: none, rules: [{ on: store }] }");
        assert!(matches!(&none[..], [(_, why)] if why.contains("shows nothing")), "{none:?}");
    }

    #[test]
    fn controls_follow_from_category_and_targets_and_exact_tags() {
        let controls = "{ id: A, title: '', in_code: full, rules: [{ category: access-control, on: store }] }, \
                        { id: B, title: '', in_code: full, rules: [{ category: secrets, on: store }] }, \
                        { id: C, title: '', in_code: full, rules: [{ id: 'a-*', not_on: store }, { id: 'a-*', not_id: '*-open' }] }";
        let frameworks = Frameworks::read(GROUPS, &[framework(controls)]).unwrap();
        let tags = |rule: &Rule| frameworks.tags(rule).iter().map(Tag::name).collect::<Vec<_>>();
        assert_eq!(tags(&rule("")), ["f:A"]);
        assert_eq!(tags(&rule("frameworks: ['f:C']")), ["f:A", "f:C"]);
        for (tag, message) in [("f:D", "`f` has no control `D`"), ("g:A", "no framework is named `g`; there are f")] {
            let more = format!("frameworks: ['{tag}']");
            let mistake = frameworks.check_tags(&rule(&more), &more).unwrap_err();
            assert!(mistake.message.contains(message) && more.get(mistake.range) == Some(tag), "{}", mistake.message);
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (glob, text) in [("a", "a"), ("a*", "a"), ("*-b", "a-b"), ("a*c*e", "abcde"), ("*b*", "b")] {
            assert!(fits(glob, text), "{glob} {text}");
        }
        for (glob, text) in [("a", "ab"), ("a*b", "a"), ("a*a", "a"), ("*b*", "a"), ("a*c*e", "aec")] {
            assert!(!fits(glob, text), "{glob} {text}");
        }
    }
}
