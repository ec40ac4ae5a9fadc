//! Keyboard navigation between boxes: boxes are in columns, so arrow keys move within a column or to the next one.

use super::{Graph, GraphBox};

/// Direction of a move from a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the next box above, in the same column.
    Up,
    /// To the next box below, in the same column.
    Down,
    /// To the nearest box of the column before.
    Left,
    /// To the nearest box of the column after.
    Right,
    /// To the first box.
    First,
    /// To the last box.
    Last,
}

impl Direction {
    /// Returns the direction of a key, by the key's name in browsers.
    pub fn of_key(key: &str) -> Option<Self> {
        Some(match key {
            "ArrowUp" => Self::Up,
            "ArrowDown" => Self::Down,
            "ArrowLeft" => Self::Left,
            "ArrowRight" => Self::Right,
            "Home" => Self::First,
            "End" => Self::Last,
            _ => return None,
        })
    }
}

impl Graph {
    /// Returns the index of the nearest box in a direction from the box at an index; `None` if there is none.
    pub fn neighbour(&self, from: usize, direction: Direction) -> Option<usize> {
        match direction {
            Direction::First => return (!self.boxes.is_empty()).then_some(0),
            Direction::Last => return self.boxes.len().checked_sub(1),
            _ => {}
        }
        let start = self.boxes.get(from)?;
        let distances = self.boxes.iter().enumerate().filter_map(|(index, other)| {
            let distance = distance(start, other, direction)?;
            Some((distance, index))
        });
        distances.min().map(|(_, index)| index)
    }

    /// Returns the index of the next box, wrapping around, with a word in its name that starts with a letter: `r`
    /// finds `colorteller-red-vn`. Names of resources are ASCII.
    pub fn named(&self, from: usize, letter: char) -> Option<usize> {
        let count = self.boxes.len();
        (1..=count).map(|step| (from + step) % count).find(|index| {
            self.boxes.get(*index).is_some_and(|shape| {
                let mut words = shape.key.name.split(|letter: char| !letter.is_ascii_alphanumeric());
                words.any(|word| word.starts_with(|first: char| first.eq_ignore_ascii_case(&letter)))
            })
        })
    }
}

/// Returns the distance of a box in a direction, columns before rows; `None` if the box is not in that direction.
fn distance(from: &GraphBox, to: &GraphBox, direction: Direction) -> Option<(i32, i32)> {
    let middle = |shape: &GraphBox| shape.y + shape.height / 2;
    let rise = middle(to) - middle(from);
    let (before, after) = (from.x - (to.x + to.width), to.x - (from.x + from.width));
    let is_in_column = before < 0 && after < 0;
    match direction {
        Direction::Up => (is_in_column && rise < 0).then_some((0, -rise)),
        Direction::Down => (is_in_column && rise > 0).then_some((0, rise)),
        Direction::Left => (before >= 0).then_some((before, rise.abs())),
        Direction::Right => (after >= 0).then_some((after, rise.abs())),
        Direction::First | Direction::Last => None,
    }
}
