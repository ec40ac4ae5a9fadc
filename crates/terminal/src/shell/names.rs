//! Variables: strings, arrays and their attributes.

use app_mesh_engine::model::TextMap;
use litemap::LiteMap;
use playground_core::store;

use super::{refs, run::Shell};

/// Attribute: exported to child processes.
pub const EXPORTED: u8 = 1;
/// Attribute: read-only.
pub const READONLY: u8 = 2;
/// Attribute: assigned values are evaluated as arithmetic.
pub const INTEGER: u8 = 4;
/// Attribute: assigned values become upper case.
pub const UPPER: u8 = 8;
/// Attribute: assigned values become lower case.
pub const LOWER: u8 = 16;

/// Maximum nesting of expressions within array indices.
const DEEPEST_NUMBER: u32 = 8;

/// An indexed or associative array.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Array {
    /// Whether it is associative.
    pub is_map: bool,
    /// Its elements in order; see [`key`].
    pub items: LiteMap<(u64, String), String>,
}

/// Returns the sort key of an element: its number, or for a name its bucket in bash's hash table, so that names are
/// in bash's order.
pub fn key(is_map: bool, index: &str) -> (u64, String) {
    if !is_map {
        return (index.parse().unwrap_or(0), String::new());
    }
    let hash =
        index.bytes().fold(2_166_136_261_u32, |hash, byte| hash.wrapping_mul(16_777_619) ^ u32::from(byte));
    (u64::from(hash & 1023), index.to_owned())
}

/// The variables of a shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Strings, by name.
    pub texts: TextMap,
    /// Arrays, by name. No name is both a string and an array.
    pub arrays: LiteMap<String, Array>,
    /// Attributes as bits, by name.
    pub marks: LiteMap<String, u8>,
    /// The targets of name references, by name: `declare -n`.
    pub refs: LiteMap<String, String>,
    /// Whether they are those of a pod, which has no login shell.
    pub is_of_pod: bool,
}

/// A saved variable, to be restored later.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    text: Option<String>,
    array: Option<Array>,
    target: Option<String>,
    marks: u8,
}

impl Names {
    /// Returns the attributes of a variable. Variables of a login shell are exported by default.
    pub fn marks(&self, name: &str) -> u8 {
        let is_given =
            || name.starts_with("AWS_") || name.starts_with("APPMESH_") || super::special::is_login(name);
        self.marks.get(name).copied().unwrap_or_else(|| if is_given() { EXPORTED } else { 0 })
    }

    /// Sets or clears attributes of a variable.
    pub fn mark(&mut self, name: &str, marks: u8, is_set: bool) {
        let before = self.marks(name);
        self.marks.insert(name.to_owned(), if is_set { before | marks } else { before & !marks });
    }

    /// Returns whether a variable is set.
    pub fn has(&self, name: &str) -> bool {
        self.texts.contains_key(name) || self.arrays.contains_key(name)
    }

    /// Removes a variable and returns its saved state.
    pub fn take(&mut self, name: &str) -> Saved {
        let marks = self.marks.remove(name).unwrap_or_default();
        let target = self.refs.remove(name);
        Saved { text: self.texts.remove(name), array: self.arrays.remove(name), target, marks }
    }

    /// Returns the current state of a variable.
    pub fn saved(&self, name: &str) -> Saved {
        let marks = self.marks.get(name).copied().unwrap_or_default();
        let target = self.refs.get(name).cloned();
        Saved { text: self.texts.get(name).cloned(), array: self.arrays.get(name).cloned(), target, marks }
    }

    /// Restores a variable.
    pub fn put_back(&mut self, name: &str, saved: Saved) {
        drop(self.take(name));
        if let Some(text) = saved.text {
            self.texts.insert(name.to_owned(), text);
        }
        if let Some(array) = saved.array {
            self.arrays.insert(name.to_owned(), array);
        }
        if let Some(target) = saved.target {
            self.refs.insert(name.to_owned(), target);
        }
        if saved.marks != 0 {
            self.marks.insert(name.to_owned(), saved.marks);
        }
    }

