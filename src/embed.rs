//! The options in the query of the page's address, for a page that is embedded in another one.
//!
//! `?embed=1&ui=graph|matrix|terminal|lesson&readonly=1&theme=light|dark|system`. Unknown values are ignored and
//! reported, never refused, because the readers of an embedding page cannot change the address. Start at
//! [`EmbedOptions::parse`].

use mesh_text::words::{say, t};
use percent_encoding::percent_decode_str;

use crate::model::excerpt;

/// View that an embedded page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EmbedView {
    /// The graph of the mesh.
    #[default]
    Graph,
    /// The matrix of nodes and preferences.
    Matrix,
    /// The terminal.
    Terminal,
    /// A lesson.
    Lesson,
}

impl EmbedView {
    /// All views.
    pub const ALL: [Self; 4] = [Self::Graph, Self::Matrix, Self::Terminal, Self::Lesson];

    /// Returns the word for the view in an address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Matrix => "matrix",
            Self::Terminal => "terminal",
            Self::Lesson => "lesson",
        }
    }
}

/// Options of an embedded page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmbedOptions {
    /// View that the page shows.
    pub view: EmbedView,
    /// Whether the page is read-only.
    pub is_readonly: bool,
    /// Word of the theme; `None` if the query names no known theme.
    pub theme: Option<&'static str>,
    /// Messages about unknown values in the query.
    pub hints: Vec<String>,
}

impl EmbedOptions {
    /// Parses a query, with or without its `?`. Returns `None` if the page is not embedded.
    ///
    /// `themes` are the words of the known themes.
    ///
    /// ```
    /// use mesh_playground::embed::{EmbedOptions, EmbedView};
    /// let embed = EmbedOptions::parse("?embed=1&ui=matrix&readonly=1&theme=pink", &["light", "dark"]).unwrap();
    /// assert_eq!((embed.view, embed.is_readonly, embed.theme), (EmbedView::Matrix, true, None));
    /// assert_eq!(embed.hints, ["theme=pink is not known here: use light or dark"]);
    /// assert_eq!(EmbedOptions::parse("?ui=matrix", &[]), None);
    /// ```
    pub fn parse(query: &str, themes: &[&'static str]) -> Option<Self> {
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
                    let word = known(&EmbedView::ALL.map(EmbedView::as_str));
                    let face = EmbedView::ALL.into_iter().find(|face| Some(face.as_str()) == word);
                    embed.view = face.unwrap_or_default();
                }
                // Parameters of other parts of the page, or of a visit counter.
                _ => {}
            }
        }
        is_embedded.then_some(embed)
    }

    /// Returns the query for these options, without its `?`.
    ///
    /// ```
    /// use mesh_playground::embed::EmbedOptions;
    /// let query = "embed=1&ui=matrix&readonly=1&theme=dark";
    /// assert_eq!(EmbedOptions::parse(query, &["dark"]).unwrap().query(), query);
    /// ```
    pub fn query(&self) -> String {
        let mut query = ["embed=1&ui=", self.view.as_str()].concat();
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

/// Returns the message about an unknown value, with the known ones.
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
        /// View, whether the page is read-only, and number of hints.
        type Found = (EmbedView, bool, usize);
        let cases: &[(&str, Option<Found>)] = &[
            ("", None),
            ("?", None),
            ("?embed=0", None),
            ("?embed=yes", None),
            ("?readonly=1&ui=matrix", None),
            ("embed=1", Some((EmbedView::Graph, false, 0))),
            ("?embed", Some((EmbedView::Graph, false, 0))),
            ("?embed=1&ui=terminal", Some((EmbedView::Terminal, false, 0))),
            ("?ui=lesson&embed=1&readonly", Some((EmbedView::Lesson, true, 0))),
            ("?embed=1&ui=Graph&readonly=true", Some((EmbedView::Graph, false, 2))),
            ("?embed=1&ui=&theme=%22%3Cscript%3E&lang=xx&utm=1&&=", Some((EmbedView::Graph, false, 2))),
            ("?embed=1&ui=%ff%fe", Some((EmbedView::Graph, false, 1))),
            ("?embed=1&ui=matrix&ui=graph", Some((EmbedView::Graph, false, 0))),
        ];
        for (query, expected) in cases {
            let embed = EmbedOptions::parse(query, &["light", "dark", "system"]);
            let found = embed.map(|embed| (embed.view, embed.is_readonly, embed.hints.len()));
            assert_eq!(found, *expected, "{query}");
        }
    }

    #[test]
    fn a_hint_is_short_whatever_was_asked() {
        let embed =
            EmbedOptions::parse(&["embed=1&ui=", &"x".repeat(100_000)].concat(), &[]).unwrap_or_default();
        assert!(embed.hints.iter().all(|hint| hint.len() < 200), "{:?}", embed.hints);
    }
}
