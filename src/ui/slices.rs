//! Long work in slices, so that the page can draw and handle events between two slices.

use std::time::Duration;

use gloo::timers::callback::Timeout;
use mesh_text::{
    job::{Job, Progress},
    words::{say, t},
};
use yew::html::{Component, Scope};

use super::components::{Node, el, el_with, text};

/// The maximum duration of a slice in milliseconds: less than a frame.
const SLICE_MS: f64 = 12.0;
/// The units of work between two checks of the clock.
const PORTION: usize = 1000;

/// A slice of time for work.
pub struct TimeSlice {
    end: f64,
}

impl TimeSlice {
    /// Starts a slice now.
    pub fn begin() -> Self {
        Self { end: js_sys::Date::now() + SLICE_MS }
    }

    /// Yields to the page if the slice is over, then starts the next slice.
    pub async fn pause(&mut self) {
        if js_sys::Date::now() >= self.end {
            pause().await;
            *self = Self::begin();
        }
    }

    /// Continues a job until it is complete or the slice is over. Returns the result once the job is complete.
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
pub struct ScheduledJob<W> {
    /// The work.
    pub job: W,
    _next: Timeout,
}

impl<W> ScheduledJob<W> {
    /// Schedules a message to the component for the next slice, after the page has drawn and handled events.
    pub fn new<C: Component>(
        work: W,
        link: &Scope<C>,
        message: impl FnOnce() -> C::Message + 'static,
    ) -> Self {
        let link = link.clone();
        Self { job: work, _next: Timeout::new(0, move || link.send_message(message())) }
    }
}

/// Renders the progress of a job as a bar and as text.
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
