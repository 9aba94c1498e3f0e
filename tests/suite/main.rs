//! The program from outside, and the library where that says more: one program, so that it is linked once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails here is a failed test")]

#[cfg(unix)]
mod action;
mod allowed;
mod baseline;
mod borrowed;
mod broken_store;
mod carriers;
mod config;
mod containers;
mod crafted;
mod crowded;
mod differential;
mod docs;
#[cfg(unix)]
mod edited;
#[cfg(target_os = "linux")]
mod faults;
mod forged;
mod gitlab;
mod help;
mod history;
#[cfg(unix)]
mod hostile;
#[cfg(unix)]
mod hostile_rules;
mod html;
#[cfg(unix)]
mod install;
mod left_out;
#[cfg(unix)]
mod limits;
mod meaningless;
mod merged;
mod merges;
mod mistaken;
#[cfg(unix)]
mod names;
mod old_ways;
mod own;
mod packaging;
mod packed;
mod planted;
mod pre_commit;
#[cfg(unix)]
mod push;
mod refused;
mod reports;
#[cfg(unix)]
mod repositories;
mod revisions;
mod rules;
mod scan;
#[cfg(unix)]
mod secrecy;
mod set_aside;
mod shown_changes;
mod staged;
mod staged_broken;
mod support;
mod suppress;
mod truth;
mod unread;
mod verify_answers;
mod verify_key;
mod verify_requests;
#[cfg(target_os = "linux")]
mod verify_tls;
mod windows;
mod wrapped;
