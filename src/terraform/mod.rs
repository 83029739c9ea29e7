//! Terraform configuration to evaluated resources.
//!
//! Takes HCL trees; gives modules, variables and expressions evaluated into the graph builder.
//! It does not know Kubernetes nor any rule. Start reading at [`eval`].

mod eval;
mod functions;
mod types;
