//! gridleaks finds leaked Retailgrid API keys.

pub mod check;
pub mod cli;
pub mod detect;
pub mod finding;
pub mod place;
pub mod report;
pub mod rule;
pub mod scan;
pub mod secret;
pub mod source;
