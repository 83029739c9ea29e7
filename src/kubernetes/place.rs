use std::sync::Arc;

use crate::value::{Map, Path, Place, Pointer, Step, Value};

/// A value together with the place that it has where it stands, own or by way of its parents.
#[derive(Clone)]
pub(super) struct Placed<'v> {
    pub(super) value: &'v Value,
    pub(super) place: Place,
}

impl<'v> Placed<'v> {
    pub(super) fn root(value: &'v Value) -> Self {
        Self { value, place: value.origin.place.clone() }
    }

    /// The member of an object; null counts as absent, as it does in Kubernetes.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Self { value, place: self.place_of(value, || Step::Key(key.into())) })
    }

    /// The value at a path of keys.
    pub(super) fn at(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self.clone(), |value, key| value.get(key))
    }

    /// The elements of a list.
    pub(super) fn items(&self) -> Vec<Self> {
        let items = self.value.as_list().unwrap_or(&[]);
        let of = |(index, value): (u32, &'v Value)| Self { value, place: self.place_of(value, || Step::Index(index)) };
        (0..).zip(items).map(of).collect()
    }

    /// The members of an object.
    pub(super) fn members(&self) -> Vec<(&'v str, Self)> {
        let members = self.value.as_object().into_iter().flat_map(Map::iter);
        let of = |key: &'v str, value| Self { value, place: self.place_of(value, || Step::Key(key.into())) };
        members.map(|(key, value)| (key.as_str(), of(key, value))).collect()
    }

    /// The value, carrying its place so that it may be put elsewhere.
    pub(super) fn rooted(&self) -> Value {
        self.value.clone().placed(self.place.clone())
    }

    fn place_of(&self, child: &Value, step: impl FnOnce() -> Step) -> Place {
        match (&child.origin.place, &self.place) {
            (Place::Above, Place::Pointer(above)) => pointer(above, step()),
            (Place::Above, above) => above.clone(),
            (own, _) => own.clone(),
        }
    }
}

fn pointer(above: &Pointer, step: Step) -> Place {
    let path: Path = above.path.with(step);
    Place::Pointer(Arc::new(Pointer { file: above.file, document: above.document, path }))
}
