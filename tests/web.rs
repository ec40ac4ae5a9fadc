#![cfg(all(target_arch = "wasm32", feature = "ui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::manual_async_fn)] // tests fail by panicking
//! The page in a real browser: the text that a visitor reads, and the effect of its controls.
//!
//! Each test mounts a separate page in a new element, with an empty storage.

use gloo::utils::{document, window};
use mesh_playground::scenario::{COLOURS, node_name};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, Event, EventInit, HtmlElement, HtmlInputElement, HtmlSelectElement, Storage};

wasm_bindgen_test_configure!(run_in_browser);

const WORLD: &str = "mesh-playground/world";
const DAMAGED: &str = "mesh-playground/damaged";
/// Longer than any response of the page takes, on any machine.
const PATIENCE_MS: u64 = 5_000;

/// A mounted page; removed from the document when dropped.
struct Page(Element);

impl Drop for Page {
    fn drop(&mut self) {
        self.0.remove();
    }
}

impl Page {
    /// A first visit.
    async fn first_visit() -> Self {
        settle();
        at_rest().await;
        storage().clear().unwrap();
        mesh_playground::ui::storage::forget_vault().await;
        Self::visit().await
    }

    /// A visit with the present content of the storage.
    async fn visit() -> Self {
        settle();
        let root = document().create_element("div").unwrap();
        document().body().unwrap().append_child(&root).unwrap();
        mesh_playground::ui::mount_in(root.clone());
        let page = Self(root);
        page.until("the page is shown", |page| page.find(".workbench").is_some()).await;
        page
    }

    /// Waits until the page is as expected; otherwise fails with the expectation as its message.
    async fn until(&self, expected: &str, is_so: impl Fn(&Self) -> bool) {
        for _ in 0..PATIENCE_MS / 10 {
            if is_so(self) {
                return;
            }
            yew::platform::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("never: {expected}. The page says: {}", text(&self.0));
    }

    /// Waits until the text read from the page equals the expected one.
    #[track_caller]
    fn until_reads<'a>(
        &'a self,
        what: &'a str,
        read: impl Fn(&Self) -> String + 'a,
        expected: &'a str,
    ) -> impl Future<Output = ()> + 'a {
        async move {
            for _ in 0..PATIENCE_MS / 10 {
                if read(self) == expected {
                    return;
                }
                yew::platform::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            assert_eq!(read(self), expected, "{what}");
        }
    }

    fn find(&self, selector: &str) -> Option<Element> {
        self.0.query_selector(selector).unwrap()
    }

    fn get(&self, selector: &str) -> Element {
        self.find(selector).unwrap_or_else(|| panic!("nothing matches {selector}"))
    }

    fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.0.query_selector_all(selector).unwrap();
        (0..found.length()).filter_map(|index| found.get(index)).map(JsCast::unchecked_into).collect()
    }

    /// Returns the first of these elements that has exactly this text.
    fn named(&self, selector: &str, name: &str) -> Element {
        let mut found = self.all(selector).into_iter().filter(|element| text(element) == name);
        found.next().unwrap_or_else(|| panic!("no {selector} is called {name}"))
    }

    fn press(&self, name: &str) {
        click(&self.named("button", name));
    }

    /// Chooses the preference of the mesh by its radio button.
    fn prefer(&self, words: &str) {
        let label = self.all(".segments label").into_iter();
        let mut label = label.filter(|label| text(&label.query_selector(".word").unwrap().unwrap()) == words);
        click(&label.next().unwrap().query_selector("input").unwrap().unwrap());
    }

    fn preferred(&self) -> String {
        self.find(".segments label:has(:checked) .word").map_or_else(String::new, |word| text(&word))
    }

    /// Chooses an option of a drop-down list by its text.
    fn choose(&self, selector: &str, option: &str) {
        let select: HtmlSelectElement = self.get(selector).unchecked_into();
        let options = select.query_selector_all("option").unwrap();
        let mut indices = 0..options.length();
        let index = indices
            .find(|index| options.get(*index).unwrap().text_content().unwrap().trim() == option)
            .unwrap_or_else(|| panic!("{selector} has no option {option}"));
        select.set_selected_index(index.cast_signed());
        let init = EventInit::new();
        init.set_bubbles(true);
        select.dispatch_event(&Event::new_with_event_init_dict("change", &init).unwrap()).unwrap();
    }

    /// Returns the outcomes in the table of requests: `ok` or the observed failure, followed by the failures behind it
    /// in brackets.
    fn requests(&self) -> String {
        let read = |colour: &str| {
            let Some(row) = self.find(&format!(".requests tr[data-node='{}']", node_name(colour))) else {
                return "?".to_owned();
            };
            let words = text(&row);
            let [arrives, refused] = ["200", "503"].map(|status| words.contains(status));
            let place = [
                ("Arrives", "ok"),
                ("Stops at discovery", "discovery"),
                ("Stops at the listener", "listener"),
                ("Stops at the application", "app"),
            ];
            let place = place.into_iter().find(|(headline, _)| words.contains(headline)).map_or("?", |p| p.1);
            assert!((place == "ok") == arrives && (place == "ok") != refused, "{words}");
            let behind =
                if words.contains("Behind it, the application would fail too") { "+[app]" } else { "" };
            format!("{place}{behind}")
        };
        COLOURS.map(|colour| read(colour.name)).join(" ")
    }

    /// Returns one column of the matrix, in the same words.
    fn column(&self, column: usize) -> String {
        let read = |colour: &str| {
            let own = format!("#own-{}", node_name(colour));
            let Some(row) = self.find(&own).and_then(|select| select.closest("tr").unwrap()) else {
                return "?".to_owned();
            };
            let cell = row.query_selector(&format!("td:nth-child({}) .cell", column + 3)).unwrap().unwrap();
            let place = match text(&cell.query_selector(".badge").unwrap().unwrap()).as_str() {
                "✓ arrives" => "ok".to_owned(),
                refused => refused.trim_start_matches("✕ ").to_owned(),
            };
            let behind = cell.query_selector("small").unwrap();
            let behind = behind.map(|behind| format!("+[{}]", text(&behind).trim_start_matches("then ")));
            place + &behind.unwrap_or_default()
        };
        COLOURS.map(|colour| read(colour.name)).join(" ")
    }
}

