use super::args::{ListFormat, RulesArgs, SharedArgs};
use super::error::CliError;
use super::{config, output, terminal};
use crate::analysis;
use crate::manual;
use crate::report::Pen;
use crate::report::human::Detail;
use crate::rules::framework::{Framework, Frameworks};
use crate::rules::schema::Rule;

/// Runs `rules` and gives the exit code.
pub(super) fn rules(args: &RulesArgs, shared: &SharedArgs) -> Result<u8, CliError> {
    let frameworks = Frameworks::embedded();
    let pen = Pen::new(terminal::settings(shared.color, Detail::Normal));
    if args.frameworks {
        let text = match args.format {
            ListFormat::Table => manual::frameworks(frameworks.all(), &pen),
            ListFormat::Json => serde_json::to_string_pretty(frameworks.all())? + "\n",
        };
        return print(&text);
    }
    let framework = args.framework.as_ref().map(|name| frameworks.find(name)).transpose()?;
    let concerns = |rule: &Rule, framework: &Framework| {
        frameworks.tags(rule).iter().any(|tag| tag.framework.name == framework.name)
    };
    let mut folders = args.rules.clone();
    folders.extend(config::load(&args.config, &[])?.rule_folders()?);
    let rules = analysis::rules(&folders)?;
    let mut listed: Vec<&Rule> = rules.rules().iter().filter(|rule| is_wanted(rule, args)).collect();
    listed.retain(|rule| framework.is_none_or(|framework| concerns(rule, framework)));
    listed.sort_by(|a, b| a.id.cmp(&b.id));
    let text = match args.format {
        ListFormat::Table => manual::table(&listed, &pen),
        ListFormat::Json => serde_json::to_string_pretty(&manual::list(&listed, &frameworks))? + "\n",
    };
    print(&text)
}

fn print(text: &str) -> Result<u8, CliError> {
    output::write(|out| Ok(out.write_all(text.as_bytes())?))?;
    Ok(0)
}

fn is_wanted(rule: &Rule, args: &RulesArgs) -> bool {
    args.provider.is_none_or(|provider| rule.providers().contains(&provider))
        && args.category.is_none_or(|category| rule.category == category)
        && args.audience.is_none_or(|audience| rule.audience == audience.into())
        && args.severity.is_none_or(|severity| rule.severity == severity)
        && args.target.as_ref().is_none_or(|target| rule.all_targets().contains(target.as_str()))
}
