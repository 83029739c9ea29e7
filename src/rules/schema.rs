use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::finding::{Category, Confidence, Severity};
use crate::graph::EdgeKind;

pub use super::scalar::{Literal, Many, Numbers, OneOrMany, Scalar, Scalars};

/// One rule: what to look at, when it is a defect, and what to tell the user.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Names the bad pattern in kebab-case, so that "allow ID" reads as English.
    pub id: String,
    /// Short, no remedy, makes sense alone on one line.
    pub title: String,
    /// How bad it is if true.
    pub severity: Severity,
    /// How sure a finding is.
    #[serde(default = "high")]
    pub confidence: Confidence,
    /// What kind of defense is missing.
    pub category: Category,
    /// First version that has the rule.
    pub since: String,
    /// Whether the rule runs by default or only with `--pedantic`.
    #[serde(default)]
    pub audience: Audience,
    /// Resource types or classes; short for a single case.
    #[serde(default)]
    pub targets: OneOrMany,
    /// A list in the resource: the condition is asked for each element, and each may be a finding.
    #[serde(default)]
    pub each: Option<String>,
    /// A fact: the condition is asked for each of its statements about the resource, with paths
    /// that start at the statement, and each may be a finding; instead of `each`.
    #[serde(default)]
    pub about: Option<String>,
    /// Whether severity rises one step where a way from the internet leads to the resource, and
    /// falls one where only a private one does.
    #[serde(default)]
    pub weighs_exposure: bool,
    /// When it is a defect.
    #[serde(default)]
    pub when: Option<Condition>,
    /// The smallest thing the user would edit; the first of several that exists.
    #[serde(default)]
    pub at: OneOrMany,
    /// What is wrong here, with `{path}` placeholders; also `{address}`, `{type}` and `{at}`.
    pub message: String,
    /// Several shapes of one defect, instead of `targets`, `each`, `when` and `at`.
    #[serde(default)]
    pub cases: Vec<Case>,
    /// Why it matters: what an attacker does with it.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// A corrected snippet.
    #[serde(default)]
    pub example: Option<String>,
    /// The edits by which a finding goes away, where a machine can make them.
    #[serde(default)]
    pub fix: Option<Fix>,
    /// CWE and CIS ids, vendor pages.
    pub references: Vec<String>,
    /// The same check in other analyzers, as `tool:ID`.
    #[serde(default)]
    pub equivalents: Vec<String>,
    /// Rules whose findings on the same resource, or within the same element, this one makes pointless.
    #[serde(default)]
    pub absorbs: Vec<String>,
    /// Controls beside those that follow from the category and the targets, as `framework:ID`.
    #[serde(default)]
    pub frameworks: Vec<String>,
}

impl Rule {
    /// Resource types and classes of all its cases, sorted.
    pub fn all_targets(&self) -> BTreeSet<&str> {
        let own = self.targets.iter().chain(self.cases.iter().flat_map(|case| case.targets.iter()));
        own.map(String::as_str).collect()
    }
}

fn high() -> Confidence {
    Confidence::High
}

/// For whom a rule is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Worth a build's red light.
    #[default]
    Default,
    /// Hygiene and preference.
    Pedantic,
}

/// One shape of a defect.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Resource types or classes.
    pub targets: OneOrMany,
    /// A list in the resource: the condition is asked for each element.
    #[serde(default)]
    pub each: Option<String>,
    /// A fact: the condition is asked for each of its statements; instead of `each`.
    #[serde(default)]
    pub about: Option<String>,
    /// When it is a defect.
    #[serde(default)]
    pub when: Option<Condition>,
    /// The smallest thing the user would edit; the first of several that exists.
    #[serde(default)]
    pub at: OneOrMany,
    /// Replaces the rule's message.
    #[serde(default)]
    pub message: Option<String>,
    /// Replaces the rule's severity.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// Replaces the rule's fix.
    #[serde(default)]
    pub fix: Option<Fix>,
}

/// Edits that, made together, resolve a finding.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// Whether no person has to weigh it first: nothing is created anew, and nobody who uses the
    /// resource as intended is cut off.
    pub safe: bool,
    /// Where the edits can be made; wherever the rule finds something, if it is not said.
    #[serde(default)]
    pub when: Option<Condition>,
    /// All of them, in this order.
    pub edits: Vec<Edit>,
}

/// A change of the configuration: exactly one of `set`, `add` and `remove`. Paths are those of
/// rules, without views.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Edit {
    /// Gives an attribute or key a value.
    pub set: Option<SetEdit>,
    /// Adds a block or mapping where there is none.
    pub add: Option<AddEdit>,
    /// Takes away the attribute, key, block or element of a list at this path, if it is there.
    pub remove: Option<String>,
}

/// An attribute or key, and its new value.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetEdit {
    /// Where it is; blocks and mappings that are missing on the way are added.
    pub path: String,
    /// Its value.
    pub to: Literal,
}

/// A block or mapping, and what is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AddEdit {
    /// Where it is to be.
    pub path: String,
    /// Its members; a mapping among them is a block or mapping of its own.
    pub body: BTreeMap<String, Literal>,
}

