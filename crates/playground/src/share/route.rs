//! Meaning of the fragment of the page's address.

use crate::store::Panel;

/// Target of an address within the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// A shared playground: the argument of [`open`](super::open).
    Link(&'a str),
    /// A panel of the current playground.
    Panel(Panel),
}

impl<'a> Route<'a> {
    /// Parses a fragment, with or without its `#`; returns `None` if it is not a route.
    ///
    /// ```
    /// use playground_core::{share::Route, store::Panel};
    /// assert_eq!(Route::parse("#/matrix"), Some(Route::Panel(Panel::Matrix)));
    /// assert_eq!(Route::parse("#/p/1.abc"), Some(Route::Link("1.abc")));
    /// assert_eq!(Route::parse("#main"), None);
    /// ```
    pub fn parse(fragment: &'a str) -> Option<Self> {
        let route = fragment.strip_prefix('#').unwrap_or(fragment).strip_prefix('/')?;
        match route.strip_prefix("p/") {
            // A trailing slash or white space was added when the link was passed on.
            Some(link) => Some(Self::Link(link.trim_end_matches(['/', ' ', '\n']))),
            None => Panel::from_word(route).map(Self::Panel),
        }
    }

    /// Returns the fragment, with its `#`.
    pub fn fragment(self) -> String {
        match self {
            Self::Link(link) => ["#/p/", link].concat(),
            Self::Panel(panel) => ["#/", panel.as_str()].concat(),
        }
    }
}

/// Returns the HTML that embeds a playground in another page.
///
/// `page` is the address of this page without query and fragment, `query` the query, and `title` the frame's accessible
/// name. The frame gets only the permissions that it needs: scripts, and *Open in full* in a separate tab.
///
/// ```
/// let code = playground_core::share::embed_code("https://a.b/c/", "embed=1&ui=graph", "#/p/1.x", "a \"mesh\"");
/// assert!(code.contains("src=\"https://a.b/c/?embed=1&amp;ui=graph#/p/1.x\""));
/// assert!(code.contains("title=\"a &quot;mesh&quot;\""));
/// ```
pub fn embed_code(page: &str, query: &str, fragment: &str, title: &str) -> String {
    let src = escaped(&[page, "?", query, fragment].concat());
    let title = escaped(title);
    [
        "<iframe src=\"",
        &src,
        "\" title=\"",
        &title,
        "\" width=\"100%\" height=\"640\" loading=\"lazy\" style=\"border: 1px solid #888\"\n  sandbox=\"",
        SANDBOX,
        "\" allow=\"clipboard-write\"></iframe>",
    ]
    .concat()
}

/// Permissions of the frame. `allow-same-origin` is absent, so the page has no storage; it needs none.
const SANDBOX: &str = "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-downloads";

/// Escapes a string for an attribute value.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
