//! Documents and objects, over small manifests and over the real ones of the corpus.

mod deployments;
mod links;
mod normal_form;
mod robust;
mod twins;
mod wild;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stanchion::graph::{Builder, Graph, Part, Presence};
use stanchion::kubernetes::{link, objects};
use stanchion::source::{FileKind, SourceMap};
use stanchion::syntax::yaml::{Locator, parse};
use stanchion::value::Place;

/// The linked graph of some files, all of one scope.
fn graph_of(files: &[(&str, &str)]) -> (Graph, SourceMap) {
    let (mut sources, mut builder) = (SourceMap::default(), Builder::default());
    let (scope, mut found) = (builder.next_scope(), Vec::new());
    for (path, text) in files {
        let file = sources.add(PathBuf::from(path), FileKind::of(Path::new(path)).unwrap(), (*text).into());
        let parsed = parse(text, file);
        assert_eq!(parsed.problems, [], "{path}");
        for document in &parsed.tree {
            found.extend(objects(document, scope, Presence::Certain).into_iter().map(Arc::new));
        }
    }
    builder.add(&Part::new(scope, found));
    assert_eq!(link(&mut builder, &sources), []);
    (builder.build(), sources)
}

/// One line an edge: `from -kind(via)-> to`, with the files where addresses repeat.
fn edges(graph: &Graph, sources: &SourceMap) -> Vec<String> {
    let name = |id| {
        let resource = graph.resource(id);
        let n_same = graph.resources().iter().filter(|other| other.address == resource.address).count();
        let file = sources.file(resource.block.file).path.display().to_string();
        if n_same > 1 { format!("{} in {file}", resource.address) } else { resource.address.to_string() }
    };
    let line = |e: &stanchion::graph::Edge| format!("{} -{}({})-> {}", name(e.from), e.kind.name(), e.via, name(e.to));
    graph.edges().iter().map(line).collect()
}

/// The text that a place stands for.
fn text_at(place: &Place, sources: &SourceMap) -> String {
    match place {
        Place::Above => "(above)".into(),
        Place::Span(span) => sources.text(*span).into(),
        Place::Pointer(pointer) => {
            let file = sources.file(pointer.file);
            let mut locator = Locator::new(file.text.clone(), file.id);
            let located = locator.span(pointer.document, &pointer.path).unwrap();
            format!("{}{}", sources.text(located.mark), if located.is_exact { "" } else { " (above)" })
        }
    }
}
