//! The file system of a terminal: files and folders in memory, by absolute path, and the working folder.
//!
//! It is independent of the shell. Paths are as typed: relative to the working folder unless they begin with `/`.

use std::fmt;

use litemap::LiteMap;
use mesh_text::sorting;

/// The home folder, where a terminal starts.
pub(super) const HOME: &str = "/home/playground";
/// Maximum total size of all files in bytes, including the overhead of each entry.
pub(super) const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Folders that always exist.
const BUILT_IN: [&str; 9] = ["/", "/bin", "/dev", "/etc", "/home", HOME, "/tmp", "/usr", "/usr/bin"];
/// The content of `/dev/null`.
static NOTHING: String = String::new();

/// Reason why a file operation fails; displays as the message of the C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// No file or folder has this path.
    Missing,
    /// A folder has this path.
    Folder,
    /// A part of the path is a file.
    NotFolder,
    /// A file or folder already has this path.
    Exists,
    /// The folder is not empty.
    NotEmpty,
    /// The path is too long.
    TooLong,
    /// The total size would exceed the limit.
    NoSpace,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "No such file or directory",
            Self::Folder => "Is a directory",
            Self::NotFolder => "Not a directory",
            Self::Exists => "File exists",
            Self::NotEmpty => "Directory not empty",
            Self::TooLong => "File name too long",
            Self::NoSpace => "No space left on device",
        })
    }
}

/// An entry of the file system: file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Folder,
    File { text: String, is_executable: bool },
}

/// The small file system of a terminal.
///
/// ```
/// use mesh_terminal::Files;
/// let mut files = Files::new();
/// files.insert("mesh/mesh.json".to_owned(), "{}".to_owned());
/// assert_eq!(files.get("./mesh/../mesh/mesh.json").map(String::as_str), Some("{}"));
/// assert_eq!(files.get("/home/playground/mesh/mesh.json").map(String::as_str), Some("{}"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    entries: LiteMap<String, Entry>,
    /// The working folder; empty for [`HOME`].
    folder: String,
    /// The total size of the entries in bytes, overhead included.
    size: usize,
}

/// Returns the overhead of an entry in bytes, without its content.
fn cost(path: &str) -> usize {
    path.len() + 32
}

/// Returns the parent folder of a normalised absolute path.
fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    }
}

impl Files {
    /// Creates a file system without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the working folder as an absolute path.
    pub fn folder(&self) -> &str {
        if self.folder.is_empty() { HOME } else { &self.folder }
    }

