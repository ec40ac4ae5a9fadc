//! What the fragment of the page's address says.

use crate::store::Panel;

/// A place in the page that an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// A shared playground: what [`open`](super::open) takes.
    Link(&'a str),
    /// A panel of the playground that is here.
    Panel(Panel),
}

impl<'a> Route<'a> {
    /// The route of a fragment, with or without its `#`; `None` for any other.
    ///
    /// ```
    /// use mesh_playground::{share::Route, store::Panel};
    /// assert_eq!(Route::of("#/matrix"), Some(Route::Panel(Panel::Matrix)));
    /// assert_eq!(Route::of("#/p/1.abc"), Some(Route::Link("1.abc")));
    /// assert_eq!(Route::of("#main"), None);
    /// ```
    pub fn of(fragment: &'a str) -> Option<Self> {
        let route = fragment.strip_prefix('#').unwrap_or(fragment).strip_prefix('/')?;
        match route.strip_prefix("p/") {
            // A slash or white space at the end is of whoever passed the link on.
            Some(link) => Some(Self::Link(link.trim_end_matches(['/', ' ', '\n']))),
            None => Panel::from_word(route).map(Self::Panel),
        }
    }

    /// The fragment, with its `#`.
    pub fn fragment(self) -> String {
        match self {
            Self::Link(link) => ["#/p/", link].concat(),
            Self::Panel(panel) => ["#/", panel.as_str()].concat(),
        }
    }
}

/// The HTML that shows a playground in another page.
///
/// `page` is the address of this page without query and fragment, `query` what is asked of it, and `title` the frame's
/// accessible name. The frame gets no more rights than it needs: scripts, and *Open in full* in a tab of its own.
///
/// ```
/// let code = mesh_playground::share::embed_code("https://a.b/c/", "embed=1&ui=graph", "#/p/1.x", "a \"mesh\"");
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

/// What a frame may do. Not `allow-same-origin`: the page then has no storage, and needs none.
const SANDBOX: &str = "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-downloads";

/// A text inside an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
