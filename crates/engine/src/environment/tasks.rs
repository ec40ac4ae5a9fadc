//! Tasks by name, which are found by address as fast as by name.

use std::{cell::OnceCell, net::IpAddr, rc::Rc};

use litemap::LiteMap;
use mesh_text::sorting;

use super::Task;

/// Addresses with their tasks.
type Index = Vec<(IpAddr, Rc<str>, Rc<Task>)>;

/// Tasks by name, with an index of their addresses that is built on first use.
///
/// With the index, finding the tasks behind all nodes of a mesh takes time proportional to the number of nodes, not
/// to its square.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    by_name: LiteMap<Rc<str>, Rc<Task>>,
    /// INVARIANT: empty, or an index of the present tasks, sorted by address, then by name.
    by_address: OnceCell<Rc<Index>>,
}

impl Tasks {
    /// Returns the task with this name.
    pub fn get(&self, name: &str) -> Option<&Rc<Task>> {
        self.by_name.get(name)
    }

    /// Returns the task with this name, for modification.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Rc<Task>> {
        self.by_address = OnceCell::new();
        self.by_name.get_mut(name)
    }

    /// Returns whether there is a task with this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Inserts a task, and replaces one of the same name.
    pub fn insert(&mut self, name: Rc<str>, task: Rc<Task>) {
        match self.by_address.get_mut() {
            // A new task is added to the index, so that many insertions with lookups in between are fast.
            Some(index) if !self.by_name.contains_key(&name) => {
                for address in task.addresses() {
                    let place = index.partition_point(|(known, by, _)| (known, by) < (&address, &name));
                    Rc::make_mut(index).insert(place, (address, name.clone(), task.clone()));
                }
            }
            _ => self.by_address = OnceCell::new(),
        }
        self.by_name.insert(name, task);
    }

    /// Inserts a task, unless there is one of the same name.
    pub fn try_insert(&mut self, name: Rc<str>, task: Rc<Task>) {
        if !self.contains_key(&name) {
            self.insert(name, task);
        }
    }

    /// Removes all tasks.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Returns the number of tasks.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Returns whether there are no tasks.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Returns all tasks, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Rc<Task>)> {
        self.by_name.iter()
    }

    /// Returns the task at an address; of several, the first by name.
    pub fn at(&self, address: IpAddr) -> Option<(&Rc<str>, &Rc<Task>)> {
        let index = self.by_address.get_or_init(|| self.index());
        let place = index.partition_point(|(known, ..)| *known < address);
        let (_, name, task) = index.get(place).filter(|(known, ..)| *known == address)?;
        Some((name, task))
    }

    fn index(&self) -> Rc<Index> {
        let tasks = self.by_name.iter();
        let mut index: Index = tasks
            .flat_map(|(name, task)| task.addresses().map(|address| (address, name.clone(), task.clone())))
            .collect();
        // The sort is stable, and the tasks are already sorted by name.
        sorting::sort_by_key(&mut index, |(address, ..)| *address);
        Rc::new(index)
    }
}

impl PartialEq for Tasks {
    fn eq(&self, other: &Self) -> bool {
        self.by_name == other.by_name
    }
}

impl Eq for Tasks {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Families;

    #[test]
    #[allow(clippy::unwrap_used)] // A test may panic.
    fn a_task_is_found_at_its_present_addresses() {
        let task = |ipv4: &str, ipv6: Option<&str>| {
            Rc::new(Task {
                ipv6: ipv6.map(|text| text.parse().unwrap()),
                ..Task::new(Some(ipv4.parse().unwrap()), None, Families::BOTH)
            })
        };
        let mut tasks = Tasks::default();
        tasks.insert("b".into(), task("10.0.0.1", Some("2001:db8::1")));
        tasks.insert("a".into(), task("10.0.0.2", None));
        let at = |tasks: &Tasks, address: &str| {
            tasks.at(address.parse().unwrap()).map(|(name, _)| name.to_string())
        };
        for (address, expected) in
            [("10.0.0.1", Some("b")), ("2001:db8::1", Some("b")), ("10.0.0.2", Some("a")), ("10.0.0.3", None)]
        {
            assert_eq!(at(&tasks, address).as_deref(), expected, "{address}");
        }
        // Two tasks at one address: the first by name is found. A change takes effect at once.
        tasks.insert("c".into(), task("10.0.0.2", None));
        assert_eq!(at(&tasks, "10.0.0.2").as_deref(), Some("a"));
        tasks.insert("aa".into(), task("10.0.0.8", None));
        assert_eq!(at(&tasks, "10.0.0.8").as_deref(), Some("aa"));
        tasks.insert("aa".into(), task("10.0.0.7", None));
        assert_eq!((at(&tasks, "10.0.0.8"), at(&tasks, "10.0.0.7").as_deref()), (None, Some("aa")));
        Rc::make_mut(tasks.get_mut("a").unwrap()).ipv4 = Some("10.0.0.9".parse().unwrap());
        assert_eq!(at(&tasks, "10.0.0.2").as_deref(), Some("c"));
        assert_eq!(at(&tasks, "10.0.0.9").as_deref(), Some("a"));
        tasks.clear();
        assert_eq!((at(&tasks, "10.0.0.9"), tasks.is_empty()), (None, true));
    }
}