/// A question with the answer true, false or unknown. It has exactly one head: `all`, `any`,
/// `not`, `path`, `some`, `every`, `linked`, `exists`, `ports`, `fact`, `provider_version` or `use`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// All are true.
    pub all: Option<Vec<Condition>>,
    /// At least one is true.
    pub any: Option<Vec<Condition>>,
    /// It is not true.
    pub not: Option<Box<Condition>>,
    /// The value at this path passes all the tests beside it; of several values, one does.
    pub path: Option<String>,
    /// Some element of the list at this path meets `where`.
    pub some: Option<String>,
    /// All elements of the list at this path meet `where`; true for an empty or absent list.
    pub every: Option<String>,
    /// Condition on an element, with paths relative to it.
    #[serde(rename = "where")]
    pub where_: Option<Box<Condition>>,
    /// Some joined resource exists.
    pub linked: Option<Join>,
    /// Some resource of that type exists in the same scope.
    pub exists: Option<Exists>,
    /// A port range covers a port.
    pub ports: Option<Ports>,
    /// A derived statement about the resource holds, and meets `where`.
    pub fact: Option<String>,
    /// The newest version of a provider that the root module allows is older than another.
    pub provider_version: Option<ProviderVersion>,
    /// A shared condition from `rules/shared/`.
    #[serde(rename = "use")]
    pub use_: Option<String>,
    /// Values for the shared condition's parameters, written `$name` there.
    pub with: Option<BTreeMap<String, Scalars>>,

    /// Test: taken when the value is absent or null.
    pub default: Option<Scalar>,
    /// Test: the value is there and not null.
    pub present: Option<bool>,
    /// Test: the value is absent, null, `""`, `[]` or `{}`.
    pub empty: Option<bool>,
    /// Test: equal; `"true"` equals `true` and `"22"` equals `22`, as in Terraform.
    pub equals: Option<Scalar>,
    /// Test: equal to one of them.
    #[serde(rename = "in")]
    pub in_: Option<Scalars>,
    /// Whether `equals` and `in` ignore case.
    pub ignore_case: Option<bool>,
    /// Test: the text matches this regular expression somewhere.
    pub matches: Option<String>,
    /// Test: the text ends in one of these; decided also where only the end of it is known.
    pub ends_with: Option<OneOrMany>,
    /// Test: a number below this.
    pub below: Option<f64>,
    /// Test: a number above this.
    pub above: Option<f64>,
    /// Test: an address block of this class.
    pub cidr: Option<CidrClass>,
    /// Test: a port list such as `22`, `20-25`, `22,80` or `*` covers one of these.
    pub covers_port: Option<Numbers>,
    /// Test: an IAM action pattern such as `s3:*` covers one of these actions.
    pub covers_action: Option<OneOrMany>,
    /// Test: a dotted version lower than this.
    pub version_below: Option<String>,
    /// Test: equal to the value at another path.
    pub same_as: Option<String>,
    /// Test: a number below the one at another path.
    pub less_than: Option<String>,
    /// Test: from this address to the one at another path there are 2^24 or more, public ones too.
    pub wide_range_to: Option<String>,
    /// Test: a text that is written in the code, and not empty.
    pub literal: Option<bool>,
    /// Test: what a resource or data source gives, as a whole and not as a part of a text.
    pub reference: Option<bool>,
    /// Test: looks like a credential written in clear text.
    pub secret: Option<bool>,
    /// Test: a name that says its value is a secret, such as `db_password`.
    pub names_secret: Option<bool>,
    /// Test: stands in for a secret that is elsewhere: empty, `changeme`, `<token>`, a reference.
    pub placeholder: Option<bool>,
}

/// A resource joined by an edge.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// Types or classes of the other resource.
    #[serde(rename = "type")]
    pub types: OneOrMany,
    /// Which end this resource is: the edge leaves it (`out`) or enters it (`in`).
    #[serde(default)]
    pub direction: Direction,
    /// Kinds of edges; `references` and `attaches-to` if none is named.
    #[serde(default)]
    pub edges: Vec<EdgeKind>,
    /// The attribute, of the resource that the edge leaves, whose value makes it.
    #[serde(default)]
    pub via: Option<String>,
    /// Condition on the other resource.
    #[serde(default, rename = "where")]
    pub where_: Option<Box<Condition>>,
}

/// Direction of an edge as seen from the rule's resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The other resource points here.
    #[default]
    In,
    /// This resource points there.
    Out,
}

/// A resource anywhere in the same scope.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Exists {
    /// Types or classes.
    #[serde(rename = "type")]
    pub types: OneOrMany,
    /// Condition on it.
    #[serde(default, rename = "where")]
    pub where_: Option<Box<Condition>>,
}

/// A range given by two attributes covers one of some ports. An absent or null bound is open,
/// and with protocol `-1`, `all` or `any` every port is covered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ports {
    /// Path of the lower bound.
    pub from: String,
    /// Path of the upper bound.
    pub to: String,
    /// Path of the protocol.
    #[serde(default)]
    pub protocol: Option<String>,
    /// Ports of which one is covered; none means "all ports are". In a shared condition, its parameter.
    #[serde(default)]
    pub cover: Scalars,
}

/// The version of a provider that `terraform init` installs: the locked one, else the newest that
/// the constraints of the root module and of all modules below it allow.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProviderVersion {
    /// The provider's type: `aws`, `azurerm`.
    pub name: String,
    /// It is older than this version.
    pub below: String,
}

/// Class of an address block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum CidrClass {
    /// The whole internet: prefix length 0 or 1, IPv4 or IPv6; also `*`, `Internet` and `Any`.
    World,
    /// A public block of prefix length 8 or less (16 for IPv6), the world included.
    Wide,
    /// Any block that holds a public address, the world included.
    Public,
}

#[cfg(test)]
mod tests {
    /// `rules/schema.json` completes rule files in an editor. After a change of the schema, run
    /// the test with `UPDATE=1` in the environment.
    #[test]
    fn json_schema_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/schema.json");
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(super::Rule)).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &schema).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), schema, "run again with UPDATE=1");
    }
}
