//! Parameter expansion: `${…}`.

use mesh_text::sorting;

use super::{
    expand::Chunk,
    glob::{self, Glyph},
    names,
    run::{Shell, Stop},
    syntax::{Change, Default, Index, Part, Word},
};

/// The values of a variable.
enum Values {
    /// One, if it is set.
    One(Option<String>),
    /// The values of an array; `true` joins them.
    All(Vec<String>, bool),
}

impl Shell<'_> {
    /// Appends the expansion of a variable.
    pub fn variable(
        &mut self,
        name: &str,
        index: &Index,
        is_indirect: bool,
        change: &Change,
        is_quoted: bool,
        chunks: &mut Vec<Chunk>,
    ) {
        if !matches!(change, Change::Names)
            && let Some((name, index)) = self.referred(name, index)
        {
            if is_indirect {
                // The name of the target.
                let shown = match index {
                    Index::At(word) => [&*name, "[", &self.text(&word), "]"].concat(),
                    _ => name,
                };
                return self.puts(Values::One(Some(shown)), is_quoted, chunks);
            }
            return self.variable(&name, &index, false, change, is_quoted, chunks);
        }
        if is_indirect {
            let Some(target) = self.one(name, index) else {
                return self.ends_script(&[name, ": invalid indirect expansion"].concat());
            };
            // The target of the indirection may be an array element.
            let (name, index) = match target.split_once('[') {
                Some((name, rest)) => (
                    name,
                    match rest.trim_end_matches(']') {
                        "@" => Index::Each,
                        "*" => Index::Joined,
                        written => Index::At(super::syntax::plain(written)),
                    },
                ),
                None => (&*target, Index::None),
            };
            return self.variable(name, &index, false, change, is_quoted, chunks);
        }
        if !self.copies(2 * self.weight(name) + 16) {
            return;
        }
        let values = self.values(name, index, change);
        if let Change::Default { kind, is_empty_none, word } = change {
            let is_none = match &values {
                Values::One(value) => value.as_ref().is_none_or(|value| *is_empty_none && value.is_empty()),
                Values::All(values, _) => {
                    values.is_empty() || (*is_empty_none && values.iter().all(String::is_empty))
                }
            };
            if is_none != (*kind == Default::Instead) {
                return self.default(name, index, *kind, word, chunks);
            }
            if *kind == Default::Instead {
                // An empty quoted string is still a field.
                return chunks.push(if is_quoted {
                    Chunk::Whole(String::new(), false)
                } else {
                    Chunk::Split(String::new())
                });
            }
        }
        let is_length = matches!(change, Change::Length);
        if let Values::One(None) = values
            && self.options.needs_set
            && !matches!(change, Change::Default { .. } | Change::Names | Change::Indices)
            && !matches!(name, "@" | "*" | "!")
        {
            let mark = if name.starts_with(|c: char| c.is_ascii_digit()) { "$" } else { "" };
            return self.ends_script(&[mark, name, ": unbound variable"].concat());
        }
        let made = match values {
            Values::All(values, _) if is_length => Values::One(Some(values.len().to_string())),
            Values::All(values, is_joined) => match change {
                Change::Part(from, length) => {
                    Values::All(self.slice(name, values, from, length.as_ref()), is_joined)
                }
                _ => Values::All(
                    values.into_iter().map(|value| self.changed(name, value, change)).collect(),
                    is_joined,
                ),
            },
            Values::One(Some(value)) => Values::One(Some(self.changed(name, value, change))),
            Values::One(None) if is_length => Values::One(Some("0".to_owned())),
            Values::One(None) => Values::One(None),
        };
        self.puts(made, is_quoted, chunks);
    }

    /// Adds values as fields.
    fn puts(&mut self, values: Values, is_quoted: bool, chunks: &mut Vec<Chunk>) {
        let chunk = |text: String| if is_quoted { Chunk::Whole(text, false) } else { Chunk::Split(text) };
        match values {
            Values::One(value) => chunks.push(chunk(value.unwrap_or_default())),
            Values::All(values, true) if is_quoted => {
                let mark = self.value("IFS").map_or(" ".to_owned(), |text| text.chars().take(1).collect());
                chunks.push(chunk(values.join(&mark)));
            }
            Values::All(values, _) => {
                if values.is_empty() {
                    chunks.push(Chunk::None);
                }
                for (place, value) in values.into_iter().enumerate() {
                    if place > 0 {
                        chunks.push(Chunk::Break);
                    }
                    chunks.push(chunk(value));
                }
            }
        }
    }

    /// Returns the value of a variable or an element.
    fn one(&mut self, name: &str, index: &Index) -> Option<String> {
        match index {
            Index::At(word) => {
                let written = self.text(word);
                self.element(name, &written)
            }
            _ => self.value(name),
        }
    }

    fn values(&mut self, name: &str, index: &Index, change: &Change) -> Values {
        match (index, name) {
            (_, _) if matches!(change, Change::Names) => {
                let texts = self.names.texts.keys().chain(self.names.arrays.keys());
                let mut known: Vec<_> = texts.filter(|known| known.starts_with(name)).cloned().collect();
                sorting::sort(&mut known);
                Values::All(known, false)
            }
            (Index::None, "@") => Values::All(self.arguments.clone(), false),
            (Index::None, "*") => Values::All(self.arguments.clone(), true),
            (Index::Each | Index::Joined, _) => {
                let elements = self.elements(name);
                let is_index = matches!(change, Change::Indices);
                let values = elements.into_iter().map(|(index, value)| if is_index { index } else { value });
                Values::All(values.collect(), matches!(index, Index::Joined))
            }
            _ => Values::One(self.one(name, index)),
        }
    }

    /// Applies the operators `:-`, `:=`, `:+` and `:?`.
    fn default(&mut self, name: &str, index: &Index, kind: Default, word: &Word, chunks: &mut Vec<Chunk>) {
        match kind {
            Default::Otherwise | Default::Instead => self.chunks(word, true, chunks),
            Default::Assign => {
                let value = self.text(word);
                let is_set = match index {
                    Index::At(index) => {
                        let written = self.text(index);
                        self.sets_element(name, &written, value.clone(), false)
                    }
                    _ => self.sets(name, value.clone()),
                };
                chunks.push(Chunk::Split(if is_set { value } else { String::new() }));
            }
            Default::Needed => {
                let said = self.text(word);
                let said = if said.is_empty() { "parameter null or not set" } else { &said };
                self.ends_script(&[name, ": ", said].concat());
            }
        }
    }

    /// Prints an error and terminates the script.
    fn ends_script(&mut self, text: &str) {
        self.fail(text);
        self.stop = Some(Stop::Exit);
    }

    fn place(&mut self, word: &Word) -> i64 {
        let text = self.text(word);
        self.number(&text).unwrap_or(0)
    }

    /// Returns a slice of an array by index, or of the positional parameters by number, where 0 is the name of the
    /// shell.
    fn slice(&mut self, name: &str, values: Vec<String>, from: &Word, length: Option<&Word>) -> Vec<String> {
        let (from, length) = (self.place(from), length.map(|length| self.place(length)));
        let is_arguments = matches!(name, "@" | "*");
        let indices: Vec<i64> = match is_arguments {
            true => (1..).take(values.len()).collect(),
            false => self.elements(name).iter().map(|(index, _)| index.parse().unwrap_or(0)).collect(),
        };
        let mut numbered: Vec<_> = indices.into_iter().zip(values).collect();
        if is_arguments && from == 0 {
            numbered.insert(0, (0, self.zero.clone()));
        }
        let end = numbered.last().map_or(0, |(index, _)| index.saturating_add(1));
        let from = if from < 0 { end.saturating_add(from) } else { from };
        if from < 0 {
            return Vec::new();
        }
        let most = length.map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(0));
        numbered.into_iter().filter(|(index, _)| *index >= from).take(most).map(|(_, value)| value).collect()
    }

    fn changed(&mut self, name: &str, value: String, change: &Change) -> String {
        match change {
            Change::None | Change::Default { .. } | Change::Indices | Change::Names => value,
            Change::Length => value.chars().count().to_string(),
            Change::Cut { is_end, is_longest, pattern } => {
                let (glyphs, text) = (self.glyphs(pattern), value.chars().collect::<Vec<_>>());
                let mut search = glob::Search::new(&glyphs);
                let kept = match is_end {
                    true => search.suffix(&text, *is_longest).map(|start| 0..start),
                    false => search.prefix(&text, *is_longest).map(|end| end..text.len()),
                };
                if !self.counts(search.work + text.len()) {
                    return String::new();
                }
                kept.and_then(|kept| text.get(kept)).unwrap_or(&text).iter().collect()
            }
            Change::Replace { place, pattern, new } => self.replaced(value, *place, pattern, new),
            Change::Part(from, length) => {
                let (from, length) = (self.place(from), length.as_ref().map(|length| self.place(length)));
                let count = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
                let start = if from < 0 { count.saturating_add(from) } else { from };
                if !(0..=count).contains(&start) {
                    return String::new();
                }
                let end = match length {
                    None => count,
                    Some(length) if length < 0 => count.saturating_add(length),
                    Some(length) => start.saturating_add(length),
                };
                if end < start {
                    self.fail(&format!("{}: substring expression < 0", end.saturating_sub(start)));
                    return String::new();
                }
                let [start, end] = [start, end].map(|place| usize::try_from(place).unwrap_or_default());
                value.chars().take(end).skip(start).collect()
            }
            Change::Letters { is_upper, is_all, pattern } => {
                let glyphs = self.glyphs(pattern);
                if !self.counts(value.len().saturating_mul(glyphs.len())) {
                    return String::new();
                }
                let change = |c: char| match (glyphs.is_empty() || glob::fits(&glyphs, &[c]), *is_upper) {
                    (false, _) => c,
                    (true, true) => c.to_ascii_uppercase(),
                    (true, false) => c.to_ascii_lowercase(),
                };
                let places = if *is_all { usize::MAX } else { 1 };
                value.chars().enumerate().map(|(at, c)| if at < places { change(c) } else { c }).collect()
            }
            Change::Form(form) => self.formed(name, value, *form),
        }
    }

    /// Expands `${NAME/pattern/new}`.
    fn replaced(&mut self, value: String, place: Option<char>, pattern: &[Part], new: &[Part]) -> String {
        let (glyphs, text) = (self.glyphs(pattern), value.chars().collect::<Vec<_>>());
        let new = self.text(new);
        if !self.counts(text.len()) {
            return String::new();
        }
        if glyphs.is_empty() {
            // An empty pattern matches at the start and at the end.
            return match place {
                Some('#') => new + &value,
                Some('%') => value + &new,
                _ => value,
            };
        }
        let mut search = glob::Search::new(&glyphs);
        if let Some('#' | '%') = place {
            let fit = match place {
                Some('#') => search.prefix(&text, true).map(|end| (0, end)),
                _ => search.suffix(&text, true).map(|start| (start, text.len())),
            };
            let Some((start, end)) = fit else { return value };
            let part = |range: Option<&[char]>| range.unwrap_or_default().iter().collect::<String>();
            self.counts(search.work);
            return [part(text.get(..start)), new, part(text.get(end..))].concat();
        }
        self.replaced_anywhere(&text, &glyphs, &new, place.is_some())
    }

    fn replaced_anywhere(&mut self, text: &[char], glyphs: &[Glyph], new: &str, is_all: bool) -> String {
        let mut search = glob::Search::new(glyphs);
        let mut made = String::new();
        let (mut at, mut is_over) = (0, false);
        while let Some(c) = text.get(at) {
            let rest = text.get(at..).unwrap_or_default();
            let end = if is_over { None } else { search.prefix(rest, true) };
            if search.work > 1 << 12 && !self.counts(std::mem::take(&mut search.work)) {
                break;
            }
            match end.filter(|end| *end > 0) {
                Some(end) => {
                    made.push_str(new);
                    at += end;
                    is_over = !is_all;
                    if !self.copies(new.len()) {
                        break;
                    }
                }
                None => {
                    made.push(*c);
                    at += 1;
                }
            }
        }
        self.counts(search.work);
        made
    }

    /// Expands `${NAME@Q}` and the related transformations.
    fn formed(&mut self, name: &str, value: String, form: char) -> String {
        match form {
            'Q' => super::trace::single_quoted(&value),
            'U' => value.to_uppercase(),
            'L' => value.to_lowercase(),
            'u' => {
                let mut characters = value.chars();
                let first = characters.next().map(|c| c.to_uppercase().to_string());
                first.unwrap_or_default() + characters.as_str()
            }
            'E' => crate::tools::escapes(&value, true),
            'a' => {
                let marks = self.names.marks(name);
                let array = self.names.arrays.get(name).map(|array| if array.is_map { 'A' } else { 'a' });
                let letters = [
                    ('i', names::INTEGER),
                    ('l', names::LOWER),
                    ('r', names::READONLY),
                    ('u', names::UPPER),
                    ('x', names::EXPORTED),
                ];
                let marked =
                    letters.into_iter().filter(|(_, bit)| marks & bit != 0).map(|(letter, _)| letter);
                array.into_iter().chain(marked).collect()
            }
            'A' => [name, "=", &super::trace::single_quoted(&value)].concat(),
            _ => value,
        }
    }
}
