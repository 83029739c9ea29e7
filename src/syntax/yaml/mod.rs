//! YAML and JSON documents.
