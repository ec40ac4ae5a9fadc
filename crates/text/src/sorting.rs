//! Sorting that is compiled once.
//!
//! The standard library's sort is compiled for each type and each order: 5 kB of WebAssembly every time, 200 kB in all.
//! These functions sort positions by one copy of it, and then move the items.

use std::cmp::Ordering;

/// Sorts in ascending order; equal items keep their order.
///
/// ```
/// let mut names = vec!["red", "blue"];
/// mesh_text::sorting::sort(&mut names);
/// assert_eq!(names, ["blue", "red"]);
/// ```
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// Sorts by a comparison; equal items keep their order.
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let ranks = ranks(items.len(), &mut |a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    arrange(ranks, &mut |a, b| items.swap(a, b));
}

/// Sorts by a key that is computed for each comparison; items with equal keys keep their order.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts by a key that is computed once for each item; items with equal keys keep their order.
pub fn sort_by_cached_key<T, K: Ord>(items: &mut [T], key: impl FnMut(&T) -> K) {
    let keys: Vec<K> = items.iter().map(key).collect();
    let ranks = ranks(items.len(), &mut |a, b| keys.get(a).cmp(&keys.get(b)));
    arrange(ranks, &mut |a, b| items.swap(a, b));
}

/// Returns, for each position, the position of its item after sorting.
fn ranks(length: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut sorted: Vec<usize> = (0..length).collect();
    sorted.sort_by(|a, b| compare(*a, *b));
    let mut ranks = vec![0; length];
    for (rank, position) in sorted.into_iter().enumerate() {
        if let Some(place) = ranks.get_mut(position) {
            *place = rank;
        }
    }
    ranks
}

/// Moves each item to its rank. Each swap moves at least one item to its rank, so there are fewer swaps than items.
fn arrange(mut ranks: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for position in 0..ranks.len() {
        while let Some(rank) = ranks.get(position).copied().filter(|rank| *rank != position) {
            swap(position, rank);
            ranks.swap(position, rank);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_order_of_the_standard_library(items in prop::collection::vec((0_u8..20, any::<u16>()), 0..200)) {
            let mut expected = items.clone();
            expected.sort();
            let mut sorted = items.clone();
            sort(&mut sorted);
            prop_assert_eq!(&sorted, &expected);

            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            let mut sorted = items.clone();
            sort_by_key(&mut sorted, |(key, _)| *key);
            prop_assert_eq!(&sorted, &expected, "equal keys keep their order");
            let mut sorted = items;
            sort_by_cached_key(&mut sorted, |(key, _)| *key);
            prop_assert_eq!(&sorted, &expected);
        }
    }
}
