use std::path::Path;

/// Whether a file is a Helm template, which means nothing until it is rendered.
///
/// `is_parsed` says whether the text reads as YAML, `is_in_chart` whether a folder above
/// holds a `Chart.yaml`. A file of a chart's `templates` folder is one as soon as it holds an
/// action; any other file only if it does not parse. A rendered manifest may well hold `{{`
/// in its text, as Vault's annotations do.
pub fn is_helm_template(path: &Path, text: &str, is_in_chart: bool, is_parsed: bool) -> bool {
    if !text.contains("{{") {
        return false;
    }
    let is_in_templates = path.parent().is_some_and(|folder| folder.iter().any(|part| part == "templates"));
    !is_parsed || (is_in_chart && is_in_templates)
}
