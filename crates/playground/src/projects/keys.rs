//! Sets of keys, for lookups.

use mesh_text::sorting;

/// A sorted set of keys; a lookup takes logarithmic time.
pub(super) struct Keys<'k>(Vec<&'k str>);

impl<'k> Keys<'k> {
    pub fn new(keys: impl IntoIterator<Item = &'k (impl AsRef<str> + ?Sized + 'k)>) -> Self {
        let mut keys: Vec<&str> = keys.into_iter().map(AsRef::as_ref).collect();
        sorting::sort(&mut keys);
        Self(keys)
    }

    pub fn has(&self, key: &str) -> bool {
        self.0.binary_search(&key).is_ok()
    }
}
