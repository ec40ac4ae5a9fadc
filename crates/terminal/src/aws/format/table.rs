//! Tables for people. Source: the real tool's `formatter.py` and `table.py`, with the 80 columns that it uses if it
//! does not know the terminal, and without its colours.

use mesh_text::data::{Data, Members, sorted, value_in};
use mesh_text::sorting;

/// Maximum width in columns; in a wider table, sections with one row are transposed.
const WIDTH: usize = 80;

/// Formats a value as a table; the result is empty for an empty value.
///
/// # Errors
/// When a row differs in length from the first row of its section, or a list mixes objects with other values.
pub fn printed(title: &str, data: &Data) -> Result<String, String> {
    let mut table = Table::default();
    if !table.build(Some(title), data, 0)? {
        return Ok(String::new());
    }
    let mut width = table.width();
    if width > WIDTH {
        table.sections.iter_mut().for_each(Section::turn);
        width = table.width();
    }
    let mut text = "-".repeat(width);
    text.push('\n');
    for section in &table.sections {
        section.write(width, &mut text);
    }
    Ok(text)
}

#[derive(Default)]
struct Table {
    sections: Vec<Section>,
}

#[derive(Default)]
struct Section {
    title: String,
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
    level: usize,
}

impl Table {
    /// Adds the sections of a value. Returns whether the value is not empty.
    fn build(&mut self, title: Option<&str>, data: &Data, level: usize) -> Result<bool, String> {
        if data.is_empty() || matches!(data, Data::Number(number) if **number == *"0") {
            return Ok(false);
        }
        if let Some(title) = title {
            self.begin(title, level);
        }
        match data {
            Data::List(items) => match items.first() {
                Some(Data::Map(_)) => self.build_list(items, level, title.unwrap_or_default())?,
                _ => {
                    for item in items.iter() {
                        match item {
                            Data::List(inner) if inner.iter().all(Data::is_scalar) => {
                                self.row(inner.iter().map(|item| item.plain(false)).collect())?;
                            }
                            // Python iterates over the names of an object, so the row consists of these.
                            Data::Map(members) => {
                                self.row(members.iter().map(|(name, _)| name.to_string()).collect())?;
                            }
                            Data::List(_) => {
                                self.build(None, item, 0)?;
                            }
                            scalar => self.row(vec![scalar.plain(false)])?,
                        }
                    }
                }
            },
            Data::Map(members) => {
                let names = names(members);
                let sorted = sorted(members);
                let value =
                    |name: &str| value_in(&sorted, name).map(|value| value.plain(false)).unwrap_or_default();
                match &*names.0 {
                    [] => {}
                    [only] => self.row(vec![(*only).to_owned(), value(only)])?,
                    headers => {
                        self.headers(headers)?;
                        self.row(headers.iter().map(|name| value(name)).collect())?;
                    }
                }
                for name in names.1 {
                    if let Some(value) = value_in(&sorted, name) {
                        self.build(Some(name), value, level + 1)?;
                    }
                }
            }
            _ => {}
        }
        Ok(true)
    }