    /// Returns the size of all variables in bytes, with an overhead for each.
    pub fn size(&self) -> usize {
        let texts: usize = self.texts.iter().map(|(name, value)| name.len() + value.len() + 64).sum();
        let items = |array: &Array| {
            array.items.iter().map(|(key, value)| key.1.len() + value.len() + 64).sum::<usize>()
        };
        let arrays: usize = self.arrays.iter().map(|(name, array)| name.len() + items(array) + 64).sum();
        let refs: usize = self.refs.iter().map(|(name, target)| name.len() + target.len() + 64).sum();
        texts + arrays + refs + self.marks.len() * 32
    }

    /// Returns the exported variables that are set.
    pub fn exported_own(&self) -> TextMap {
        let own = self.texts.iter().filter(|(name, _)| self.marks(name) & EXPORTED != 0);
        own.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Returns the attributes of the exported variables.
    pub fn exported_marks(&self) -> LiteMap<String, u8> {
        let marks = self.marks.iter().filter(|(_, marks)| **marks & EXPORTED != 0);
        marks.map(|(name, _)| (name.clone(), EXPORTED)).collect()
    }

    /// Returns the exported variables, including those of a login shell, in order.
    pub fn exported(&self) -> TextMap {
        let mut exported = TextMap::new();
        for name in super::special::LOGIN.into_iter().filter(|_| !self.is_of_pod) {
            exported.insert(name.to_owned(), super::special::login(name));
        }
        for (name, value) in self.texts.iter().filter(|(name, _)| self.marks(name) & EXPORTED != 0) {
            exported.insert(name.clone(), value.clone());
        }
        exported
    }
}

impl Shell<'_> {
    /// Sets a variable, or the first element of an array; returns whether it succeeded. `AWS_PROFILE` also selects the
    /// acting account, except in a subshell.
    pub fn sets(&mut self, name: &str, value: String) -> bool {
        let real = self.real(name);
        let name = match refs::split(&real) {
            (name, Some(index)) => return self.sets_element(name, index, value, false),
            // A reference without a target gets one.
            (name, None) if self.names.refs.contains_key(name) => {
                return self.refers("declare", name, &value);
            }
            (name, None) => name,
        };
        let Some(value) = self.marked(name, value) else { return false };
        if name == "AWS_PROFILE"
            && self.subshells == 0
            && let Ok(account) = value.parse()
            && account != self.playground.world().account
            && self.playground.world().accounts.contains(&account)
        {
            self.playground.run(store::Command::SwitchAccount(account));
        }
        if super::special::sets(self, name, &value) {
            return true;
        }
        match self.names.arrays.get_mut(name) {
            Some(array) => drop(array.items.insert(key(array.is_map, "0"), value)),
            None => drop(self.names.texts.insert(name.to_owned(), value)),
        }
        if self.options.exports_all {
            self.names.mark(name, EXPORTED, true);
        }
        true
    }

    /// Applies the attributes of a variable to a value. If the variable cannot be set, prints an error and returns
    /// `None`.
    fn marked(&mut self, name: &str, value: String) -> Option<String> {
        let marks = self.names.marks(name);
        if marks & READONLY != 0 {
            self.fail(&[name, ": readonly variable"].concat());
            return None;
        }
        Some(match marks {
            _ if marks & INTEGER != 0 => self.number(&value)?.to_string(),
            _ if marks & UPPER != 0 => value.to_uppercase(),
            _ if marks & LOWER != 0 => value.to_lowercase(),
            _ => value,
        })
    }

    /// Returns a variable as an array; a string becomes the first element of a new array.
    pub fn array(&mut self, name: &str, is_map: bool) -> &mut Array {
        let real = self.real(name);
        let (name, _) = refs::split(&real);
        if !self.names.arrays.contains_key(name) {
            let mut array = Array { is_map, ..Array::default() };
            if let Some(text) = self.names.texts.remove(name) {
                array.items.insert(key(is_map, "0"), text);
            }
            self.names.arrays.insert(name.to_owned(), array);
        }
        // INVARIANT: the array exists here.
        self.names.arrays.entry(name.to_owned()).or_default()
    }

    /// Evaluates the index in brackets. If it is invalid, prints an error and returns `None`.
    pub fn index(&mut self, name: &str, written: &str) -> Option<String> {
        let real = self.real(name);
        let (name, _) = refs::split(&real);
        if self.names.arrays.get(name).is_some_and(|array| array.is_map) {
            return Some(written.to_owned());
        }
        let number = self.number(written)?;
        if number >= 0 {
            return Some(number.to_string());
        }
        let end = match self.names.arrays.get(name) {
            Some(array) => array.items.last().map_or(0, |((place, _), _)| place + 1),
            None => u64::from(self.names.has(name)),
        };
        match end.checked_sub(number.unsigned_abs()) {
            Some(place) => Some(place.to_string()),
            None => {
                self.fail(&[name, "[", written, "]: bad array subscript"].concat());
                None
            }
        }
    }

