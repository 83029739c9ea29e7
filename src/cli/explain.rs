use super::args::{ExplainArgs, SharedArgs};
use super::error::CliError;
use super::{config, output, terminal};
use crate::analysis;
use crate::manual;
use crate::report::Pen;
use crate::report::human::Detail;
use crate::rules::framework::Frameworks;

/// Runs `explain` and gives the exit code.
pub(super) fn explain(args: &ExplainArgs, shared: &SharedArgs) -> Result<u8, CliError> {
    let project = config::load(&args.config, &[])?;
    let mut folders = args.rules.clone();
    folders.extend(project.rule_folders()?);
    let rules = analysis::rules(&folders)?;
    let names = rules.names();
    let found = names.find(&args.name);
    if found.is_empty() {
        let mut files = project.advisory_files()?;
        files.extend(args.advisories.iter().cloned());
        if let Some(page) = analysis::explain_advisory(&args.name, &files)? {
            output::write(|out| Ok(out.write_all(page.as_bytes())?))?;
            return Ok(0);
        }
        return Err(CliError::UnknownRule { name: args.name.clone(), suggestion: names.nearest(&args.name) });
    }
    let frameworks = Frameworks::embedded();
    let pen = Pen::new(terminal::settings(shared.color, Detail::Normal));
    let pages: String = found.into_iter().map(|rule| manual::show(rule, &frameworks, &pen)).collect();
    output::write(|out| Ok(out.write_all(pages.as_bytes())?))?;
    Ok(0)
}
