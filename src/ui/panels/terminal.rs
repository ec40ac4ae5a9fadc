//! The terminal of the page: a screen, and an input line.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use mesh_text::words::{say, t};
use web_sys::{DragEvent, Element, HtmlInputElement, HtmlTextAreaElement, KeyboardEvent};
use yew::prelude::*;

use crate::{
    playground::Playground,
    ui::{
        components::{
            Node, button, el, el_fixed, el_with, empty_node, fixed, node, node_list, text, text_in,
        },
        effects::{env, read_file},
        hooks::Store,
        slices::{TimeSlice, progress},
    },
    view_model::console::{Console, Entry, Origin},
};

/// Maximum number of recent steps that a new terminal shows as lines.
const SHOWN_STEPS: usize = 10;
/// Maximum height of the input, in lines.
const MOST_ROWS: usize = 10;

#[derive(Properties, PartialEq)]
pub struct TerminalProps {
    pub store: Store,
}

/// The terminal with its screen.
pub struct TerminalPanel {
    console: Console,
    input: NodeRef,
    screen: NodeRef,
    rows: usize,
    /// Timer of the next turn, which comes after the page was drawn.
    turn: Option<Timeout>,
    /// Number of steps of the history that are on the screen, or were made here.
    seen: usize,
    /// Whether the next Tab leaves the input, because Escape was pressed.
    can_tab_out: bool,
}

/// An action in the terminal.
pub enum Msg {
    /// A key was pressed in the input.
    Key(KeyboardEvent),
    /// Something was typed or pasted.
    Typed,
    /// Run the next line, or the next slice of it.
    Turn,
    Stop,
    Clear,
    /// A file was dropped or chosen.
    Read(web_sys::File),
    Add(String, String),
}

impl TerminalPanel {
    fn area(&self) -> Option<HtmlTextAreaElement> {
        self.input.cast()
    }

    fn set_text(&mut self, text: &str, cursor: Option<usize>) {
        let Some(area) = self.area() else { return };
        area.set_value(text);
        // The browser counts in UTF-16 code units.
        let before = cursor.and_then(|cursor| text.get(..cursor)).unwrap_or(text);
        let at = u32::try_from(before.encode_utf16().count()).ok();
        // This fails only for a position that is not in the text.
        let _ = area.set_selection_start(at).and_then(|()| area.set_selection_end(at));
        self.rows = text.lines().count().clamp(1, MOST_ROWS);
    }

    /// Returns the typed text, and the position of the cursor in it, in bytes; no position if text is selected.
    fn typed(&self) -> (String, Option<usize>) {
        let Some(area) = self.area() else { return (String::new(), None) };
        let text = area.value();
        let (from, to) = (area.selection_start().ok().flatten(), area.selection_end().ok().flatten());
        let cursor = from.filter(|_| from == to).map(|cursor| {
            let mut units = 0;
            let place = text.char_indices().find(|(_, c)| {
                let is_here = units >= cursor;
                units += c.len_utf16() as u32;
                is_here
            });
            place.map_or(text.len(), |(at, _)| at)
        });
        (text, cursor)
    }

    fn schedule_turn(&mut self, ctx: &Context<Self>) {
        let link = ctx.link().clone();
        // A later task, so that the page is drawn, and *Stop* handled, between two lines.
        self.turn = Some(Timeout::new(0, move || link.send_message(Msg::Turn)));
    }

