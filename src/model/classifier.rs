use std::any::Any;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ndarray::{ArrayView2, ArrayView3, Ix2, Ix3};
use ort::environment::Environment;
use ort::session::Session;
use ort::value::TensorRef;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::about::{About, ModelError};
use super::description::Description;
use super::tensor::{CROSSES, LINE_WORDS, Part, SUBWORDS, Tensors};

/// The weights that come with the program.
const WEIGHTS: &[u8] = include_bytes!("../../model/stanchion.onnx");
const ABOUT: &str = include_str!("../../model/stanchion.json");

/// A model file larger than this is not read, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// Lines that go through the network at once, those that pad a resource to the longest of its batch included.
const SLOTS: usize = 8192;

/// Which model scores, and what runs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Engine {
    /// The ONNX file of another model, its description beside it as `.json`; the embedded one if `None`.
    pub model: Option<PathBuf>,
    /// ONNX Runtime's shared library; the embedded tract if `None`.
    pub runtime: Option<PathBuf>,
}

/// What the network says of one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// For each category, the logit of a defect at even odds.
    pub logits: Vec<f32>,
    /// For each line of the description and each category, its share in the logit.
    pub shares: Vec<Vec<f32>>,
}

/// A loaded model.
pub struct Classifier {
    /// What is told about it.
    pub about: About,
    name: String,
    weights: Cow<'static, [u8]>,
    environment: Environment,
    idle: Mutex<Vec<Session>>,
}

impl std::fmt::Debug for Classifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Classifier").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Engine {
    /// What is told about the model, before its weights are looked at.
    ///
    /// # Errors
    /// [`ModelError`] if that cannot be read.
    pub fn about(&self) -> Result<About, ModelError> {
        let Some(path) = &self.model else { return About::parse("embedded", ABOUT) };
        let beside = path.with_extension("json");
        About::parse(&beside.display().to_string(), &String::from_utf8_lossy(&read(&beside)?))
    }
}

impl Classifier {
    /// Loads a model and checks it against its description and the encoder.
    ///
    /// # Errors
    /// [`ModelError`] if the model or the runtime cannot be used.
    pub fn load(engine: &Engine) -> Result<Self, ModelError> {
        let (name, weights, about) = match &engine.model {
            None => ("embedded".to_owned(), Cow::Borrowed(WEIGHTS), About::read("embedded", ABOUT, WEIGHTS)?),
            Some(path) => {
                let name = path.display().to_string();
                let weights = read(path)?;
                let beside = path.with_extension("json");
                let json = String::from_utf8_lossy(&read(&beside)?).into_owned();
                let about = About::read(&beside.display().to_string(), &json, &weights)?;
                (name, Cow::Owned(weights), about)
            }
        };
        let environment = environment(engine.runtime.as_deref())?;
        let classifier = Self { about, name, weights, environment, idle: Mutex::default() };
        // The embedded one was tried out by tests; to run it once more would be felt in the check of a small file.
        if engine.model.is_some() || engine.runtime.is_some() {
            classifier.try_out()?;
        }
        Ok(classifier)
    }

    /// Scores resources, in their order. The result does not depend on the number of threads.
    ///
    /// # Errors
    /// [`ModelError::Run`] if the runtime fails.
    pub fn score(&self, descriptions: &[Description]) -> Result<Vec<Arc<Score>>, ModelError> {
        let mut tensors = Tensors::default();
        for description in descriptions {
            tensors.add(description);
        }
        // What has the same lines has the same score.
        let mut unlike: Vec<&[i64]> = tensors.resources.iter().map(Vec::as_slice).collect();
        unlike.sort_unstable_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        unlike.dedup();
        let scored = batches(&unlike).into_par_iter().map(|batch| {
            let scores = self.run(&tensors.part(batch))?;
            Ok(batch.iter().copied().zip(scores.into_iter().map(Arc::new)).collect())
        });
        let scored: Vec<Vec<(&[i64], Arc<Score>)>> = scored.collect::<Result<_, ModelError>>()?;
        let scored: FxHashMap<&[i64], Arc<Score>> = scored.into_iter().flatten().collect();
        Ok(tensors.resources.iter().filter_map(|lines| scored.get(lines.as_slice()).map(Arc::clone)).collect())
    }

    fn run(&self, part: &Part) -> Result<Vec<Score>, ModelError> {
        let mut session = self.session()?;
        let scores = guarded(|| infer(&mut session, part)).map_err(|why| self.refused(why))?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        Ok(scores)
    }

