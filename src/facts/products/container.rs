use ecow::EcoString;

use crate::facts::Look;
use crate::query::{self, PathExpr, scalar_text};
use crate::value::{Data, Path, Value};

/// A container, whatever it is that runs it.
#[derive(Clone, Debug)]
pub(in crate::facts) struct Container {
    /// Where it stands.
    pub(super) at: Path,
    /// The image's reference, and where it stands.
    pub(in crate::facts) image: Option<(Value, Path)>,
    /// The lists of words of its command line, in order.
    pub(super) words: Vec<(Value, Path)>,
    /// Its environment, or the part of it that is not known.
    pub(super) env: Vec<Variable>,
    /// Where further variables come from as whole maps.
    pub(super) env_from: Vec<Path>,
    /// Ports that it declares.
    pub(in crate::facts) ports: Vec<u16>,
}

/// An environment variable.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    /// `None` if the name is not known.
    pub(in crate::facts) name: Option<EcoString>,
    pub(in crate::facts) value: Given,
    pub(in crate::facts) at: Path,
}

/// How the value of a variable is given.
#[derive(Clone, Debug)]
pub(super) enum Given {
    Here(Value),
    /// By a secret or another object.
    Elsewhere,
    Nothing,
}

/// Where resources of some types keep their containers, and how they call what a container has.
struct Shape {
    types: &'static [&'static str],
    containers: &'static str,
    image: &'static str,
    /// Members that make up the command line, in order.
    words: &'static [&'static str],
    env: &'static [&'static str],
    /// Environments of which every value is kept elsewhere.
    secret_env: &'static [&'static str],
    ports: &'static str,
}

/// Members of an entry of the environment that say that its value is kept elsewhere.
const ELSEWHERE: &[&str] = &["valueFrom", "value_from", "value_source", "secret_name"];

/// Programs that serve nobody: they wait or handle files.
const ERRANDS: &[&str] = &[
    "cat", "cd", "chmod", "chown", "cp", "curl", "date", "echo", "exit", "find", "id", "ln", "ls", "mkdir", "mv",
    "printf", "rm", "set", "sleep", "tail", "tar", "touch", "true", "unzip", "wget", "whoami",
];

/// Ends of command lines that do nothing for ever.
const IDLE: &[&str] = &["sleep infinity", "tail -f /dev/null"];

const SHAPES: &[Shape] = &[
    Shape {
        types: &["workload"],
        containers: "pod.containers.*",
        image: "image",
        words: &["command", "args"],
        env: &["env"],
        secret_env: &[],
        ports: "ports.*.containerPort",
    },
    Shape {
        types: &["aws_ecs_task_definition"],
        containers: "container_definitions.@json.*",
        image: "image",
        words: &["entryPoint", "command"],
        env: &["environment"],
        secret_env: &["secrets"],
        ports: "portMappings.*.containerPort",
    },
    Shape {
        types: &["aws_apprunner_service"],
        containers: "source_configuration.image_repository",
        image: "image_identifier",
        words: &["image_configuration.start_command"],
        env: &["image_configuration.runtime_environment_variables"],
        secret_env: &["image_configuration.runtime_environment_secrets"],
        ports: "image_configuration.port",
    },
    Shape {
        types: &["google_cloud_run_v2_service", "google_cloud_run_v2_job"],
        containers: "template.containers.*",
        image: "image",
        words: &["command", "args"],
        env: &["env"],
        secret_env: &[],
        ports: "ports.container_port",
    },
    Shape {
        types: &["google_cloud_run_v2_job"],
        containers: "template.template.containers.*",
        image: "image",
        words: &["command", "args"],
        env: &["env"],
        secret_env: &[],
        ports: "ports.container_port",
    },
    Shape {
        types: &["google_cloud_run_service"],
        containers: "template.spec.containers.*",
        image: "image",
        words: &["command", "args"],
        env: &["env"],
        secret_env: &[],
        ports: "ports.container_port",
    },
    Shape {
        types: &["azurerm_container_app", "azurerm_container_app_job"],
        containers: "template.container.*",
        image: "image",
        words: &["command", "args"],
        env: &["env"],
        secret_env: &[],
        ports: "ports.port",
    },
    Shape {
        types: &["azurerm_container_group"],
        containers: "container.*",
        image: "image",
        words: &["commands"],
        env: &["environment_variables"],
        secret_env: &["secure_environment_variables"],
        ports: "ports.port",
    },
    Shape {
        types: &["docker_container"],
        containers: ".",
        image: "image",
        words: &["entrypoint", "command"],
        env: &["env"],
        secret_env: &[],
        ports: "ports.internal",
    },
];

/// The containers of a resource that run all the time.
pub(in crate::facts) fn all(look: &Look<'_>) -> Vec<Container> {
    let resource = look.resource();
    let names = [Some(resource.type_name.as_str()), resource.class.as_deref()];
    let shapes = SHAPES.iter().filter(|shape| shape.types.iter().any(|name| names.contains(&Some(name))));
    shapes.flat_map(|shape| of_shape(look, shape)).collect()
}

