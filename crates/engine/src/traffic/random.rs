//! Seeded randomness, so that the same request with the same seed always has the same outcome.

/// Computes SplitMix64: a good number for every seed, at low cost.
pub(super) const fn random(seed: u64) -> u64 {
    let seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    seed ^ (seed >> 31)
}

/// Returns a number from 0 up to, but excluding, `end`; 0 if `end` is 0.
///
/// The remainder favours small numbers by less than one in 2^50, for values of `end` as small as weights.
pub(super) const fn below(seed: u64, end: u64) -> u64 {
    match random(seed).checked_rem(end) {
        Some(number) => number,
        None => 0,
    }
}