    /// Adds a list of objects: a row for each object, with its nested values below it.
    fn build_list(&mut self, items: &[Data], level: usize, title: &str) -> Result<(), String> {
        let (mut headers, mut more) = (Vec::new(), Vec::new());
        for item in items {
            let Data::Map(members) = item else {
                return Err(match item {
                    Data::Text(_) => "string indices must be integers, not 'str'".to_owned(),
                    Data::List(inner) => {
                        let found = inner.first().map_or("dict", |first| first.python_type(false));
                        ["list indices must be integers or slices, not ", found].concat()
                    }
                    other => ["'", other.python_type(false), "' object is not iterable"].concat(),
                });
            };
            let (scalars, others) = names(members);
            headers.extend(scalars);
            more.extend(others);
        }
        for names in [&mut headers, &mut more] {
            sorting::sort(names);
            names.dedup();
        }
        self.headers(&headers)?;
        for (i, item) in items.iter().enumerate() {
            if i > 0 && !more.is_empty() {
                self.begin(title, level);
                self.headers(&headers)?;
            }
            let sorted = match item {
                Data::Map(members) => sorted(members),
                _ => Vec::new(),
            };
            let value =
                |name: &&str| value_in(&sorted, name).map(|value| value.plain(false)).unwrap_or_default();
            self.row(headers.iter().map(value).collect())?;
            for name in &more {
                if let Some(value) = value_in(&sorted, name) {
                    self.build(Some(name), value, level + 1)?;
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, title: &str, level: usize) {
        self.sections.push(Section { title: title.to_owned(), level, ..Section::default() });
    }

    fn headers(&mut self, headers: &[&str]) -> Result<(), String> {
        if let Some(section) = self.sections.last_mut() {
            // The section already has rows of an outer list; the real tool fails in this case as well.
            if section.rows.first().is_some_and(|first| first.len() < headers.len()) {
                return Err("list index out of range".to_owned());
            }
            section.headers = headers.iter().map(|&header| header.to_owned()).collect();
        }
        Ok(())
    }

    fn row(&mut self, row: Vec<String>) -> Result<(), String> {
        let Some(section) = self.sections.last_mut() else { return Ok(()) };
        let wanted = match section.rows.first() {
            Some(first) => first.len(),
            None if section.headers.is_empty() => row.len(),
            None => section.headers.len(),
        };
        if row.len() != wanted {
            return Err(format!("Row should have {wanted} elements, instead it has {}", row.len()));
        }
        section.rows.push(row);
        Ok(())
    }

    fn width(&self) -> usize {
        let widths = self.sections.iter().map(|section| {
            let cells: usize = section.widths().iter().map(|width| width + 4).sum();
            (cells + 2).max(length(&section.title) + 2) + 2 * section.level
        });
        widths.max().unwrap_or_default()
    }
}

impl Section {
    /// Transposes a section with one row: each column becomes a row.
    fn turn(&mut self) {
        if let ([row], false) = (&*self.rows, self.headers.is_empty()) {
            let pairs = self.headers.iter().zip(row);
            self.rows = pairs.map(|(header, value)| vec![header.clone(), value.clone()]).collect();
            self.headers = Vec::new();
        }
    }

    /// Returns the width of each column: that of its longest text.
    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = Vec::new();
        for row in std::iter::once(&self.headers).chain(&self.rows).filter(|row| !row.is_empty()) {
            for (i, text) in row.iter().enumerate() {
                match widths.get_mut(i) {
                    Some(width) => *width = (*width).max(length(text)),
                    None => widths.push(length(text)),
                }
            }
        }
        widths
    }

    /// Returns the widths of the columns, stretched to fill the line.
    fn stretched(&self, width: usize) -> Vec<usize> {
        let widths: Vec<_> = self.widths().into_iter().map(|width| width + 4).collect();
        let total: usize = widths.iter().sum();
        if total == 0 {
            return Vec::new();
        }
        let mut stretched: Vec<_> = widths.iter().map(|own| rounded(*own, width, total)).collect();
        let mut sum: usize = stretched.iter().sum();
        let count = stretched.len();
        while sum != width {
            for i in 0..count {
                // Excess width is taken from the columns starting at the left; missing width is added starting at the
                // right.
                let place = if sum > width { i } else { count - 1 - i };
                if let Some(own) = stretched.get_mut(place) {
                    if sum > width {
                        *own = own.saturating_sub(1);
                        sum -= 1;
                    } else {
                        *own += 1;
                        sum += 1;
                    }
                }
                if sum == width {
                    break;
                }
            }
        }
        stretched
    }

    fn write(&self, width: usize, text: &mut String) {
        let width = width - 2 * self.level;
        let mut line = |inner: &str| {
            let edge = "|".repeat(self.level);
            text.push_str(&[&edge, inner, &edge, "\n"].concat());
        };
        if !self.title.is_empty() {
            line(&centred(&self.title, width, true));
            if self.headers.is_empty() && self.rows.is_empty() {
                line(&["+", &"-".repeat(width - 2), "+"].concat());
            }
        }
        let widths = self.stretched(width);
        let rule = || {
            let parts = widths.iter().enumerate().map(|(i, width)| {
                let edge = usize::from(i == 0);
                [&"+"[..edge], &"-".repeat(width.saturating_sub(1 + edge)), "+"].concat()
            });
            parts.collect::<String>()
        };
        if !self.headers.is_empty() {
            line(&rule());
            let cells = self.headers.iter().zip(&widths).enumerate();
            line(&cells.map(|(i, (header, width))| centred(header, *width, i == 0)).collect::<String>());
        }
        if self.rows.is_empty() || widths.is_empty() {
            return;
        }
        line(&rule());
        for row in &self.rows {
            let cells = row.iter().zip(&widths).enumerate();
            line(&cells.map(|(i, (value, width))| left(value, *width, i == 0)).collect::<String>());
        }
        line(&rule());
    }
}

/// Returns the names of an object's scalar members and of its other members, each sorted.
fn names(members: &Members) -> (Vec<&str>, Vec<&str>) {
    let (scalars, others): (Vec<_>, Vec<_>) =
        sorted(members).into_iter().partition(|(_, value)| value.is_scalar());
    (
        scalars.into_iter().map(|(name, _)| &**name).collect(),
        others.into_iter().map(|(name, _)| &**name).collect(),
    )
}

/// Computes `width / total * own`, rounded as Python does: half to even.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn rounded(own: usize, width: usize, total: usize) -> usize {
    let exact = width as f64 / total as f64 * own as f64;
    let whole = exact as usize;
    let rest = exact - whole as f64;
    whole + usize::from(rest > 0.5 || rest == 0.5 && whole % 2 == 1)
}

fn centred(text: &str, width: usize, is_first: bool) -> String {
    let edge = usize::from(is_first);
    let before = (width / 2).saturating_sub(length(text) / 2 + 1);
    let after = width.saturating_sub(1 + edge + before + length(text));
    [&"|"[..edge], &" ".repeat(before), text, &" ".repeat(after), "|"].concat()
}

fn left(text: &str, width: usize, is_first: bool) -> String {
    let edge = usize::from(is_first);
    let padding = if width >= length(text) + 3 + edge { 2 } else { 0 };
    let after = width.saturating_sub(edge + padding + length(text) + 1);
    [&"|"[..edge], &" ".repeat(padding), text, &" ".repeat(after), "|"].concat()
}

/// Returns the number of columns that a string takes; characters that Unicode classifies as wide, full or ambiguous
/// take two.
fn length(text: &str) -> usize {
    /// Ranges of characters that are not narrow, limited to those that are likely in names and tags.
    const WIDE: &[(u32, u32)] = &[
        (0xa1, 0xa1),
        (0xa4, 0xa4),
        (0xa7, 0xa8),
        (0xaa, 0xaa),
        (0xad, 0xae),
        (0xb0, 0xb4),
        (0xb6, 0xba),
        (0xbc, 0xbf),
        (0xc6, 0xc6),
        (0xd0, 0xd0),
        (0xd7, 0xd8),
        (0xde, 0xe1),
        (0xe6, 0xe6),
        (0xe8, 0xea),
        (0xec, 0xed),
        (0xf0, 0xf0),
        (0xf2, 0xf3),
        (0xf7, 0xfa),
        (0xfc, 0xfc),
        (0xfe, 0xfe),
        (0x391, 0x3a9),
        (0x3b1, 0x3c9),
        (0x401, 0x401),
        (0x410, 0x44f),
        (0x1100, 0x115f),
        (0x2013, 0x2016),
        (0x2018, 0x201d),
        (0x2020, 0x2022),
        (0x2024, 0x2027),
        (0x2e80, 0xa4cf),
        (0xac00, 0xd7a3),
        (0xe000, 0xfaff),
        (0xfe30, 0xfe6f),
        (0xff01, 0xff60),
        (0xffe0, 0xffe6),
        (0x1f300, 0x1f64f),
        (0x1f900, 0x1f9ff),
        (0x20000, 0x3fffd),
    ];
    let width = |c: char| {
        let code = c as u32;
        1 + usize::from(code > 0xa0 && WIDE.iter().any(|(first, last)| (*first..=*last).contains(&code)))
    };
    text.chars().map(width).sum()
}
