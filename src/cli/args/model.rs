use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Which model scores, and what runs it.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct EngineArgs {
    /// Another model than the embedded one: an ONNX file with its description beside it as `.json`
    #[arg(long, value_name = "FILE")]
    pub model_file: Option<PathBuf>,
    /// ONNX Runtime's shared library, to run the model in place of the embedded engine
    #[arg(long, value_name = "FILE")]
    pub onnx_runtime: Option<PathBuf>,
}

/// What the classifier may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ModelMode {
    /// Nothing: it is not even loaded
    Off,
    /// Tell what it suspects; the exit code does not depend on it
    #[default]
    Advise,
    /// Suspicions make the exit code 1
    Gate,
}

/// How scores are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ScoreFormat {
    /// One JSON object a line.
    Json,
}

/// Arguments of `model`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ModelArgs {
    #[command(subcommand)]
    pub command: ModelCommand,
}

/// What to do with the classifier.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ModelCommand {
    /// Print what the classifier is told of each resource, as JSON Lines
    Describe {
        /// Files and folders
        #[arg(value_name = "PATH", default_value = ".")]
        paths: Vec<PathBuf>,
    },
    /// Print how likely a defect of each category is, for each resource, as JSON Lines
    Score {
        /// Files and folders
        #[arg(value_name = "PATH", default_value = ".")]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        engine: EngineArgs,
        /// How to print
        #[arg(long, value_enum, default_value_t = ScoreFormat::Json)]
        format: ScoreFormat,
    },
    /// Show what each line of a resource adds to each score
    #[command(after_help = "Example:\n  stanchion model explain infra/ aws_s3_bucket.logs")]
    Explain {
        /// File or folder
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// The resource's address, as `stanchion graph` prints it
        #[arg(value_name = "ADDRESS")]
        address: String,
        #[command(flatten)]
        engine: EngineArgs,
    },
    /// Print findings and allowed findings as labels for training a model of your own, as JSON Lines
    ///
    /// Nothing leaves this machine. A finding is a defect; one that you allowed with a comment or in
    /// `stanchion.toml` is none.
    Feedback {
        /// Files and folders
        #[arg(value_name = "PATH", default_value = ".")]
        paths: Vec<PathBuf>,
    },
    /// Turn descriptions from standard input into tensors for training
    Encode {
        /// The file to write, in the safetensors format
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
}
