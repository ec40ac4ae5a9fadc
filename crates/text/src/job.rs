//! Long work in slices, so that a page stays responsive: the work itself chooses where it pauses.
//!
//! The work is an `async` function without a runtime: the compiler generates the state machine, and the function awaits
//! only [`Pace::work`]. [`at_once`] runs the same function without a pause. Start at [`Job`].

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
};

/// A boxed future: the result of public functions that run in slices. The body of an `async fn` would be compiled again
/// in every crate that awaits it.
pub type LocalBoxFuture<'w, T> = Pin<Box<dyn Future<Output = T> + 'w>>;

/// The progress of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Text of the current stage, with two placeholders: for `done` and for `all`. Empty before the first stage.
    pub words: &'static str,
    /// Completed amount of work.
    pub done: usize,
    /// Total amount of work.
    pub all: usize,
}

/// Handle for long work: counts its units, lets it pause, and stores its progress.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    /// Units of work until the next pause; `None` never pauses.
    left: Rc<Cell<Option<usize>>>,
    is_stopped: Rc<Cell<bool>>,
    progress: Rc<Cell<Progress>>,
}

impl Pace {
    /// Returns a handle for a part of the work whose progress is not shown.
    pub fn unseen(&self) -> Self {
        Self { progress: Rc::default(), ..self.clone() }
    }

    /// Returns whether the work should end early, with its results so far. Work that does not call this method is
    /// stopped by dropping its job.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.get()
    }

    /// Begins a stage of the work. INVARIANT: [`crate::words`] can translate `words`.
    pub fn begin(&self, words: &'static str, all: usize) {
        self.progress.set(Progress { words, done: 0, all });
    }

    /// Sets the completed part of the stage.
    pub fn reach(&self, done: usize) {
        self.progress.set(Progress { done, ..self.progress.get() });
    }

    /// Counts completed work, and pauses if the slice is used up. A unit is about a microsecond on a fast machine.
    pub async fn work(&self, units: usize) {
        let Some(left) = self.left.get() else { return };
        self.left.set(Some(left.saturating_sub(units)));
        if left > units {
            return;
        }
        let mut has_paused = false;
        poll_fn(|_| match std::mem::replace(&mut has_paused, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }
}

/// Work that runs in slices, one for each call of [`advance`](Job::advance). Dropping the job stops the work.
pub struct Job<T> {
    pace: Pace,
    work: LocalBoxFuture<'static, T>,
}

impl<T> Job<T> {
    /// Creates a job; its work begins with the first [`advance`](Self::advance).
    ///
    /// # Example
    /// ```
    /// # use mesh_text::job::Job;
    /// let mut job = Job::new(|pace| async move {
    ///     for _ in 0..10 {
    ///         pace.work(1).await;
    ///     }
    ///     "done"
    /// });
    /// assert_eq!(job.advance(4), None);
    /// assert_eq!(job.advance(4), None);
    /// assert_eq!(job.advance(4), Some("done"));
    /// ```
    pub fn new<F: Future<Output = T> + 'static>(work: impl FnOnce(Pace) -> F) -> Self {
        let pace = Pace::default();
        Self { work: Box::pin(work(pace.clone())), pace }
    }

    /// Continues for about `units` units of work; returns the result once it is complete. Must not be called after
    /// that.
    pub fn advance(&mut self, units: usize) -> Option<T> {
        self.pace.left.set(Some(units.max(1)));
        match self.work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => Some(result),
            Poll::Pending => None,
        }
    }

    /// Requests that the work end early; see [`Pace::is_stopped`].
    pub fn stop(&self) {
        self.pace.is_stopped.set(true);
    }

    /// Returns the progress so far.
    pub fn progress(&self) -> Progress {
        self.pace.progress.get()
    }
}

/// Runs work without a pause.
pub fn at_once<F: Future>(work: impl FnOnce(Pace) -> F) -> F::Output {
    let mut work = pin!(work(Pace::default()));
    loop {
        // Work with the default pace does not pause.
        if let Poll::Ready(result) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return result;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn count(pace: Pace, all: usize) -> usize {
        pace.begin("{0} of {1}", all);
        for done in 1..=all {
            pace.reach(done);
            pace.work(1).await;
        }
        all
    }

    #[test]
    fn a_job_pauses_after_each_portion_and_tells_its_progress() {
        let mut job = Job::new(|pace| count(pace, 10));
        assert_eq!(job.progress(), Progress::default());
        let mut slices = 1;
        while job.advance(3).is_none() {
            assert_eq!(job.progress(), Progress { words: "{0} of {1}", done: 3 * slices, all: 10 });
            slices += 1;
        }
        assert_eq!(slices, 4);
    }

    #[test]
    fn an_unseen_part_pauses_and_leaves_the_progress() {
        let mut job = Job::new(|pace| async move {
            pace.begin("{0} of {1}", 2);
            count(pace.unseen(), 10).await
        });
        assert_eq!(job.advance(3), None);
        assert_eq!(job.progress(), Progress { words: "{0} of {1}", done: 0, all: 2 });
    }

    #[test]
    fn a_portion_of_nothing_still_goes_on() {
        let mut job = Job::new(|pace| count(pace, 3));
        let slices = (0..10).take_while(|_| job.advance(0).is_none()).count();
        assert_eq!(slices, 3);
    }

    #[test]
    fn work_at_once_has_the_same_result() {
        assert_eq!(at_once(|pace| count(pace, 1000)), 1000);
    }
}
