use super::error::CliError;
use super::{FAILED, output};
use crate::analysis::{Holdings, holdings};

/// Runs `self-check` and gives the exit code.
pub(super) fn self_check() -> Result<u8, CliError> {
    let Holdings { n_rules, n_frameworks, n_products, n_advisories, advisories_of, classifier, works } = holdings();
    let day = advisories_of.map_or_else(|| "unknown".to_owned(), |day| day.to_string());
    let verdict = if works { "ok" } else { "failed: a public bucket is not told from a private one" };
    let is_whole = works && !matches!(classifier, Some(Err(_)));
    let model = match classifier {
        Some(Ok(told)) => told,
        Some(Err(why)) => format!("failed: {why}"),
        None => "not built in".to_owned(),
    };
    let text = format!(
        "version     {}\nrules       {n_rules}\nframeworks  {n_frameworks}\nproducts    {n_products}\n\
         advisories  {n_advisories}, the newest of {day}\nclassifier  {model}\nanalysis    {verdict}\n",
        env!("CARGO_PKG_VERSION")
    );
    output::write(|out| Ok(out.write_all(text.as_bytes())?))?;
    Ok(if is_whole { 0 } else { FAILED })
}
