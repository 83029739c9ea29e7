//! Documents and objects, over small manifests and over the real ones of the corpus.

mod wild;
