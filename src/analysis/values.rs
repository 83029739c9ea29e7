use std::path::Path as FilePath;

use ecow::EcoString;

use super::bodies::Bodies;
use super::{AnalyzeError, Progress, Settings, bounds, deployments, inputs, installed, read};
use crate::source::{FileSystem, Problem, SourceMap, normalize, walk};
use crate::terraform::{self, Sources};
use crate::value::{Path, Reason, Step, Value};

/// What [`values`] gives.
#[derive(Debug)]
pub struct Evaluated {
    /// The files.
    pub sources: SourceMap,
    /// Values by address, in the order of root modules and addresses; `None` for an attribute
    /// that is not written. Where there are several root modules, `folder:` leads the address.
    pub values: Vec<(EcoString, Option<Value>)>,
    /// Faults of the input.
    pub problems: Vec<Problem>,
    /// Files that were read.
    pub n_files: usize,
}

/// Evaluates root modules and gives the values that `address` names: one value, all instances of
/// a block, everything of a module; without an address all variables, locals, resources and outputs.
///
/// A path that is itself a root module leaves out root modules below it.
///
/// # Errors
/// [`AnalyzeError`] if a variable file cannot be read.
pub fn values(
    settings: &Settings,
    address: Option<&str>,
    fs: &dyn FileSystem,
    progress: &dyn Progress,
) -> Result<Evaluated, AnalyzeError> {
    let (mut kept, mut bodies) = (read::Kept::default(), Bodies::default());
    let mut files = read::read(&walk(&settings.roots, &settings.exclude, fs), fs, &mut kept, progress);
    let mut problems = std::mem::take(&mut files.problems);
    let given = inputs::read(&settings.inputs, &mut files.sources, fs, &mut bodies, &mut problems)?;
    let bounds = bounds(&settings.roots, fs);
    let installed = installed::read(&mut files, &bounds, fs, &mut bodies);
    problems.append(&mut files.problems);
    let deployments = deployments::read(&settings.deployments, &mut files, fs, &mut bodies, &mut problems)?;
    let sources = Sources {
        variables: &files.variables,
        inputs: &given,
        deployments: &deployments,
        fs,
        bounds: &bounds,
        installed: &installed,
        locks: &terraform::Locks::new(),
    };
    let mut roots = terraform::values(std::mem::take(&mut files.terraform), sources);
    let is_given = |folder: &FilePath| settings.roots.iter().any(|root| same(root, folder));
    if roots.iter().any(|root| is_given(&root.folder)) {
        roots.retain(|root| is_given(&root.folder));
    }
    let is_alone = roots.len() == 1;
    let (mut values, mut faults) = (Vec::new(), Vec::new());
    for root in roots {
        faults.extend(root.problems);
        let with = root.deployment.map_or_else(String::new, |name| format!(" ({name})"));
        let prefix = if is_alone { EcoString::new() } else { prefix(&root.folder, &with) };
        let address = address.map(|address| address.strip_prefix(prefix.as_str()).unwrap_or(address));
        let selected = match address {
            None => root.all.into_iter().map(|(address, value)| (address, Some(value))).collect(),
            Some(address) => select(root.all, address),
        };
        values.extend(selected.into_iter().map(|(address, value)| (prefix.clone() + address, value)));
    }
    problems.extend(super::problems::once_per_module(faults, &files.sources));
    problems.sort();
    problems.dedup();
    Ok(Evaluated { sources: files.sources, values, problems, n_files: files.parsed.len() })
}

/// What leads an address where there are several root modules.
fn prefix(folder: &FilePath, with: &str) -> EcoString {
    let is_here = folder.as_os_str().is_empty();
    if is_here { format!(".{with}:").into() } else { format!("{}{with}:", folder.display()).into() }
}

fn same(root: &FilePath, folder: &FilePath) -> bool {
    normalize(root) == normalize(folder)
}

/// The values that `wanted` names, or an attribute of one of them.
fn select(all: Vec<(EcoString, Value)>, wanted: &str) -> Vec<(EcoString, Option<Value>)> {
    let holder = |address: &str| wanted.strip_prefix(address).and_then(path);
    let found = all.iter().filter_map(|(address, value)| Some((address, value, holder(address)?)));
    if let Some((_, value, path)) = found.max_by_key(|(address, _, _)| address.len()) {
        return vec![(wanted.into(), at(value, &path))];
    }
    let of_instances: Vec<_> = all.iter().filter_map(|(address, value)| of_instance(address, value, wanted)).collect();
    if !of_instances.is_empty() {
        return of_instances;
    }
    let is_below = |address: &str| address.strip_prefix(wanted).is_some_and(|rest| rest.starts_with(['.', '[']));
    all.into_iter().filter(|(address, _)| is_below(address)).map(|(address, value)| (address, Some(value))).collect()
}

/// The attribute of an instance whose block is named without an index, as in `aws_instance.all.ami`.
fn of_instance(address: &EcoString, value: &Value, wanted: &str) -> Option<(EcoString, Option<Value>)> {
    let inner = address.strip_suffix(']')?;
    let start = if inner.ends_with('"') { inner.rfind("[\"")? } else { inner.rfind('[')? };
    let rest = wanted.strip_prefix(address.get(..start)?)?;
    let path = path(rest).filter(|path| matches!(path.0.first(), Some(Step::Key(_))) && rest.starts_with('.'))?;
    Some((ecow::eco_format!("{address}{rest}"), at(value, &path)))
}

/// The value at a path; below an unknown value everything is unknown.
fn at(value: &Value, path: &Path) -> Option<Value> {
    let mut value = value;
    for step in &path.0 {
        if value.as_unknown().is_some_and(|unknown| !matches!(unknown.reason, Reason::Invalid(_))) {
            break;
        }
        value = value.at(&Path(vec![step.clone()]))?;
    }
    Some(value.clone())
}

/// Reads `.attribute[0].key["k"]`; `None` if the text is no such path.
fn path(mut text: &str) -> Option<Path> {
    let mut steps = Vec::new();
    while !text.is_empty() {
        let (step, rest) = if text.starts_with("[\"") {
            let (key, rest) = quoted(text.get(1..)?)?;
            (Step::Key(key), rest.strip_prefix(']')?)
        } else if let Some(rest) = text.strip_prefix('[') {
            let (index, rest) = rest.split_once(']')?;
            (Step::Index(index.parse().ok()?), rest)
        } else {
            let rest = text.strip_prefix('.')?;
            let (name, rest) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
            let step = name.parse().map_or_else(|_| Step::Key(name.into()), Step::Index);
            (if name.is_empty() { return None } else { step }, rest)
        };
        steps.push(step);
        text = rest;
    }
    Some(Path(steps))
}

/// Takes a text in quotes, with its escapes, off the front.
fn quoted(text: &str) -> Option<(EcoString, &str)> {
    let mut texts = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let key = texts.next()?.ok()?;
    Some((key.into(), text.get(texts.byte_offset()..)?))
}
