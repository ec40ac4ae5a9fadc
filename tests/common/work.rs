//! Measures the work of a function, so that no test depends on the time of day or on the load of the machine.

// No test file uses all of these helpers.
#![allow(dead_code)]

/// The bytes that a function allocates.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// Total number of allocated bytes.
    pub total: u64,
    /// Maximum number of bytes at one time.
    pub most: u64,
}

/// Runs a function and counts the bytes it allocates on this thread.
pub fn made<T>(run: impl FnOnce() -> T) -> (T, Made) {
    let mut result = None;
    let counted = allocation_counter::measure(|| result = Some(run()));
    (result.unwrap(), Made { total: counted.bytes_total, most: counted.bytes_max })
}

/// Returns the processor time of this thread in nanoseconds, if the system reports it.
pub fn processor() -> Option<u64> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    statistics.split(' ').next()?.parse().ok()
}

/// Fails if four times the input takes far more than four times the work, measured in bytes and in processor time.
/// Quadratic work would be sixteen times. Only times of the same run are compared.
#[track_caller]
pub fn check_linear(run: &dyn Fn(usize), small: usize, what: &str) {
    let bytes = |size| made(|| run(size)).1.total;
    let (few, many) = (bytes(small), bytes(4 * small));
    assert!(many < 8 * few + (1 << 20), "{what}: {few} bytes, then {many}");
    let time = |size| {
        let times = (0..3).map(|_| {
            let start = processor()?;
            run(size);
            Some(processor()? - start)
        });
        times.min().flatten()
    };
    let mut seen = Vec::new();
    // Other tests share the caches of the processor, so the comparison has several attempts, and short times are
    // ignored.
    let is_linear = (0..5).any(|_| {
        let (Some(few), Some(many)) = (time(small), time(4 * small)) else { return true };
        seen.push((few, many));
        many < 40_000_000 || many < 9 * few
    });
    assert!(is_linear, "{what}: nanoseconds {seen:?}");
}
