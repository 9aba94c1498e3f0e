//! How git keeps objects, read by our own code: packs, loose objects, and how they hang together.
//!
//! `store` finds the packs and the loose objects of folders, `pack` and `loose` read one of either, `forest` says what is kept as a delta of
//! what, with the help of `children`, and finds objects by their names in a `table`. `chain` reads one object by itself, and `singles` objects
//! by their names, where gix does not find them.

pub(super) mod buffers;
pub(super) mod chain;
mod children;
pub(super) mod forest;
pub(super) mod loose;
mod node;
pub(super) mod pack;
mod singles;
pub(super) mod size;
pub(super) mod store;
mod table;

pub use node::Node;
pub use pack::Kind;
pub(super) use singles::Singles;
