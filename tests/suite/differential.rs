//! The detector against a slow and plain oracle, on random and mutated inputs: what the oracle finds is found, and what is found is
//! there. `examples/differential.rs` does the same on millions of them.

use crate::support::inputs;
use crate::support::oracle::Oracle;

/// Enough for each form in each form, and few enough for a build without optimisation.
const INPUTS: u64 = 4000;

#[test]
fn the_detector_and_the_oracle_agree() {
    let oracle = Oracle::default();
    let mut keys = 0;
    for seed in 0..INPUTS {
        let input = inputs::input(seed);
        keys += oracle.expected(&input).len() as u64;
        assert_eq!(oracle.differences(&input), [""; 0], "seed {seed}: {}", input.escape_ascii());
    }
    assert!(keys > INPUTS / 4, "only {keys} keys were to be found");
}