    /// Converts a path to an absolute path without `.`, `..` and double slashes.
    pub fn absolute(&self, path: &str) -> String {
        let start = if path.starts_with('/') { "" } else { self.folder() };
        let mut parts: Vec<&str> = Vec::new();
        for part in start.split('/').chain(path.split('/')) {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        ["/", &parts.join("/")].concat()
    }

    /// Returns the content of a file.
    pub fn get(&self, path: &str) -> Option<&String> {
        // A path that ends with a slash names a folder.
        if path.is_empty() || path.ends_with('/') {
            return None;
        }
        let path = self.absolute(path);
        match self.entries.get(&path) {
            Some(Entry::File { text, .. }) => Some(text),
            None if path == "/dev/null" => Some(&NOTHING),
            _ => None,
        }
    }

    /// Returns the reason why a path cannot be read as a file.
    pub fn why_not(&self, path: &str) -> FileError {
        if self.is_folder(path) { FileError::Folder } else { FileError::Missing }
    }

    /// Returns whether a path names a folder.
    pub fn is_folder(&self, path: &str) -> bool {
        !path.is_empty() && self.has_folder(&self.absolute(path))
    }

    fn has_folder(&self, path: &str) -> bool {
        BUILT_IN.contains(&path) || matches!(self.entries.get(path), Some(Entry::Folder))
    }

    /// Returns whether a file may be run by its path.
    pub fn is_executable(&self, path: &str) -> bool {
        matches!(self.entries.get(&self.absolute(path)), Some(Entry::File { is_executable: true, .. }))
    }

    /// Sets or clears the executable bit of a file.
    pub fn set_executable(&mut self, path: &str, may_run: bool) {
        if let Some(Entry::File { is_executable, .. }) = self.entries.get_mut(&self.absolute(path)) {
            *is_executable = may_run;
        }
    }

    /// Writes a file from outside the shell, without a size limit. Creates its parent folders, and makes the file
    /// executable if its content begins with `#!`. Returns the previous content.
    pub fn insert(&mut self, path: String, text: String) -> Option<String> {
        let before = self.get(&path).cloned();
        let folder = parent(&self.absolute(&path)).to_owned();
        let is_script = text.starts_with("#!");
        if self.make_folder(&folder, true).is_ok()
            && self.write_within(usize::MAX, &path, &text, false).is_ok()
            && is_script
        {
            self.set_executable(&path, true);
        }
        before
    }

    /// Writes or appends to a file. Its folder must exist.
    ///
    /// # Errors
    /// The reason why it cannot be written; then nothing changes.
    pub fn write(&mut self, path: &str, text: &str, is_appended: bool) -> Result<(), FileError> {
        self.write_within(MOST_BYTES, path, text, is_appended)
    }

    fn write_within(
        &mut self,
        most: usize,
        path: &str,
        text: &str,
        is_appended: bool,
    ) -> Result<(), FileError> {
        let name = self.absolute(path);
        if path.is_empty() || (path.ends_with('/') && !self.has_folder(&name)) {
            return Err(FileError::Missing);
        }
        match name.as_str() {
            "/dev/null" => return Ok(()),
            _ if self.has_folder(&name) => return Err(FileError::Folder),
            _ if name.len() > 4_000 => return Err(FileError::TooLong),
            _ => self.expects_folder(parent(&name))?,
        }
        let before = match self.entries.get(&name) {
            Some(Entry::File { text, .. }) => text.len() + cost(&name),
            _ => 0,
        };
        let kept = if is_appended { before } else { before.min(cost(&name)) };
        let after = kept.max(cost(&name)) + text.len();
        if self.size - before + after > most {
            return Err(FileError::NoSpace);
        }
        self.size = self.size - before + after;
        match self.entries.get_mut(&name) {
            Some(Entry::File { text: known, .. }) => {
                known.truncate(if is_appended { known.len() } else { 0 });
                known.push_str(text);
            }
            _ => {
                let file = Entry::File { text: text.to_owned(), is_executable: false };
                self.entries.insert(name, file);
            }
        }
        Ok(())
    }

    fn expects_folder(&self, folder: &str) -> Result<(), FileError> {
        let mut place = folder;
        while !self.has_folder(place) {
            if self.entries.contains_key(place) {
                return Err(FileError::NotFolder);
            }
            place = parent(place);
        }
        if place == folder { Ok(()) } else { Err(FileError::Missing) }
    }

    /// Creates a folder; `and_above` also creates its parents and accepts an existing folder, like `mkdir -p`.
    ///
    /// # Errors
    /// The reason why it cannot be created.
    pub fn make_folder(&mut self, path: &str, and_above: bool) -> Result<(), FileError> {
        let name = self.absolute(path);
        match () {
            () if path.is_empty() => return Err(FileError::Missing),
            () if name.len() > 4_000 => return Err(FileError::TooLong),
            () if self.has_folder(&name) => return if and_above { Ok(()) } else { Err(FileError::Exists) },
            () if self.entries.contains_key(&name) => return Err(FileError::Exists),
            () if !and_above => self.expects_folder(parent(&name))?,
            () => {}
        }
        let mut missing = vec![&*name];
        let mut place = parent(&name);
        while !self.has_folder(place) {
            if self.entries.contains_key(place) {
                return Err(FileError::NotFolder);
            }
            missing.push(place);
            place = parent(place);
        }
        let more: usize = missing.iter().map(|path| cost(path)).sum();
        if self.size + more > MOST_BYTES {
            return Err(FileError::NoSpace);
        }
        self.size += more;
        for path in missing.into_iter().map(str::to_owned) {
            self.entries.insert(path, Entry::Folder);
        }
        Ok(())
    }

    /// Removes a file and returns its content.
    pub fn remove(&mut self, path: &str) -> Option<String> {
        self.get(path)?;
        let name = self.absolute(path);
        match self.entries.remove(&name)? {
            Entry::File { text, .. } => {
                self.size -= text.len() + cost(&name);
                Some(text)
            }
            // INVARIANT: `get` found a file.
            Entry::Folder => None,
        }
    }

    /// Removes a folder; with `and_below`, also its contents.
    ///
    /// # Errors
    /// The reason why it cannot be removed.
    pub fn remove_folder(&mut self, path: &str, and_below: bool) -> Result<(), FileError> {
        let name = self.absolute(path);
        if !self.has_folder(&name) {
            let is_there = self.entries.contains_key(&name);
            return Err(if is_there { FileError::NotFolder } else { FileError::Missing });
        }
        let inside = [name.trim_end_matches('/'), "/"].concat();
        if !and_below && self.entries.keys().any(|path| path.starts_with(&inside)) {
            return Err(FileError::NotEmpty);
        }
        let mut freed = 0;
        self.entries.retain(|path, entry| {
            let goes = *path == name || path.starts_with(&inside);
            let text = if let Entry::File { text, .. } = entry { text.len() } else { 0 };
            freed += if goes { text + cost(path) } else { 0 };
            !goes
        });
        self.size -= freed;
        Ok(())
    }

    /// Changes the working folder.
    ///
    /// # Errors
    /// The reason why it cannot become the working folder.
    pub fn enter(&mut self, path: &str) -> Result<(), FileError> {
        let name = self.absolute(path);
        match self.entries.get(&name) {
            _ if self.has_folder(&name) => self.folder = name,
            Some(_) => return Err(FileError::NotFolder),
            None => return Err(FileError::Missing),
        }
        Ok(())
    }

    /// Returns the names in a folder, in order, each with whether it is a folder.
    pub fn children(&self, folder: &str) -> Vec<(&str, bool)> {
        let inside = [self.absolute(folder).trim_end_matches('/'), "/"].concat();
        let built_in = BUILT_IN.iter().map(|path| (*path, true));
        let made = self.entries.iter().map(|(path, entry)| (path.as_str(), *entry == Entry::Folder));
        let mut found: Vec<_> = built_in
            .chain(made)
            .filter_map(|(path, is_folder)| Some((path.strip_prefix(&*inside)?, is_folder)))
            .filter(|(name, _)| !name.is_empty() && !name.contains('/'))
            .collect();
        sorting::sort(&mut found);
        found.dedup();
        found
    }

    /// Returns all files with their contents, in order: those below the working folder by their relative paths, others
    /// by their absolute paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &String)> {
        let inside = [self.folder().trim_end_matches('/'), "/"].concat();
        self.entries.iter().filter_map(move |(path, entry)| match entry {
            Entry::File { text, .. } => Some((path.strip_prefix(&*inside).unwrap_or(path), text)),
            Entry::Folder => None,
        })
    }