    /// Handles a key. Returns `false` to leave the key to the browser.
    fn key(&mut self, ctx: &Context<Self>, event: &KeyboardEvent) -> bool {
        let (text, cursor) = self.typed();
        let control = event.ctrl_key() && !event.alt_key() && !event.meta_key();
        let is_plain = !event.ctrl_key() && !event.alt_key() && !event.meta_key() && !event.shift_key();
        let leaves = std::mem::take(&mut self.can_tab_out);
        let key = event.key();
        match key.as_str() {
            _ if event.is_composing() => false,
            "Enter" if is_plain => {
                // The input is not complete: the browser inserts a line break.
                if self.console.is_busy() || !self.console.submit(&text) {
                    return self.console.is_busy();
                }
                self.set_text("", None);
                self.schedule_turn(ctx);
                true
            }
            "Tab" if is_plain && !leaves && !text.trim().is_empty() => {
                let Some(cursor) = cursor else { return false };
                let mut completed = None;
                let console = &mut self.console;
                ctx.props().store.dispatch.with_playground(|playground| {
                    completed = console.complete(playground, &text, cursor);
                });
                // Without a completion, Tab moves the focus, as it does everywhere.
                let Some(completed) = completed else { return false };
                self.set_text(&completed.text, Some(completed.cursor));
                true
            }
            "Escape" => {
                self.can_tab_out = true;
                self.console.clear_search_and_candidates();
                if self.console.is_busy() {
                    self.console.stop();
                }
                true
            }
            "ArrowUp" if is_plain && cursor.is_some_and(|at| !has_line_end(text.get(..at))) => {
                if let Some(line) = self.console.older(&text) {
                    self.set_text(&line, None);
                }
                true
            }
            "ArrowDown" if is_plain && cursor.is_some_and(|at| !has_line_end(text.get(at..))) => {
                if let Some(line) = self.console.newer() {
                    self.set_text(&line, None);
                }
                true
            }
            "r" if control => {
                if let Some(line) = self.console.find(&text) {
                    self.set_text(&line, None);
                }
                true
            }
            "l" if control => {
                self.console.clear();
                true
            }
            // If text is selected, Ctrl+C copies it.
            "c" if control && cursor.is_some() => {
                self.console.stop();
                self.set_text("", None);
                true
            }
            _ => false,
        }
    }
}

fn has_line_end(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.contains('\n'))
}

impl Component for TerminalPanel {
    type Message = Msg;
    type Properties = TerminalProps;

    fn create(ctx: &Context<Self>) -> Self {
        let mut console = Console::default();
        let done = ctx.props().store.state.history.done();
        for step in done.iter().skip(done.len().saturating_sub(SHOWN_STEPS)) {
            console.echo(step);
        }
        Self {
            console,
            input: NodeRef::default(),
            screen: NodeRef::default(),
            rows: 1,
            turn: None,
            seen: done.len(),
            can_tab_out: false,
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &TerminalProps) -> bool {
        let (before, now) = (&old.store.state.history, &ctx.props().store.state.history);
        let done = now.done();
        for _ in done.len()..self.seen {
            self.console.echo_line("undo");
        }
        for step in done.iter().skip(self.seen) {
            let is_again = before.undone().iter().any(|undone| Rc::ptr_eq(undone, step));
            if is_again {
                self.console.echo_line("redo");
            } else {
                self.console.echo(step);
            }
        }
        self.seen = done.len();
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Key(event) => {
                if self.key(ctx, &event) {
                    event.prevent_default();
                }
            }
            Msg::Typed => {
                self.console.clear_search_and_candidates();
                self.rows = self.typed().0.split('\n').count().clamp(1, MOST_ROWS);
            }
            Msg::Turn => {
                self.turn = None;
                let store = &ctx.props().store;
                let console = &mut self.console;
                console.begin(|| Playground::of_state(store.state.clone(), &env()));
                let mut slice = TimeSlice::begin();
                let mut ran = console.work(|job| slice.advance(job));
                if ran.is_some() {
                    let mut seen = self.seen;
                    store.dispatch.with_playground(|playground| {
                        if let Some(ran) = ran.take() {
                            console.finish(playground, ran);
                        }
                        seen = playground.state().history.done().len();
                    });
                    self.seen = seen;
                }
                if self.console.is_busy() {
                    self.schedule_turn(ctx);
                }
            }
            Msg::Stop => self.console.stop(),
            Msg::Clear => self.console.clear(),
            Msg::Read(file) => {
                let (link, name) = (ctx.link().clone(), file.name());
                read_file(&file, move |text| link.send_message(Msg::Add(name, text)));
            }
            Msg::Add(name, text) => self.console.add_file(&name, text),
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let entries = self
            .console
            .entries()
            .map(|entry| node(html! { <EntryView key={entry.id} entry={entry.clone()} /> }));
        let screen = node(html! {
            // Focusable by Tab, so that the keyboard can scroll it.
            <div class="screen" lang="en" ref={&self.screen} role="log" tabindex="0" aria-label={t("Output")}>
                { *node_list(entries.collect()) }
            </div>
        });
        let account = ctx.props().store.state.world.account.to_string();
        let rows = self.rows.to_string();
        let line = node(html! {
            <div class="line">
                <label for="terminal-line"><span>{ account }</span>{ " $" }</label>
                <textarea id="terminal-line" ref={&self.input} {rows} aria-label={t("Command line")}
                    aria-describedby="terminal-hint" autocomplete="off" autocapitalize="off" spellcheck="false"
                    wrap="soft" onkeydown={link.callback(Msg::Key)} oninput={link.callback(|_: InputEvent| Msg::Typed)} />
            </div>
        });
        let ondragover = Callback::from(|event: DragEvent| event.prevent_default());
        let ondrop = link.batch_callback(|event: DragEvent| {
            let file = event.data_transfer()?.files()?.get(0)?;
            event.prevent_default();
            // Elsewhere on the page, a dropped file opens the dialog *Open*.
            event.stop_propagation();
            Some(Msg::Read(file))
        });
        let progress = self.console.progress().map_or_else(empty_node, progress);
        let parts = vec![screen, progress, self.candidates_line(), line, self.buttons(ctx)];
        html! { <div class="console" {ondragover} {ondrop}>{ *node_list(parts) }</div> }
    }

    fn rendered(&mut self, _: &Context<Self>, is_first: bool) {
        if let Some(screen) = self.screen.cast::<Element>() {
            screen.set_scroll_top(screen.scroll_height());
        }
        if is_first && let Some(area) = self.area() {
            // A user who unfolds the terminal wants to type.
            let _ = area.focus();
        }
    }
}

impl TerminalPanel {
    /// Renders the candidates for a completion, or the current search.
    fn candidates_line(&self) -> Node {
        let search = self.console.search().map(|search| match search.is_exhausted {
            _ if search.text.is_empty() => {
                t("Type a part of an earlier line, then press Ctrl+R again.").to_owned()
            }
            true => say("Nothing older has “{0}” in it.", &[&search.text]),
            false => say("Found by “{0}”; Ctrl+R finds the next older one.", &[&search.text]),
        });
        let candidates = self.console.candidates();
        let words = match search {
            Some(words) => text(&words),
            None => node_list(candidates.iter().map(|candidate| text_in("code", "", candidate)).collect()),
        };
        el_fixed("p", const { &[fixed("class", "candidates"), fixed("role", "status")] }, vec![words])
    }