    /// Sets an element of an array; returns whether it succeeded.
    pub fn sets_element(&mut self, name: &str, written: &str, value: String, is_added: bool) -> bool {
        let real = self.real(name);
        let (name, _) = refs::split(&real);
        let Some(index) = self.index(name, written) else { return false };
        let Some(value) = self.marked(name, value) else { return false };
        if !self.copies(value.len() + 64) {
            return false;
        }
        let array = self.array(name, false);
        let key = key(array.is_map, &index);
        let before = if is_added { array.items.remove(&key).unwrap_or_default() } else { String::new() };
        array.items.insert(key, before + &value);
        true
    }

    /// Returns the value of a variable, if it is set; for an array, the value of its first element.
    pub fn value(&mut self, name: &str) -> Option<String> {
        let real = self.real(name);
        let name = match refs::split(&real) {
            (name, Some(index)) if *name != *real => return self.element(name, index),
            (name, _) => name,
        };
        if let Some(text) = self.names.texts.get(name) {
            return Some(text.clone());
        }
        if let Some(array) = self.names.arrays.get(name) {
            return array.items.get(&key(array.is_map, "0")).cloned();
        }
        super::special::value(self, name)
    }

    /// Returns the value of an element, if it is set.
    pub fn element(&mut self, name: &str, written: &str) -> Option<String> {
        let real = self.real(name);
        let (name, _) = refs::split(&real);
        let index = self.index(name, written)?;
        if let Some(array) = self.names.arrays.get(name) {
            return array.items.get(&key(array.is_map, &index)).cloned();
        }
        if let Some(items) = super::special::array(self, name) {
            return items.get(index.parse::<usize>().ok()?).cloned();
        }
        if index == "0" { self.value(name) } else { None }
    }

    /// Returns all elements with their indices; a string is an array of one element.
    pub fn elements(&mut self, name: &str) -> Vec<(String, String)> {
        if matches!(name, "@" | "*") {
            let numbered = self.arguments.iter().zip(1u32..);
            return numbered.map(|(word, place)| (place.to_string(), word.clone())).collect();
        }
        let real = self.real(name);
        let (name, _) = refs::split(&real);
        if let Some(array) = self.names.arrays.get(name) {
            let index = |key: &(u64, String)| if array.is_map { key.1.clone() } else { key.0.to_string() };
            return array.items.iter().map(|(key, value)| (index(key), value.clone())).collect();
        }
        if let Some(items) = super::special::array(self, name) {
            return items.into_iter().zip(0u32..).map(|(value, place)| (place.to_string(), value)).collect();
        }
        self.value(name).map(|value| ("0".to_owned(), value)).into_iter().collect()
    }

    /// Returns the size of a variable in bytes, to charge a copy to the budget before it is made.
    pub fn weight(&self, name: &str) -> usize {
        if matches!(name, "@" | "*") {
            return self.arguments.iter().map(|word| word.len() + 32).sum();
        }
        let array = self
            .names
            .arrays
            .get(name)
            .map_or(0, |array| array.items.values().map(|value| value.len() + 48).sum::<usize>());
        array + self.names.texts.get(name).map_or(0, String::len)
    }

    /// Evaluates an arithmetic expression. If it is invalid, prints an error and returns `None`.
    pub fn number(&mut self, text: &str) -> Option<i64> {
        // The charge covers the lookup of each name.
        if text.trim().is_empty() || !self.copies(16 * text.len()) {
            return Some(0);
        }
        // An index is itself an expression and may contain further ones.
        if self.numbers >= DEEPEST_NUMBER {
            self.fail(&[text, ": expression recursion level exceeded"].concat());
            return None;
        }
        self.numbers += 1;
        let reckoned = super::number::value(text, self);
        self.numbers -= 1;
        match reckoned {
            Ok(number) => Some(number),
            Err(why) => {
                self.fail(&[text, ": ", why].concat());
                None
            }
        }
    }
}