    /// Returns the names of all files, as in [`iter`](Self::iter).
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    /// Returns the number of entries.
    pub(super) fn count(&self) -> usize {
        self.entries.len()
    }
}

impl FromIterator<(String, String)> for Files {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(texts: T) -> Self {
        let mut files = Self::new();
        for (path, text) in texts {
            files.insert(path, text);
        }
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that the stored size equals the actual size.
    #[track_caller]
    fn check_size(files: &Files) {
        let texts: usize = files.iter().map(|(_, text)| text.len()).sum();
        let paths: usize = files.entries.keys().map(|path| cost(path)).sum();
        assert_eq!(files.size, texts + paths);
    }

    #[test]
    fn folders_hold_files() {
        let mut files = Files::new();
        assert_eq!(files.write("d/f", "a", false), Err(FileError::Missing));
        assert_eq!(files.make_folder("d/e", false), Err(FileError::Missing));
        assert_eq!(files.make_folder("d/e", true), Ok(()));
        assert_eq!(files.make_folder("d", false), Err(FileError::Exists));
        assert_eq!(files.write("d/f", "a", false), Ok(()));
        assert_eq!(files.write("d/f", "b", true), Ok(()));
        check_size(&files);
        assert_eq!(files.get("d//f").map(String::as_str), Some("ab"));
        assert_eq!(files.write("d", "a", false), Err(FileError::Folder));
        assert_eq!(files.write("d/f/g", "a", false), Err(FileError::NotFolder));
        assert_eq!(files.make_folder("d/f/g", true), Err(FileError::NotFolder));
        assert_eq!(files.children("d"), [("e", true), ("f", false)]);
        assert_eq!(files.enter("d/f"), Err(FileError::NotFolder));
        assert_eq!(files.enter("d/x"), Err(FileError::Missing));
        assert_eq!(files.enter("d/e"), Ok(()));
        assert_eq!(files.get("../f").map(String::as_str), Some("ab"));
        assert_eq!(files.folder(), "/home/playground/d/e");
        assert_eq!(files.remove_folder("..", false), Err(FileError::NotEmpty));
        assert_eq!(files.remove_folder("/home/playground/d", true), Ok(()));
        check_size(&files);
        assert_eq!((files.count(), files.size), (0, 0));
    }

    #[test]
    fn all_files_together_are_bounded() {
        let mut files = Files::new();
        let large = "x".repeat(MOST_BYTES / 2);
        assert_eq!(files.write("a", &large, false), Ok(()));
        assert_eq!(files.write("b", &large, false), Err(FileError::NoSpace));
        assert_eq!(files.write("a", &large, true), Err(FileError::NoSpace));
        assert_eq!(files.write("a", &large, false), Ok(()));
        assert_eq!(files.make_folder(&"d/".repeat(1_900), true), Err(FileError::NoSpace));
        assert_eq!(files.write(&"n".repeat(5_000), "", false), Err(FileError::TooLong));
        check_size(&files);
    }
}