/// Returns the stored data of all projects.
fn projects() -> String {
    let keys = (0..storage().length().unwrap()).filter_map(|index| storage().key(index).unwrap());
    let keys = keys.filter(|key| key.starts_with("mesh-playground/project/"));
    keys.filter_map(|key| storage().get_item(&key).unwrap()).collect()
}

/// Makes every page of earlier tests save its pending changes, as when a tab is closed.
fn settle() {
    window().dispatch_event(&Event::new("pagehide").unwrap()).unwrap();
}

/// Returns the state of the storage.
fn kept() -> String {
    document().document_element().unwrap().get_attribute("data-kept").unwrap_or_default()
}

/// Waits until everything is saved.
async fn at_rest() {
    for _ in 0..PATIENCE_MS / 10 {
        if kept() != "pending" {
            return;
        }
        yew::platform::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it is never kept");
}

#[wasm_bindgen_test]
async fn what_the_storage_loses_comes_back_from_the_vault_with_its_history() {
    let page = Page::first_visit().await;
    at_rest().await;
    assert_eq!(kept(), "disk");
    page.prefer("IPv6_ONLY");
    page.prefer("IPv4_ONLY");
    page.until_reads("the second step", Page::preferred, "IPv4_ONLY").await;
    at_rest().await;
    drop(page);
    // As after a kill: the vault has all entries, the storage none.
    storage().clear().unwrap();
    let page = Page::visit().await;
    page.until_reads("what was lost", Page::preferred, "IPv4_ONLY").await;
    at_rest().await;
    page.press("Undo");
    page.until_reads("the step before", Page::preferred, "IPv6_ONLY").await;
    page.press("Undo");
    page.until_reads("the start", Page::preferred, "No preference").await;
    page.press("Redo");
    page.until_reads("forth again", Page::preferred, "IPv6_ONLY").await;
}

fn storage() -> Storage {
    window().local_storage().unwrap().unwrap()
}

/// Returns the text of an element as it is read: trimmed, with single spaces.
fn text(element: &Element) -> String {
    element.text_content().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn click(element: &Element) {
    match element.dyn_ref::<HtmlElement>() {
        Some(element) => element.click(),
        None => {
            let init = EventInit::new();
            init.set_bubbles(true);
            element.dispatch_event(&Event::new_with_event_init_dict("click", &init).unwrap()).unwrap();
        }
    }
}

const DNS: &str = "Six colours, found by DNS";
const CLOUD_MAP: &str = "Six colours, found by Cloud Map";

/// Red, orange, yellow, green, blue, purple, for DNS and for Cloud Map: the table of tests/golden.rs, on the page.
const GOLDEN: [(&str, [&str; 2]); 5] = [
    ("No preference", ["ok ok app listener listener listener+[app]", "ok ok app ok ok app"]),
    ("IPv6_PREFERRED", ["app ok ok app ok ok"; 2]),
    ("IPv4_PREFERRED", ["ok ok app ok ok app"; 2]),
    ("IPv6_ONLY", ["discovery+[app] discovery discovery app ok ok"; 2]),
    ("IPv4_ONLY", ["ok ok app ok ok app"; 2]),
];

/// Order of the preferences: each one once and then the first again, so that an outcome left over from the previous
/// preference is detected.
const WAY: [usize; 6] = [0, 3, 1, 2, 4, 0];

async fn the_golden_table(scenario: &str, variant: usize) {
    let page = Page::first_visit().await;
    page.choose("select[aria-label=Scenario]", scenario);
    for (words, outcomes) in WAY.map(|index| GOLDEN[index]) {
        page.prefer(words);
        page.until_reads(words, Page::preferred, words).await;
        page.until_reads(words, Page::requests, outcomes[variant]).await;
        let arriving = outcomes[variant].split(' ').filter(|outcome| *outcome == "ok").count();
        assert_eq!(text(&page.get(".graph-bar .arrived")), format!("{arriving} of 6 requests arrive"));
    }
    page.press("Matrix");
    page.until("the matrix is shown", |page| page.find(".matrix table").is_some()).await;
    for (column, (words, outcomes)) in GOLDEN.into_iter().enumerate() {
        let heading = text(&page.get(&format!(".matrix thead th:nth-child({})", column + 3)));
        assert_eq!(heading, if column == 0 { format!("{words} (now)") } else { words.to_owned() });
        assert_eq!(page.column(column), outcomes[variant], "{words}");
    }
}

#[wasm_bindgen_test]
async fn the_golden_table_found_by_dns() {
    the_golden_table(DNS, 0).await;
}

#[wasm_bindgen_test]
async fn the_golden_table_found_by_cloud_map() {
    the_golden_table(CLOUD_MAP, 1).await;
}

#[wasm_bindgen_test]
async fn the_override_step_makes_red_orange_and_yellow_answer() {
    for scenario in [DNS, CLOUD_MAP] {
        let page = Page::first_visit().await;
        page.choose("select[aria-label=Scenario]", scenario);
        page.prefer("IPv6_ONLY");
        page.until_reads(scenario, Page::requests, "discovery+[app] discovery discovery app ok ok").await;
        page.press("Matrix");
        page.until("the matrix is shown", |page| page.find(".matrix table").is_some()).await;
        for (colour, preference) in
            [("red", "IPv4_PREFERRED"), ("orange", "IPv4_PREFERRED"), ("yellow", "IPv6_PREFERRED")]
        {
            page.choose(&format!("#own-{}", node_name(colour)), preference);
        }
        page.until_reads(scenario, |page| page.column(3), "ok ok ok app ok ok").await;
        page.press("Graph");
        page.until_reads(scenario, Page::requests, "ok ok ok app ok ok").await;
    }
}

#[wasm_bindgen_test]
async fn a_first_visit_shows_the_mesh_and_the_effects_on_a_node() {
    let page = Page::first_visit().await;
    // Boxes are components: they are rendered after their parent.
    page.until("six boxes", |page| page.all(".graph svg .box:not(.virtualGateway)").len() == 6).await;
    assert_eq!(page.all(".graph svg .box.virtualGateway").len(), 1);
    assert_eq!(page.all(".graph svg .edge").len(), 6);
    let selected = page.all(".graph svg .box.selected");
    assert_eq!(selected.len(), 1);
    assert_eq!(text(&page.get(".inspector .kind")), "Virtual node");
    assert_eq!(
        page.all(".inspector .lane dt").iter().map(text).collect::<Vec<_>>(),
        ["DNS resolver", "Cloud Map address", "Local app endpoint", "Listener bind"]
    );
    assert!(text(&page.get("main")).contains("No preference is not IPv4."));
    assert!(page.find("[role=alert]").is_none(), "{}", text(&page.0));
}

#[wasm_bindgen_test]
async fn a_node_of_the_graph_is_selected_by_a_click() {
    let page = Page::first_visit().await;
    for colour in COLOURS {
        let node = node_name(colour.name);
        let shape = page.all(".graph .box").into_iter();
        let mut shape = shape.filter(|shape| {
            // The accessible name of a box is its title.
            let title = shape.query_selector("title").unwrap().unwrap();
            text(&title).starts_with(&format!("virtual node {node}:"))
        });
        click(&shape.next().unwrap());
        page.until_reads("inspector", |page| text(&page.get(".inspector h2")), &node).await;
        assert_eq!(page.all(".graph .box[aria-pressed=true]").len(), 1);
    }
}

#[wasm_bindgen_test]
async fn every_step_can_be_undone_and_redone() {
    let page = Page::first_visit().await;
    let is_disabled = |page: &Page, name: &str| page.named("button", name).has_attribute("disabled");
    assert!(is_disabled(&page, "Undo") && is_disabled(&page, "Redo"));
    page.prefer("IPv6_ONLY");
    page.prefer("IPv4_ONLY");
    let steps = |page: &Page| {
        page.all(".history li .label").iter().map(text).collect::<Vec<_>>().join("; ").replace('`', "")
    };
    page.until_reads("history", steps, "Set mesh colors to IPv4_ONLY; Set mesh colors to IPv6_ONLY").await;
    for (button, preference, outcomes) in [
        ("Undo", "IPv6_ONLY", GOLDEN[3].1[0]),
        ("Undo", "No preference", GOLDEN[0].1[0]),
        ("Redo", "IPv6_ONLY", GOLDEN[3].1[0]),
        ("Redo", "IPv4_ONLY", GOLDEN[4].1[0]),
    ] {
        page.press(button);
        page.until_reads(button, Page::preferred, preference).await;
        page.until_reads(button, Page::requests, outcomes).await;
    }
    assert!(is_disabled(&page, "Redo") && !is_disabled(&page, "Undo"));
}

#[wasm_bindgen_test]
async fn what_is_done_is_there_on_the_next_visit() {
    let page = Page::first_visit().await;
    page.prefer("IPv6_ONLY");
    page.until_reads("now", Page::requests, GOLDEN[3].1[0]).await;
    drop(page);
    let page = Page::visit().await;
    page.until_reads("then", Page::requests, GOLDEN[3].1[0]).await;
    assert_eq!(page.preferred(), "IPv6_ONLY");
}

/// Worlds that cannot be restored, each with a word of the page's message.
const DAMAGES: [(&str, &str); 5] = [
    ("", "damaged"),
    ("{\"format\":\"mesh-play", "line 1"),
    ("[]", "version"),
    ("{\"format\":\"mesh-playground\",\"version\":99}", "newer"),
    ("{\"format\":\"mesh-playground\",\"version\":1,\"resources\":[{}]}", "resources[0]"),
];

#[wasm_bindgen_test]
async fn a_damaged_store_is_reported_and_kept_and_stops_nothing() {
    for (damage, word) in DAMAGES {
        settle();
        at_rest().await;
        storage().clear().unwrap();
        mesh_playground::ui::storage::forget_vault().await;
        storage().set_item(WORLD, damage).unwrap();
        let page = Page::visit().await;
        let said = text(&page.get(".banner[role=alert]"));
        assert!(said.contains("damaged") && said.contains(word), "{damage}: {said}");
        let kept = || storage().get_item(DAMAGED).unwrap();
        assert_eq!(kept().as_deref(), Some(damage));
        page.prefer("IPv4_ONLY");
        page.until_reads(damage, Page::requests, GOLDEN[4].1[0]).await;
        assert_eq!(kept().as_deref(), Some(damage), "kept while the page goes on");
        page.until("what is done is kept", |_| projects().contains("IPv4_ONLY")).await;
        page.press("Discard it");
        page.until(damage, |page| page.find(".banner:not(:empty)").is_none()).await;
        assert_eq!(kept(), None);
    }
}

#[wasm_bindgen_test]
async fn a_name_that_is_wrong_is_told_at_the_field() {
    let page = Page::first_visit().await;
    page.press("Create mesh");
    page.until("the dialog is open", |page| page.find("dialog[open]").is_some()).await;
    let input: HtmlInputElement = page.get("#mesh-name").unchecked_into();
    click(&page.get("dialog button[type=submit]"));
    page.until("the error is told", |page| page.find("#mesh-name-note[role=alert]").is_some()).await;
    assert_eq!(input.get_attribute("aria-invalid").as_deref(), Some("true"));
    assert_eq!(input.get_attribute("aria-describedby").as_deref(), Some("mesh-name-note"));
    input.set_value("second");
    let init = EventInit::new();
    init.set_bubbles(true);
    input.dispatch_event(&Event::new_with_event_init_dict("input", &init).unwrap()).unwrap();
    click(&page.get("dialog button[type=submit]"));
    page.until("the dialog is closed", |page| page.find("dialog").is_none()).await;
    page.until_reads("shown", |page| text(&page.get(".mesh-title .name")), "second").await;
}
