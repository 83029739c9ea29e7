use std::io::BufRead;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView, serialize_to_file};

use super::args::{ConfigArgs, EngineArgs, ModelArgs, ModelCommand, ScoreFormat, SharedArgs};
use super::error::CliError;
use super::progress::Bar;
use super::{FAILED, config, output, tell, workers};
use crate::analysis::{self, AnalyzeError, Settings};
use crate::model::{CROSSES, Classifier, Described, Engine, FEATURES, LINE_WORDS, SUBWORDS, Tensors, word_hash};
use crate::source::Disk;

/// Runs `model` and gives the exit code.
pub(super) fn model(args: &ModelArgs, shared: &SharedArgs) -> Result<u8, CliError> {
    workers::start(shared)?;
    match &args.command {
        ModelCommand::Describe { paths } => {
            let settings = Settings { roots: paths.clone(), ..Settings::default() };
            let bar = Bar::new(!shared.no_progress);
            let described = analysis::describe(&settings, &Disk, &bar)?;
            bar.finish();
            print(&described)?;
        }
        ModelCommand::Score { paths, engine, format: ScoreFormat::Json } => {
            let classifier = Classifier::load(&engine.into()).map_err(AnalyzeError::from)?;
            let settings = Settings { roots: paths.clone(), ..Settings::default() };
            let bar = Bar::new(!shared.no_progress);
            let scored = analysis::scores(&settings, &classifier, &Disk, &bar)?;
            bar.finish();
            print(&scored)?;
        }
        ModelCommand::Explain { path, address, engine } => return explain(path, address, engine),
        ModelCommand::Feedback { paths } => {
            let settings = Settings { roots: paths.clone(), ..Settings::default() };
            let bar = Bar::new(!shared.no_progress);
            let project = config::load(&ConfigArgs::default(), paths)?;
            let settings = project.complete(settings)?;
            let lessons = analysis::lessons(&settings, &Disk, &bar).map_err(|error| CliError::of(error, &project))?;
            bar.finish();
            print(&lessons)?;
        }
        ModelCommand::Encode { to } => encode(to)?,
    }
    Ok(0)
}

/// JSON Lines on standard output.
fn print(all: &[impl serde::Serialize]) -> Result<(), CliError> {
    output::write(|out| {
        for each in all {
            serde_json::to_writer(&mut *out, each)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })
}

/// Columns of a bar to either side.
const BAR: usize = 10;
/// The share in a logit that fills a bar.
const FULL: f32 = 3.0;

/// Each category of a resource with a bar for each line that adds to it.
fn explain(path: &Path, address: &str, engine: &EngineArgs) -> Result<u8, CliError> {
    let classifier = Classifier::load(&engine.into()).map_err(AnalyzeError::from)?;
    let settings = Settings { roots: vec![path.to_path_buf()], ..Settings::default() };
    let explained = analysis::explain_scores(&settings, address, &classifier, &Disk)?;
    if explained.is_empty() {
        tell(&format!("no resource has the address `{address}`; `stanchion graph` lists them"));
        return Ok(FAILED);
    }
    output::write(|out| {
        for each in &explained {
            let told = &each.told;
            writeln!(out, "{} ({}), {}:{}", told.address, told.type_name, told.file, told.span.0)?;
            if let Some(why) = each.abstained {
                let why = serde_json::to_string(&why)?;
                writeln!(out, "  the classifier abstains: {}", why.trim_matches('"'))?;
            }
            let mut categories: Vec<_> = each.categories.iter().collect();
            categories.sort_by(|a, b| b.1.total_cmp(&a.1));
            for (name, probability, shares) in categories {
                writeln!(out, "\n  {name}: {:.1} %", probability * 100.0)?;
                let mut lines: Vec<_> =
                    told.lines.iter().zip(shares).filter(|(_, share)| share.abs() >= 0.05).collect();
                lines.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
                for ((_, path, value, line), share) in lines {
                    let place = if *line == 0 { String::new() } else { format!("line {line}") };
                    writeln!(out, "    {} {share:+6.2}  {place:9}  {path} = {value}", bar(*share))?;
                }
            }
            writeln!(out)?;
        }
        Ok(())
    })?;
    Ok(0)
}

/// A bar to the left for what speaks against a defect, to the right for what speaks for one.
fn bar(share: f32) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "between 0 and BAR"
    )]
    let n = ((share.abs() / FULL).min(1.0) * BAR as f32).round() as usize;
    let blocks = "█".repeat(n);
    if share < 0.0 { format!("{blocks:>BAR$}│{:BAR$}", "") } else { format!("{:BAR$}│{blocks:<BAR$}", "") }
}

/// Writes `words`, `lines`, `crosses`, `vocabulary` (hashes of all words), `rows` (the lines of all resources) and `ends` (where each resource's
/// rows end).
fn encode(to: &Path) -> Result<(), CliError> {
    let mut tensors = Tensors::default();
    for line in std::io::stdin().lock().lines() {
        let described: Described = serde_json::from_str(&line?)?;
        tensors.add(&described.description());
    }
    let rows: Vec<i64> = tensors.resources.concat();
    let ends = tensors.resources.iter().scan(0_i64, |end, rows| {
        *end += i64::try_from(rows.len()).unwrap_or(0);
        Some(*end)
    });
    let ends: Vec<i64> = ends.collect();
    let mut known: Vec<i64> = tensors.vocabulary().map(|word| i64::from(word_hash(word))).collect();
    known.sort_unstable();
    known.dedup();
    let tensor = |shape: Vec<usize>, numbers: &[i64]| {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        (shape, bytes)
    };
    let parts = [
        ("words", tensor(vec![tensors.words.len(), SUBWORDS], tensors.words.as_flattened())),
        ("lines", tensor(vec![tensors.lines.len(), LINE_WORDS], tensors.lines.as_flattened())),
        ("crosses", tensor(vec![tensors.crosses.len(), CROSSES], tensors.crosses.as_flattened())),
        ("vocabulary", tensor(vec![known.len()], &known)),
        ("rows", tensor(vec![rows.len()], &rows)),
        ("ends", tensor(vec![ends.len()], &ends)),
    ];
    let views = parts
        .iter()
        .map(|(name, (shape, bytes))| TensorView::new(Dtype::I64, shape.clone(), bytes).map(|view| (*name, view)));
    let views = views.collect::<Result<Vec<_>, _>>().map_err(CliError::Tensors)?;
    let about = [("features".to_owned(), FEATURES.to_string())].into_iter().collect();
    serialize_to_file(views, Some(about), to).map_err(CliError::Tensors)
}

impl From<&EngineArgs> for Engine {
    fn from(args: &EngineArgs) -> Self {
        Self { model: args.model_file.clone(), runtime: args.onnx_runtime.clone() }
    }
}
