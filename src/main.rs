//! The `gridleaks` program: arguments and streams in, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    gridleaks::cli::main()
}
