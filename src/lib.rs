//! gridleaks finds leaked Retailgrid API keys.

pub mod check;
pub mod detect;
pub mod rule;
pub mod secret;
