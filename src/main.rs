//! The `gridleaks` program.

fn main() {}
