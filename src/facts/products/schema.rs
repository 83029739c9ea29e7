use serde::{Deserialize, Serialize};

/// One AI product: how it is recognized, and what asks its callers for a login.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Kebab-case, like the file.
    pub id: String,
    /// As its makers write it.
    pub name: String,
    /// What it does.
    pub role: Role,
    /// Globs over the last parts of an image's repository: `vllm/vllm-openai*`.
    #[serde(default)]
    pub images: Vec<String>,
    /// Ends of tags under which those repositories hold something else: `-sdk`.
    #[serde(default)]
    pub other_tags: Vec<String>,
    /// Texts that a command line of it holds: `vllm serve`.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Sets of settings that show it where all of a set hold, whatever the image is called:
    /// options and variables that only it reads.
    #[serde(default)]
    pub signs: Vec<Vec<Switch>>,
    /// What else it is run for.
    #[serde(default)]
    pub tasks: Vec<Task>,
    /// Custom resources that run it, as `group/Kind`, without the version.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Ports on which it answers callers.
    #[serde(default)]
    pub ports: Vec<u16>,
    /// Whether its callers are asked who they are.
    pub authentication: State,
    /// Whether it encrypts what it sends.
    #[serde(default)]
    pub tls: Option<State>,
    /// Helm charts that install it.
    #[serde(default)]
    pub charts: Vec<Chart>,
    /// What an attacker who reaches it without a login does, one sentence.
    pub impact: String,
    /// Pages that say so.
    pub references: Vec<String>,
}

/// Something that a product is run for beside its role.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// What shows it.
    pub when: Switch,
    /// Its role then; without one, nothing that counts as the product: it fetches a model and ends.
    #[serde(default)]
    pub role: Option<Role>,
}

/// A type of resource that is an AI service of a cloud.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Managed {
    /// The type: `aws_sagemaker_endpoint`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// As its makers write it.
    pub name: String,
    /// What it does.
    pub role: Role,
    /// What has to hold for it to be one.
    #[serde(default)]
    pub only: Option<Switch>,
    /// Whether callers are asked who they are; they are where it is left out.
    #[serde(default)]
    pub authentication: Option<State>,
}

/// What a product does for an AI system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Answers prompts or predicts.
    InferenceServer,
    /// Passes prompts on to models.
    Gateway,
    /// Builds or runs agents, chats and flows.
    AgentPlatform,
    /// Trains, tunes or computes on many machines.
    Training,
    /// Runs what a person types.
    Notebook,
    /// Keeps runs, metrics, prompts and traces.
    ExperimentTracker,
    /// Keeps embeddings.
    VectorStore,
    /// Keeps models and data sets.
    ModelStore,
    /// Runs steps one after another.
    Pipeline,
    /// Lets people label data.
    Labelling,
}

impl Role {
    /// The kebab-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::InferenceServer => "inference-server",
            Self::Gateway => "gateway",
            Self::AgentPlatform => "agent-platform",
            Self::Training => "training",
            Self::Notebook => "notebook",
            Self::ExperimentTracker => "experiment-tracker",
            Self::VectorStore => "vector-store",
            Self::ModelStore => "model-store",
            Self::Pipeline => "pipeline",
            Self::Labelling => "labelling",
        }
    }
}

/// Something that is on or off: off if a switch in `off` holds, else on if one in `on` does, else
/// as by default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// What it is where nothing says otherwise.
    pub default: bool,
    /// What turns it on.
    #[serde(default)]
    pub on: Vec<Switch>,
    /// What turns it off.
    #[serde(default)]
    pub off: Vec<Switch>,
    /// What stays open although it is on, a few words.
    #[serde(default)]
    pub except: Option<String>,
}

/// A setting. Exactly one of `option`, `env`, `value`, `field` and `text` says where it stands;
/// without `in` and `not_in` it holds where it is set and not empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switch {
    /// An option of the command line, without dashes.
    pub option: Option<String>,
    /// An environment variable.
    pub env: Option<String>,
    /// A value of the Helm release: `auth.enabled`.
    pub value: Option<String>,
    /// A path in the object, as rules write it: `spec.authOptions.mode`.
    pub field: Option<String>,
    /// A text that the command line holds.
    pub text: Option<String>,
    /// Values for which it holds, upper and lower case alike.
    #[serde(rename = "in")]
    pub in_: Option<Vec<String>>,
    /// Values for which it does not hold, though it is set.
    pub not_in: Option<Vec<String>>,
}

/// A Helm chart.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// Its names.
    pub names: Vec<String>,
    /// A part of the repository's address, where the name alone may mean another chart.
    #[serde(default)]
    pub repository: Option<String>,
    /// Whether callers are asked for a login.
    pub authentication: State,
    /// How far it is open where the values do not say: `public`, `node` or `cluster`.
    pub opened: Opened,
    /// Values that hold the type of a Service: `service.type`.
    #[serde(default)]
    pub service_types: Vec<String>,
    /// Values that turn an Ingress on: `ingress.enabled`.
    #[serde(default)]
    pub ingresses: Vec<String>,
}

/// How far something is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Opened {
    /// A public load balancer or Ingress.
    Public,
    /// A port of every node.
    Node,
    /// Inside the cluster alone.
    Cluster,
}

/// Says what is wrong with a product's file beyond its shape, if anything is.
pub fn mistake(product: &Product) -> Option<String> {
    let states = [Some(&product.authentication), product.tls.as_ref()].into_iter().flatten();
    let mut states = states.chain(product.charts.iter().map(|chart| &chart.authentication));
    if let Some(mistake) = states.find_map(state_mistake) {
        return Some(mistake);
    }
    let switches = product.signs.iter().flatten().chain(product.tasks.iter().map(|task| &task.when));
    if let Some(mistake) = switches.into_iter().find_map(switch_mistake) {
        return Some(mistake);
    }
    if product.signs.iter().any(Vec::is_empty) {
        return Some("a set of signs is empty".into());
    }
    let shown = [&product.images, &product.commands, &product.kinds];
    if shown.iter().all(|list| list.is_empty()) && product.charts.is_empty() {
        return Some("nothing says how the product is recognized".into());
    }
    product.references.is_empty().then(|| "`references` is empty".into())
}

/// Says what is wrong with a state beyond its shape, if anything is.
pub fn state_mistake(state: &State) -> Option<String> {
    state.on.iter().chain(&state.off).find_map(switch_mistake)
}

fn switch_mistake(switch: &Switch) -> Option<String> {
    let places = [&switch.option, &switch.env, &switch.value, &switch.field, &switch.text];
    if places.iter().filter(|place| place.is_some()).count() != 1 {
        return Some("a switch has exactly one of option, env, value, field, text".into());
    }
    let is_double = switch.in_.is_some() && switch.not_in.is_some();
    is_double.then(|| "a switch has `in` or `not_in`, not both".into())
}
