use std::env;

use clap::ArgMatches;

use super::args::VariableArgs;
use crate::analysis::{Given, Inputs};

/// What the environment and the command line give to variables, the latter in its order.
pub(super) fn inputs(args: &VariableArgs, matches: Option<&ArgMatches>) -> Inputs {
    let at = |id: &str| -> Vec<usize> {
        matches.and_then(|matches| matches.indices_of(id)).map(Iterator::collect).unwrap_or_default()
    };
    let values = args.values.iter().map(|(name, text)| Given::Variable(name.clone(), text.clone()));
    let files = args.files.iter().map(|path| Given::File(path.clone()));
    let mut arguments: Vec<(usize, Given)> = at("values").into_iter().zip(values).collect();
    arguments.extend(at("files").into_iter().zip(files));
    arguments.sort_by_key(|(index, _)| *index);
    let mut environment: Vec<(String, String)> = env::vars_os()
        .filter_map(|(name, text)| {
            let name = name.to_str()?.strip_prefix("TF_VAR_")?.to_owned();
            Some((name, text.to_str()?.to_owned()))
        })
        .collect();
    environment.sort();
    Inputs { environment, arguments: arguments.into_iter().map(|(_, given)| given).collect() }
}
