//! Long work of the page: one slice at a time, so that the page draws and answers between two slices.

use std::time::Duration;

use gloo::timers::callback::Timeout;
use yew::html::{Component, Scope};

use super::components::{Node, el, el_with, text};
use crate::{
    job::{Job, Progress},
    words::{say, t},
};

/// The maximum duration of a slice in milliseconds: less than a frame.
const SLICE_MS: f64 = 12.0;
/// The units of work between two checks of the clock.
const PORTION: usize = 1000;

/// A slice of time for work.
pub struct Slice {
    end: f64,
}

impl Slice {
    /// Begins now.
    pub fn begin() -> Self {
        Self { end: js_sys::Date::now() + SLICE_MS }
    }

    /// Yields to the page if the slice is over; then the next one begins.
    pub async fn pause(&mut self) {
        if js_sys::Date::now() >= self.end {
            pause().await;
            *self = Self::begin();
        }
    }

    /// Continues a job until it is complete or the slice is over; the result once it is complete.
    pub fn advance<T>(&mut self, job: &mut Job<T>) -> Option<T> {
        loop {
            let result = job.advance(PORTION);
            if result.is_some() || js_sys::Date::now() >= self.end {
                return result;
            }
        }
    }
}

/// Yields to the page.
pub async fn pause() {
    yew::platform::time::sleep(Duration::ZERO).await;
}

/// Work of a component between two slices; dropping it stops the work.
pub struct Running<W> {
    /// The work.
    pub work: W,
    _next: Timeout,
}

impl<W> Running<W> {
    /// Sends the component a message for the next slice once the page has drawn and answered.
    pub fn new<C: Component>(
        work: W,
        link: &Scope<C>,
        message: impl FnOnce() -> C::Message + 'static,
    ) -> Self {
        let link = link.clone();
        Self { work, _next: Timeout::new(0, move || link.send_message(message())) }
    }
}

/// The progress of a job, as a bar and in words.
pub fn progress(progress: Progress) -> Node {
    let (done, all) = (progress.done.to_string(), progress.all.to_string());
    let words = match progress.words {
        "" => String::new(),
        words => say(words, &[&done, &all]),
    };
    let label = if words.is_empty() { t("Loading…") } else { &words };
    let bar = el_with(
        "progress",
        &["max", "value", "aria-label"],
        vec![all.into(), done.into(), label.to_owned().into()],
        Vec::new(),
    );
    el("p", "job", vec![bar, text(&words)])
}