    fn buttons(&self, ctx: &Context<Self>) -> Node {
        let link = ctx.link();
        let stop = match self.console.is_busy() {
            true => button("", t("Stop"), "", link.callback(|_: MouseEvent| Msg::Stop)),
            false => empty_node(),
        };
        let onchange = link.batch_callback(|event: Event| {
            let input = event.target_dyn_into::<HtmlInputElement>()?;
            let file = input.files()?.get(0)?;
            input.set_value("");
            Some(Msg::Read(file))
        });
        let add = node(html! {
            <label class="file">{ t("Add a file…") }<input type="file" class="visually-hidden" {onchange} /></label>
        });
        let hint = t(
            "Enter runs, Tab completes, ↑ and Ctrl+R call lines back. Escape, then Tab leaves the line. help lists the commands.",
        );
        let hint =
            el_with("p", &["class", "id"], vec!["hint".into(), "terminal-hint".into()], vec![text(hint)]);
        let clear = button("", t("Clear"), "", link.callback(|_: MouseEvent| Msg::Clear));
        el("div", "actions", vec![stop, clear, add, hint])
    }
}

#[derive(Properties, PartialEq)]
struct EntryProps {
    entry: Rc<Entry>,
}

/// One line and its output.
#[component]
fn EntryView(props: &EntryProps) -> Html {
    let entry = &*props.entry;
    let head = match entry.origin {
        Origin::Note => empty_node(),
        Origin::Typed => text_in("pre", "typed", &entry.line),
        Origin::Elsewhere => text_in("pre", "elsewhere", &entry.line),
    };
    let pieces = |class: &'static str, pieces: &[Rc<str>]| {
        node_list(pieces.iter().map(|piece| text_in("pre", class, piece)).collect())
    };
    let failed = match entry.exit_code {
        0 => empty_node(),
        code => text_in("p", "hint", &say("exit code {0}", &[&code.to_string()])),
    };
    let parts = vec![head, pieces("stdout", &entry.stdout), pieces("stderr", &entry.stderr), failed];
    *el("div", "did", parts)
}