/// The types and classes of resources that may hold containers.
pub(super) fn holders() -> impl Iterator<Item = &'static str> {
    let mut types: Vec<&str> = SHAPES.iter().flat_map(|shape| shape.types).copied().collect();
    types.sort_unstable();
    types.dedup();
    types.into_iter()
}

fn of_shape(look: &Look<'_>, shape: &Shape) -> Vec<Container> {
    let is_main = |value: &Value| !matches!(value.get("role").and_then(Value::as_str), Some("init" | "ephemeral"));
    let found = look.find(shape.containers).into_iter();
    found.filter(|found| is_main(&found.value)).map(|found| read(look, shape, &found.value, found.path())).collect()
}

fn read(look: &Look<'_>, shape: &Shape, value: &Value, at: &Path) -> Container {
    let all = |name: &str| -> Vec<(Value, Path)> {
        let path: PathExpr = name.parse().expect("a path in code");
        let found = query::find(value, &path).into_iter().filter(|found| !found.value.is_null());
        found.map(|found| (found.value.clone(), standing(look, at, found.path()))).collect()
    };
    let port = |(value, _): (Value, Path)| scalar_text(&value)?.parse().ok();
    let plain = shape.env.iter().flat_map(|name| all(name)).flat_map(|(value, at)| variables(&value, &at));
    let secret = shape.secret_env.iter().flat_map(|name| all(name)).flat_map(|(value, at)| variables(&value, &at));
    let secret = secret.map(|variable| Variable { value: Given::Elsewhere, ..variable });
    let env_from = value.get("envFrom").and_then(Value::as_list).unwrap_or(&[]);
    Container {
        at: at.clone(),
        image: all(shape.image).into_iter().next(),
        words: shape.words.iter().flat_map(|name| all(name)).collect(),
        env: plain.chain(secret).collect(),
        env_from: (0..env_from.len()).map(|index| at.key("envFrom").index(index)).collect(),
        ports: all(shape.ports).into_iter().filter_map(port).collect(),
    }
}

/// The way to a part of a container; of one that is read out of a text, the way to the text.
fn standing(look: &Look<'_>, at: &Path, part: &Path) -> Path {
    let whole = at.join(part);
    if look.resource().attributes.at(&whole).is_some() { whole } else { at.clone() }
}

/// The variables of a list of `name` and `value`, of texts `NAME=value`, or of a map.
fn variables(env: &Value, at: &Path) -> Vec<Variable> {
    match &env.data {
        Data::List(items) | Data::Set(items) => {
            items.iter().enumerate().map(|(index, item)| variable(item, at.index(index))).collect()
        }
        Data::Object(map) if map.get("name").is_some() => vec![variable(env, at.clone())],
        Data::Object(map) => {
            let of = |(name, value): (&EcoString, &Value)| Variable {
                name: Some(name.clone()),
                value: Given::Here(value.clone()),
                at: at.key(name.clone()),
            };
            map.iter().map(of).collect()
        }
        Data::Unknown(_) => vec![Variable { name: None, value: Given::Nothing, at: at.clone() }],
        _ => Vec::new(),
    }
}

fn variable(entry: &Value, at: Path) -> Variable {
    if let Some((name, value)) = entry.as_str().and_then(|text| text.split_once('=')) {
        return Variable { name: Some(name.into()), value: Given::Here(Value::string(value)), at };
    }
    let is_set = |key: &str| entry.get(key).is_some_and(|value| !value.is_null() && value.as_list() != Some(&[]));
    let value = if ELSEWHERE.iter().any(|key| is_set(key)) {
        Given::Elsewhere
    } else {
        entry.get("value").cloned().map_or(Given::Nothing, Given::Here)
    };
    Variable { name: entry.get("name").and_then(scalar_text), value, at }
}

impl Container {
    /// Whether its image serves nobody: it waits for somebody to start something by hand, or does
    /// nothing but errands.
    pub(super) fn is_idle(&self) -> bool {
        let line = self.command_line();
        let line = line.trim_end_matches([';', '&', ' ', '\n']);
        let script = script(line).split(['\n', ';', '&', '|']).map(str::trim).filter(|command| !command.is_empty());
        let mut programs =
            script.filter_map(|command| command.split_whitespace().next()?.rsplit('/').next()).peekable();
        let does_errands = programs.peek().is_some() && programs.all(|program| ERRANDS.contains(&program));
        does_errands || IDLE.iter().any(|end| line.ends_with(end))
    }

    /// The command line, words apart by spaces.
    pub(super) fn command_line(&self) -> String {
        let mut words = Vec::new();
        for (list, _) in &self.words {
            match list.as_list() {
                Some(items) => words.extend(items.iter().filter_map(scalar_text)),
                None => words.extend(scalar_text(list)),
            }
        }
        words.join(" ")
    }
}

/// What a shell is told to run, or the command line itself where none is.
fn script(line: &str) -> &str {
    let is_shell = |program: &str| matches!(program.rsplit('/').next(), Some("sh" | "bash" | "ash"));
    let Some((_, mut rest)) = line.split_once(char::is_whitespace).filter(|(program, _)| is_shell(program)) else {
        return line;
    };
    while let Some((_, after)) = rest.split_once(char::is_whitespace).filter(|(option, _)| option.starts_with('-')) {
        rest = after.trim_start();
    }
    rest
}
