//! gridleaks finds leaked Retailgrid API keys.
//!
//! How a scan goes, from the outside in:
//!
//! 1. [`cli`] turns arguments into options and prints what comes out. It alone knows clap, the terminal and the process.
//! 2. [`scan`] is the pipeline: it takes what a source hands over, has it searched, and gathers and sorts what is found into
//!    one [`finding::Outcome`].
//! 3. [`source`] finds content: it walks folders on several threads, goes by git's index and ignore rules, and hands over
//!    open files, links and names; it compares git's index with HEAD and hands over the blobs; or it reads every object of a
//!    repository, or what some commits bring, and afterwards says where each came from. It searches nothing.
//! 4. [`detect`] finds secrets in bytes: one pass for the prefixes of all tokens, then a judgement of each hit. It reads
//!    nothing.
//! 5. [`container`] opens archives and the like: it hands over what is in them, and what is wrong with them. It searches nothing
//!    and knows no source; `scan` hands it contents and has its members searched.
//! 6. [`verify`] asks the issuers of secrets whether these still work, if that is wanted; `scan` brings the two together.
//! 7. [`suppress`] knows what does not count: what a comment, the project's config or a baseline allows. It reads nothing; [`config`]
//!    reads the project's files.
//! 8. [`report`] writes an outcome as text, JSON, SARIF, GitHub commands, a GitLab report, a Markdown table or an HTML page, to whatever it is
//!    given to write to.
//!
//! Below these lie [`rule`] (what a secret looks like, as data), [`finding`], [`place`] (paths), [`secret`] (a key that
//! does not print itself), [`encoding`] (the names of how one may be wrapped), [`fault`] and [`text_file`] (files that
//! people write, and what is wrong with them), `amounts` (numbers in words), `random`, `vector` (code for what the processor knows), `inflate` (streams
//! that lie in memory), `delta` (git's), and `exactly` (what says how long it is). [`rule_check`] proves rules against their own examples. Arrows point downwards
//! only: the parts in the middle do not know each other.

mod amounts;
pub mod cli;
pub mod config;
pub mod container;
mod delta;
pub mod detect;
pub mod encoding;
mod exactly;
pub mod fault;
pub mod finding;
mod inflate;
pub mod place;
mod random;
pub mod report;
pub mod rule;
pub mod rule_check;
pub mod scan;
pub mod secret;
pub mod source;
pub mod suppress;
pub mod text_file;
mod vector;
pub mod verify;