    /// Runs one empty resource, and looks whether the outputs are those of such a model.
    fn try_out(&self) -> Result<(), ModelError> {
        let scores = self.run(&Tensors::default().part(&[&[0]]))?;
        let n = self.about.categories.len();
        let fits = scores.len() == 1
            && scores.iter().all(|score| score.logits.len() == n && score.logits.iter().all(|it| it.is_finite()));
        if fits {
            Ok(())
        } else {
            Err(self.refused("its outputs are not those of a classifier of these categories".to_owned()))
        }
    }

    fn session(&self) -> Result<Session, ModelError> {
        if let Some(session) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(session);
        }
        guarded(|| Session::builder(&self.environment)?.commit_from_memory(&self.weights))
            .map_err(|why| self.refused(why))
    }

    fn refused(&self, why: String) -> ModelError {
        ModelError::Run { path: self.name.clone(), why }
    }
}

/// Runs of resources of about the same length, the shortest first; they come in the order of their lengths.
fn batches<'b, 'l>(sorted: &'b [&'l [i64]]) -> Vec<&'b [&'l [i64]]> {
    let mut batches = Vec::new();
    let mut rest = sorted;
    while !rest.is_empty() {
        let fits = rest.iter().enumerate().take_while(|(n, lines)| (n + 1) * lines.len() <= SLOTS).count();
        let (batch, left) = rest.split_at(fits.max(1));
        batches.push(batch);
        rest = left;
    }
    batches
}

fn infer(session: &mut Session, part: &Part) -> ort::Result<Vec<Score>> {
    let view =
        |numbers, shape| ArrayView2::from_shape(shape, numbers).map_err(|error| ort::Error::new(error.to_string()));
    let words = view(part.words.as_flattened(), (part.words.len(), SUBWORDS))?;
    let lines = view(part.lines.as_flattened(), (part.lines.len(), LINE_WORDS))?;
    let crosses = view(part.crosses.as_flattened(), (part.crosses.len(), CROSSES))?;
    let rows = view(&part.rows, (part.n_lines.len(), part.rows.len() / part.n_lines.len().max(1)))?;
    let outputs = session.run(ort::inputs![
        "words" => TensorRef::from_array_view(words)?,
        "lines" => TensorRef::from_array_view(lines)?,
        "crosses" => TensorRef::from_array_view(crosses)?,
        "rows" => TensorRef::from_array_view(rows)?,
    ])?;
    let shaped = |error: ndarray::ShapeError| ort::Error::new(error.to_string());
    let find = |name: &str| outputs.get(name).ok_or_else(|| ort::Error::new(format!("it has no output `{name}`")));
    let logits = find("logits")?.try_extract_array::<f32>()?.into_dimensionality::<Ix2>().map_err(shaped)?;
    let shares: ArrayView3<'_, f32> =
        find("contributions")?.try_extract_array::<f32>()?.into_dimensionality::<Ix3>().map_err(shaped)?;
    let scores =
        logits.outer_iter().zip(shares.outer_iter()).zip(&part.n_lines).map(|((logits, shares), n_lines)| Score {
            logits: logits.to_vec(),
            shares: shares.outer_iter().take(*n_lines).map(|share| share.to_vec()).collect(),
        });
    Ok(scores.collect())
}

/// Runs what a hostile model may make panic.
fn guarded<T>(run: impl FnOnce() -> ort::Result<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(panic) => Err(said(&*panic)),
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the runtime panicked").to_owned()
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    let failed = |source| ModelError::Read { path: path.display().to_string(), source };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > MAX_BYTES {
        return Err(failed(std::io::Error::other(format!("it has {size} bytes, more than {MAX_BYTES}"))));
    }
    std::fs::read(path).map_err(failed)
}

/// The process's one environment; the runtime that the first caller names stays.
fn environment(runtime: Option<&Path>) -> Result<Environment, ModelError> {
    static MADE: OnceLock<Result<Environment, (String, String)>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let name = runtime.map_or_else(|| "tract".to_owned(), |path| path.display().to_string());
        let failed = |why: String| (name.clone(), why);
        let builder = if let Some(path) = runtime {
            ort::init_from(path).map_err(|error| failed(error.to_string()))?
        } else {
            ort::set_api(ort_tract::api());
            ort::init()
        };
        builder.build().map_err(|error| failed(error.to_string()))
    });
    made.clone().map_err(|(path, why)| ModelError::Runtime { path, why })
}
