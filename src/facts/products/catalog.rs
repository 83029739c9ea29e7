use std::collections::BTreeSet;
use std::sync::LazyLock;

use globset::{Glob, GlobSet, GlobSetBuilder};
use rustc_hash::FxHashMap;

use super::schema::{Chart, Product};

/// All products, indexed by what shows them.
#[derive(Debug)]
pub(crate) struct Catalog {
    pub(crate) products: Vec<Product>,
    images: GlobSet,
    /// The product of each glob of `images`.
    of_image: Vec<usize>,
    /// By `group/Kind`.
    kinds: FxHashMap<String, usize>,
    /// Products and charts by the chart's name.
    charts: FxHashMap<String, Vec<(usize, usize)>>,
}

impl Catalog {
    /// The products packed into the binary.
    pub(crate) fn embedded() -> &'static Self {
        static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
            let packed = include_bytes!(concat!(env!("OUT_DIR"), "/products.bin"));
            Catalog::new(postcard::from_bytes(packed).expect("packed by this build"))
        });
        &CATALOG
    }

    fn new(products: Vec<Product>) -> Self {
        let mut images = GlobSetBuilder::new();
        let (mut of_image, mut kinds, mut charts) = (Vec::new(), FxHashMap::default(), FxHashMap::default());
        for (index, product) in products.iter().enumerate() {
            for image in &product.images {
                images.add(Glob::new(image).expect("checked by the build"));
                of_image.push(index);
            }
            kinds.extend(product.kinds.iter().map(|kind| (kind.clone(), index)));
            for (n, chart) in product.charts.iter().enumerate() {
                for name in &chart.names {
                    charts.entry(name.clone()).or_insert_with(Vec::new).push((index, n));
                }
            }
        }
        Self { images: images.build().expect("checked by the build"), products, of_image, kinds, charts }
    }

    /// The product that an image's repository, without registry and tag, names. A mirror keeps
    /// the last parts of the path.
    pub(crate) fn by_repository(&self, repository: &str) -> Option<usize> {
        let repository = repository.to_ascii_lowercase();
        let mut rest = repository.as_str();
        loop {
            if let Some(glob) = self.images.matches(rest).first() {
                return Some(self.of_image[*glob]);
            }
            rest = rest.split_once('/').map(|(_, rest)| rest).filter(|rest| rest.contains('/'))?;
        }
    }

    /// The product that a command line starts.
    pub(crate) fn by_command(&self, command: &str) -> Option<(usize, &str)> {
        self.products.iter().enumerate().find_map(|(index, product)| {
            let text = product.commands.iter().find(|text| command.contains(text.as_str()))?;
            Some((index, text.as_str()))
        })
    }

    /// The kinds of custom resources that run products, without their groups.
    pub(crate) fn kinds(&self) -> BTreeSet<&str> {
        self.kinds.keys().filter_map(|kind| kind.rsplit('/').next()).collect()
    }

    /// The product that a custom resource runs.
    pub(crate) fn by_kind(&self, api_version: &str, kind: &str) -> Option<usize> {
        let group = api_version.split('/').next().unwrap_or(api_version);
        self.kinds.get(&format!("{group}/{kind}")).copied()
    }

    /// The product that a chart installs.
    pub(crate) fn by_chart(&self, name: &str, repository: Option<&str>) -> Option<(usize, &Chart)> {
        let candidates = self.charts.get(name)?;
        let chart = |(product, chart): &(usize, usize)| (*product, &self.products[*product].charts[*chart]);
        candidates.iter().map(chart).find(|(_, chart)| match (&chart.repository, repository) {
            (Some(wanted), Some(given)) => given.contains(wanted.as_str()),
            (Some(_), None) => false,
            (None, _) => true,
        })
    }
}
