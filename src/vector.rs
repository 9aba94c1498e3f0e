//! Runs code with the vector instructions that the processor knows, without a line of unsafe code here.

#[cfg(target_arch = "x86_64")]
use std::sync::LazyLock;

#[cfg(target_arch = "x86_64")]
use fearless_simd::{Avx2, Level, Simd};

/// What shows that the processor knows AVX2, if it does. Programs are built for all processors of a kind, and so without.
#[cfg(target_arch = "x86_64")]
static AVX2: LazyLock<Option<Avx2>> = LazyLock::new(|| Level::new().as_avx2());

/// Gives what `work` does, compiled for AVX2 and what came with it (BMI2 above all, whose shifts take one step, not three) where the
/// processor knows it. What is not inlined into `work` is compiled for all processors.
///
/// AVX-512 would be known to some, too: measured, it was slower.
#[inline(always)]
pub(crate) fn fast<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = *AVX2 {
        return avx2.vectorize(work);
    }
    work()
}
