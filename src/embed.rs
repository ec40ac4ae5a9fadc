//! What the query of the page's address asks for: how the page looks inside another one.
//!
//! `?embed=1&ui=graph|matrix|terminal|lesson&readonly=1&theme=light|dark|system`. What is not known is passed over and
//! said, never refused: a page that embeds us has readers who cannot change its address. Start at [`Embed::of`].

use percent_encoding::percent_decode_str;

use crate::{
    model::excerpt,
    words::{say, t},
};

/// What an embedded page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Face {
    /// The mesh, drawn.
    #[default]
    Graph,
    /// Nodes against preferences.
    Matrix,
    /// The terminal.
    Terminal,
    /// A lesson.
    Lesson,
}

impl Face {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Graph, Self::Matrix, Self::Terminal, Self::Lesson];

    /// The word for it in an address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Matrix => "matrix",
            Self::Terminal => "terminal",
            Self::Lesson => "lesson",
        }
    }
}

/// How an embedded page is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Embed {
    /// What it shows.
    pub face: Face,
    /// Whether nothing may be changed in it.
    pub is_readonly: bool,
    /// The word of its theme, one of those known; `None` where none was asked for.
    pub theme: Option<&'static str>,
    /// What was asked for and is not known, in words.
    pub hints: Vec<String>,
}

impl Embed {
    /// What a query asks for, with or without its `?`; `None` where the page is not to be embedded.
    ///
    /// `themes` are the words of the themes there are.
    ///
    /// ```
    /// use mesh_playground::embed::{Embed, Face};
    /// let embed = Embed::of("?embed=1&ui=matrix&readonly=1&theme=pink", &["light", "dark"]).unwrap();
    /// assert_eq!((embed.face, embed.is_readonly, embed.theme), (Face::Matrix, true, None));
    /// assert_eq!(embed.hints, ["theme=pink is not known here: use light or dark"]);
    /// assert_eq!(Embed::of("?ui=matrix", &[]), None);
    /// ```
    pub fn of(query: &str, themes: &[&'static str]) -> Option<Self> {
        let mut embed = Self::default();
        let mut is_embedded = false;
        for pair in query.strip_prefix('?').unwrap_or(query).split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, "1"));
            let value = percent_decode_str(value).decode_utf8_lossy();
            let mut known = |words: &[&'static str]| {
                let found = words.iter().copied().find(|word| *word == value);
                if found.is_none() {
                    embed.hints.push(hint(name, &value, words));
                }
                found
            };
            match name {
                "embed" => is_embedded = known(&["1", "0"]) == Some("1"),
                "readonly" => embed.is_readonly = known(&["1", "0"]) == Some("1"),
                "theme" => embed.theme = known(themes),
                "ui" => {
                    let word = known(&Face::ALL.map(Face::as_str));
                    let face = Face::ALL.into_iter().find(|face| Some(face.as_str()) == word);
                    embed.face = face.unwrap_or_default();
                }
                // Of other parts of the page, or of whoever counts visits.
                _ => {}
            }
        }
        is_embedded.then_some(embed)
    }

    /// The query that asks for this, without its `?`.
    ///
    /// ```
    /// use mesh_playground::embed::Embed;
    /// let query = "embed=1&ui=matrix&readonly=1&theme=dark";
    /// assert_eq!(Embed::of(query, &["dark"]).unwrap().query(), query);
    /// ```
    pub fn query(&self) -> String {
        let mut query = ["embed=1&ui=", self.face.as_str()].concat();
        if self.is_readonly {
            query.push_str("&readonly=1");
        }
        if let Some(theme) = self.theme {
            query.push_str("&theme=");
            query.push_str(theme);
        }
        query
    }
}

/// What is not known, and what is.
fn hint(name: &str, value: &str, words: &[&str]) -> String {
    let known = match words {
        [most @ .., last] if !most.is_empty() => [&most.join(", "), " ", t("or"), " ", last].concat(),
        _ => words.concat(),
    };
    say("{0}={1} is not known here: use {2}", &[name, &excerpt(value), &known])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_said_and_passed_over() {
        /// What is shown, whether it is only to be looked at, and how many hints there are.
        type Found = (Face, bool, usize);
        let cases: &[(&str, Option<Found>)] = &[
            ("", None),
            ("?", None),
            ("?embed=0", None),
            ("?embed=yes", None),
            ("?readonly=1&ui=matrix", None),
            ("embed=1", Some((Face::Graph, false, 0))),
            ("?embed", Some((Face::Graph, false, 0))),
            ("?embed=1&ui=terminal", Some((Face::Terminal, false, 0))),
            ("?ui=lesson&embed=1&readonly", Some((Face::Lesson, true, 0))),
            ("?embed=1&ui=Graph&readonly=true", Some((Face::Graph, false, 2))),
            ("?embed=1&ui=&theme=%22%3Cscript%3E&lang=xx&utm=1&&=", Some((Face::Graph, false, 2))),
            ("?embed=1&ui=%ff%fe", Some((Face::Graph, false, 1))),
            ("?embed=1&ui=matrix&ui=graph", Some((Face::Graph, false, 0))),
        ];
        for (query, expected) in cases {
            let embed = Embed::of(query, &["light", "dark", "system"]);
            let found = embed.map(|embed| (embed.face, embed.is_readonly, embed.hints.len()));
            assert_eq!(found, *expected, "{query}");
        }
    }

    #[test]
    fn a_hint_is_short_whatever_was_asked() {
        let embed = Embed::of(&["embed=1&ui=", &"x".repeat(100_000)].concat(), &[]).unwrap_or_default();
        assert!(embed.hints.iter().all(|hint| hint.len() < 200), "{:?}", embed.hints);
    }
}
