/// What an edge means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKind {
    /// An attribute's value comes from the other resource.
    References,
    /// A part of the other resource that the provider keeps as a resource of its own.
    AttachesTo,
    /// A label selector matches.
    Selects,
    /// A label selector may match: it, a namespace or the labels are not known.
    MaySelect,
    /// A volume or environment takes its content from it.
    Mounts,
    /// An identity it acts as.
    RunsAs,
    /// Network traffic is passed on to it.
    RoutesTo,
    /// It creates and manages the other.
    Owns,
    /// It grants rights to the other.
    Grants,
    /// The settings of its provider: region, default tags, credentials.
    ConfiguredBy,
}

impl EdgeKind {
    /// The kebab-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::References => "references",
            Self::AttachesTo => "attaches-to",
            Self::Selects => "selects",
            Self::MaySelect => "may-select",
            Self::Mounts => "mounts",
            Self::RunsAs => "runs-as",
            Self::RoutesTo => "routes-to",
            Self::Owns => "owns",
            Self::Grants => "grants",
            Self::ConfiguredBy => "configured-by",
        }
    }
}
