//! The panel *Request*: one request, its client, and everything that happens to it, event by event.

use gloo::timers::callback::Interval;
use mesh_text::words::{say, t};
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::{html::Scope, prelude::*};

use super::graph::GraphPanel;
use crate::{
    control_plane::Mesh,
    model::{HttpMethod, HttpScheme, Key, Kind},
    store::{Command, Panel},
    traffic::{Client, Protocol, Request, clients, dialled_port, split},
    ui::{
        components::{
            FieldNote, Node, bool_attribute, button, button_with, checkbox, choices, el, el_fixed, el_with,
            field, fixed, hidden, keyed, mark_badge, node, text, text_in, text_input,
        },
        hooks::Store,
    },
    view_model::{EventLog, EventRow, Mark, Topic, event_log, request_words},
};

#[derive(Properties, PartialEq)]
pub struct RequestProps {
    pub store: Store,
}

/// Duration of each event during playback, in milliseconds.
const BEAT: u32 = 800;
/// Maximum number of requests sent for the split.
const MOST: u32 = 100_000;
const PROTOCOLS: [&str; 4] = ["HTTP/1.1", "HTTP/2", "gRPC", "TCP"];

/// A text field of the panel.
#[derive(Clone, Copy, PartialEq)]
pub enum Field {
    Destination,
    Port,
    Path,
    Headers,
    Seed,
    Count,
}

/// The panel *Request*.
pub struct RequestPanel {
    /// The client that sends the request, a gateway or a node. If the mesh does not have it, the first client sends it.
    client: Option<Key>,
    /// The typed texts, by [`Field`].
    typed: [String; 6],
    protocol: usize,
    method: usize,
    is_https: bool,
    /// Whether each topic is left out of the list.
    without: [bool; 4],
    /// The index of the shown event; past the last event, all events are shown.
    step: usize,
    playing: Option<Interval>,
}

pub enum Msg {
    /// One of the requests of the mesh, as a starting point.
    Sample(usize),
    Client(usize),
    Type(Field, String),
    Protocol(usize),
    Method(usize),
    Https(bool),
    Without(usize, bool),
    Step(usize),
    Play,
    Tick,
}

impl RequestPanel {
    fn text(&self, place: Field) -> &str {
        self.typed.get(place as usize).map_or("", String::as_str)
    }

    fn set(&mut self, place: Field, text: String) {
        if let Some(typed) = self.typed.get_mut(place as usize) {
            *typed = text;
        }
    }

    /// Fills in a request for which the mesh has a path.
    fn take(&mut self, request: &Request) {
        let (kind, name) = match &request.client {
            Client::Gateway(name) => (Kind::VirtualGateway, name),
            Client::Node { node, .. } => (Kind::VirtualNode, node),
        };
        self.client = Some(Key::new(kind, name.clone()));
        let to = match &request.client {
            Client::Node { service, .. } => service.to_string(),
            Client::Gateway(_) => request.host.as_deref().unwrap_or_default().to_owned(),
        };
        self.set(Field::Destination, to);
        self.set(Field::Port, request.port.map_or_else(String::new, |port| port.to_string()));
        let (protocol, path) = match &request.protocol {
            Protocol::Http => (0, request.path.clone()),
            Protocol::Http2 => (1, request.path.clone()),
            Protocol::Grpc { service, method } => (2, format!("/{service}/{method}")),
            Protocol::Tcp => (3, String::new()),
        };
        self.protocol = protocol;
        self.set(Field::Path, path);
        self.method = HttpMethod::ALL.iter().position(|method| *method == request.method).unwrap_or_default();
        let headers: Vec<_> =
            request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        self.set(Field::Headers, headers.join("\n"));
        self.is_https = request.scheme == HttpScheme::Https;
    }

    /// Returns the request that is filled in.
    fn request(&self, mesh: &Mesh) -> Option<Request> {
        let client =
            self.client.clone().filter(|key| mesh.get(key).is_some()).or_else(|| clients_of(mesh).next())?;
        let to = self.text(Field::Destination).trim();
        let sender = match client.kind {
            Kind::VirtualGateway => Client::Gateway(client.name),
            _ => Client::Node { node: client.name, service: to.into() },
        };
        let path = match self.text(Field::Path).trim() {
            path if path.starts_with('/') => path.to_owned(),
            path => format!("/{path}"),
        };
        let mut request = Request::get(sender, &path);
        if matches!(request.client, Client::Gateway(_)) && !to.is_empty() {
            request.host = Some(to.into());
        }
        request.method = HttpMethod::ALL.get(self.method).copied().unwrap_or(HttpMethod::Get);
        request.scheme = if self.is_https { HttpScheme::Https } else { HttpScheme::Http };
        request.port =
            self.text(Field::Port).trim().parse::<u16>().ok().map(i64::from).filter(|port| *port > 0);
        let headers = self.text(Field::Headers).lines().filter_map(|line| line.split_once(':'));
        request.headers = headers.map(|(name, value)| (name.trim().into(), value.trim().into())).collect();
        request.protocol = match self.protocol {
            0 => Protocol::Http,
            1 => Protocol::Http2,
            2 => {
                let (service, method) =
                    path.trim_start_matches('/').split_once('/').unwrap_or((&path[1..], ""));
                Protocol::Grpc { service: service.into(), method: method.into() }
            }
            _ => Protocol::Tcp,
        };
        Some(request)
    }

    /// Returns the error of a typed text; the request is then sent without that text.
    fn wrong(&self, place: Field) -> Option<&'static str> {
        let text = self.text(place).trim();
        let is_from_node = self.client.as_ref().is_some_and(|client| client.kind == Kind::VirtualNode);
        match place {
            Field::Destination if text.is_empty() && is_from_node => {
                Some(t("Name a virtual service, or a host."))
            }
            Field::Port if !text.is_empty() && !text.parse().is_ok_and(|port: u16| port > 0) => {
                Some(t("A port is a number from 1 to 65535."))
            }
            Field::Count if !text.parse().is_ok_and(|count: u32| (1..=MOST).contains(&count)) => {
                Some(t("A number from 1 to 100000."))
            }
            Field::Seed if text.parse::<u64>().is_err() => Some(t("A whole number.")),
            _ => None,
        }
    }

    fn seed(&self) -> u64 {
        self.text(Field::Seed).trim().parse().unwrap_or(1)
    }

    fn stop(&mut self) {
        self.playing = None;
    }
}

/// Returns the resources that can send requests: gateways, then nodes.
fn clients_of(mesh: &Mesh) -> impl Iterator<Item = Key> {
    let kinds = [Kind::VirtualGateway, Kind::VirtualNode];
    kinds.into_iter().flat_map(|kind| mesh.of_kind(kind)).map(|resource| resource.id.key.clone())
}

impl Component for RequestPanel {
    type Message = Msg;
    type Properties = RequestProps;

    fn create(ctx: &Context<Self>) -> Self {
        let mut typed = ["", "", "/", "", "1", "1000"].map(str::to_owned);
        typed[Field::Seed as usize] = ctx.props().store.state.seed.to_string();
        let without = [false; 4];
        let mut panel = Self {
            client: None,
            typed,
            protocol: 0,
            method: 0,
            is_https: false,
            without,
            step: usize::MAX,
            playing: None,
        };
        // Start with the first request of the mesh.
        if let Some((_, mesh)) = ctx.props().store.mesh() {
            let requests = clients(&mesh);
            requests.first().into_iter().for_each(|request| panel.take(request));
        }
        panel
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let Some((_, mesh)) = ctx.props().store.mesh() else { return false };
        match msg {
            Msg::Sample(at) => clients(&mesh).get(at).into_iter().for_each(|request| self.take(request)),
            Msg::Client(at) => self.client = clients_of(&mesh).nth(at),
            Msg::Type(place, text) => {
                self.set(place, text);
                if let (Field::Seed, Ok(seed)) = (place, self.text(Field::Seed).trim().parse()) {
                    // A link contains the seed, so that everyone who opens the link sees the same.
                    ctx.props().store.dispatch.run(Command::SetSeed(seed));
                }
            }
            Msg::Protocol(at) => self.protocol = at,
            Msg::Method(at) => self.method = at,
            Msg::Https(is_https) => self.is_https = is_https,
            Msg::Without(at, without) => {
                self.without.get_mut(at).into_iter().for_each(|topic| *topic = without)
            }
            Msg::Step(step) => {
                self.stop();
                self.step = step;
                return true;
            }
            Msg::Play if self.playing.is_some() => {
                self.stop();
                return true;
            }
            Msg::Play => {
                let link = ctx.link().clone();
                self.playing = Some(Interval::new(BEAT, move || link.send_message(Msg::Tick)));
                self.step = 0;
                return true;
            }
            Msg::Tick => {
                if gloo::utils::document().hidden() {
                    return false;
                }
                let count = self.request(&mesh).map_or(0, |request| {
                    event_log(&ctx.props().store.shown_world.environment, &mesh, &request, self.seed())
                        .events
                        .len()
                });
                self.step += 1;
                if self.step + 1 >= count {
                    self.stop();
                }
                return true;
            }
        }
        // Another request has other events.
        self.stop();
        self.step = usize::MAX;
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let store = &ctx.props().store;
        let Some((_, mesh)) = store.mesh() else { return Html::default() };
        let Some(request) = self.request(&mesh) else {
            return *text_in("p", "empty", t("This mesh has no gateways and no nodes that could send."));
        };
        let link = ctx.link();
        let environment = &store.shown_world.environment;
        let log = event_log(environment, &mesh, &request, self.seed());
        let last = log.events.len().saturating_sub(1);
        let step = self.step.min(last);
        let at =
            log.events.iter().take(step + 1).rev().find_map(|event| containing_box(event.object.as_ref()?));
        let is_all = self.step > last;
        let graph = {
            let (store, at) = (store.clone(), if is_all { None } else { at });
            node(html! { <GraphPanel {store} {at} is_alone={true} /> })
        };
        let parts = vec![
            self.form(&mesh, &request, link),
            player(&log, step, self.playing.is_some(), link),
            graph,
            self.events(store, &log, step, link),
            self.split(store, &mesh, &request, link),
        ];
        *el_with("section", &["class", "aria-label"], vec!["request".into(), t("Request").into()], parts)
    }
}

/// Returns the box of the drawing that shows an object or contains it.
fn containing_box(object: &Key) -> Option<Key> {
    match object.kind {
        Kind::VirtualNode | Kind::VirtualGateway => Some(object.clone()),
        Kind::GatewayRoute => object.parent.clone().map(|gateway| Key::new(Kind::VirtualGateway, gateway)),
        _ => None,
    }
}

impl RequestPanel {
    fn form(&self, mesh: &Mesh, request: &Request, link: &Scope<Self>) -> Node {
        let mut samples = vec![t("Choose a request of the mesh…").to_owned()];
        let known = clients(mesh);
        samples.extend(known.iter().map(request_words));
        let known = known.iter().position(|sample| sample == request).map_or(0, |at| at + 1);
        let sample = choices(
            "request-sample",
            samples,
            known,
            link.batch_callback(|at: usize| at.checked_sub(1).map(Msg::Sample)),
        );
        let keys: Vec<_> = clients_of(mesh).collect();
        let is_of = |key: &Key| match &request.client {
            Client::Gateway(name) => key.kind == Kind::VirtualGateway && key.name == *name,
            Client::Node { node, .. } => key.kind == Kind::VirtualNode && key.name == *node,
        };
        let chosen = keys.iter().position(is_of).unwrap_or_default();
        let names =
            keys.iter().map(|key| [t(key.kind.declaration().words), " ", &*key.name].concat()).collect();
        let client = choices("request-client", names, chosen, link.callback(Msg::Client));
        let line = |id: &'static str, place: Field| {
            let is_wrong = self.wrong(place).is_some();
            text_input(
                id,
                self.text(place),
                is_wrong,
                false,
                link.callback(move |text| Msg::Type(place, text)),
            )
        };
        let port = say(
            "Empty: {0}.",
            &[&dialled_port(mesh, &Request { port: None, ..request.clone() }).to_string()],
        );
        let wrong = self.wrong(Field::Port);
        let port_note = wrong.map_or(FieldNote::Hint(&port), FieldNote::Error);
        let note = |place: Field, hint: &'static str| {
            self.wrong(place).map_or(FieldNote::Hint(hint), FieldNote::Error)
        };
        let is_node = matches!(request.client, Client::Node { .. });
        let (to, hint) = match is_node {
            true => (t("To"), t("A virtual service, or any host outside the mesh.")),
            false => (t("Host"), t("Empty: the gateway's own.")),
        };
        let protocols = PROTOCOLS.map(str::to_owned).to_vec();
        let methods = HttpMethod::ALL.iter().map(|method| method.as_str().to_owned()).collect();
        let path = if self.protocol == 2 { t("gRPC service and method") } else { t("Path") };
        let row = vec![
            field("request-client", t("Client"), FieldNote::None, client),
            field("request-to", to, note(Field::Destination, hint), line("request-to", Field::Destination)),
            field("request-port", t("Port"), port_note, line("request-port", Field::Port)),
        ];
        let mut second = vec![field(
            "request-protocol",
            t("Protocol"),
            FieldNote::None,
            choices("request-protocol", protocols, self.protocol, link.callback(Msg::Protocol)),
        )];
        if self.protocol < 2 {
            let method = choices("request-method", methods, self.method, link.callback(Msg::Method));
            second.push(field("request-method", t("Method"), FieldNote::None, method));
        }
        if self.protocol < 3 {
            second.push(field("request-path", path, FieldNote::None, line("request-path", Field::Path)));
        }
        let headers = link.batch_callback(|event: InputEvent| {
            Some(Msg::Type(Field::Headers, event.target_dyn_into::<HtmlTextAreaElement>()?.value()))
        });
        let area = node(html! {
            <textarea id="request-headers" rows="2" spellcheck="false" aria-describedby="request-headers-note"
                value={self.text(Field::Headers).to_owned()} oninput={headers} />
        });
        second.push(checkbox(t("The client speaks TLS"), self.is_https, &link.callback(Msg::Https)));
        let parts = vec![
            field("request-sample", t("Start from"), FieldNote::None, sample),
            el("div", "row", row),
            el(
                "div",
                "row",
                second.into_iter().enumerate().map(|(at, part)| keyed(part, at.to_string())).collect(),
            ),
            field(
                "request-headers",
                t("Headers"),
                FieldNote::Hint(t("One in a line, as name: value.")),
                area,
            ),
        ];
        el("div", "form", parts)
    }

    /// Renders the events that are shown, and the result.
    fn events(&self, store: &Store, log: &EventLog, step: usize, link: &Scope<Self>) -> Node {
        let filters = Topic::ALL.iter().enumerate().map(|(at, topic)| {
            let is_shown = !self.without[at];
            let onclick = link.callback(move |_: MouseEvent| Msg::Without(at, is_shown));
            button_with("", topic.label(), &["aria-pressed"], vec![bool_attribute(is_shown)], false, onclick)
        });
        let filters = el_fixed(
            "div",
            const { &[fixed("class", "filters"), fixed("role", "group"), fixed("aria-label", "Events shown")] },
            filters.collect(),
        );
        let shown = log.events.iter().enumerate().filter(|(_, event)| {
            Topic::ALL.iter().position(|topic| *topic == event.topic).is_none_or(|at| !self.without[at])
        });
        let rows =
            shown.map(|(at, event)| keyed(event_row(store, event, at, step), at.to_string())).collect();
        let result = el(
            "p",
            "reply",
            vec![
                mark_badge(log.arrives, if log.arrives { t("arrives") } else { t("stops") }),
                text_in("code", "", &log.result),
            ],
        );
        el("div", "", vec![text_in("h3", "", t("Events")), filters, el("ol", "hops", rows), result])
    }

    /// Renders the split of many identical requests: the expected and the actual share of each target.
    fn split(&self, store: &Store, mesh: &Mesh, request: &Request, link: &Scope<Self>) -> Node {
        let count = self.text(Field::Count).trim().parse::<u32>().unwrap_or(1).min(MOST);
        let splits = split(&store.shown_world.environment, mesh, request, count, self.seed());
        let line = |id: &'static str, label: &str, place: Field| {
            let on_text = link.callback(move |text| Msg::Type(place, text));
            let wrong = self.wrong(place);
            let input = text_input(id, self.text(place), wrong.is_some(), false, on_text);
            field(id, label, wrong.map_or(FieldNote::None, FieldNote::Error), input)
        };
        let fields = vec![
            line("request-count", t("Requests"), Field::Count),
            line("request-seed", t("Seed"), Field::Seed),
        ];
        let row = |split: &crate::traffic::Split| {
            let share = |part: i64, whole: i64| format!("{} %", (part * 1000 / whole.max(1) + 5) / 10);
            let cells = vec![
                el_fixed("th", const { &[fixed("scope", "row")] }, vec![text(&split.target.node)]),
                text_in("td", "", &share(split.target.weight, split.sum)),
                text_in(
                    "td",
                    "",
                    &format!("{} ({})", split.seen, share(i64::from(split.seen), i64::from(count))),
                ),
            ];
            el("tr", "", cells)
        };
        let head = [t("Target"), t("Expected"), t("Seen")]
            .map(|words| el_fixed("th", const { &[fixed("scope", "col")] }, vec![text(words)]));
        let table = el(
            "table",
            "split",
            vec![
                text_in("caption", "", t("Targets")),
                el("thead", "", vec![el("tr", "", head.into())]),
                el("tbody", "", splits.iter().map(row).collect()),
            ],
        );
        let table = if splits.is_empty() { text_in("p", "hint", t("It finds no target.")) } else { table };
        el("div", "", vec![text_in("h3", "", t("Many requests")), el("div", "row", fields), table])
    }
}

/// Renders the player of the events: back, forward, and to any event.
fn player(log: &EventLog, step: usize, is_playing: bool, link: &Scope<RequestPanel>) -> Node {
    let last = log.events.len().saturating_sub(1);
    let to = |step: usize| link.callback(move |_: MouseEvent| Msg::Step(step));
    let play = link.callback(|_: MouseEvent| Msg::Play);
    let scrub = link.batch_callback(|event: InputEvent| {
        event.target_dyn_into::<HtmlInputElement>()?.value().parse().ok().map(Msg::Step)
    });
    let words =
        log.events.get(step).map_or_else(String::new, |event| [event.name, ": ", &*event.text].concat());
    let range = node(html! {
        <input type="range" min="0" max={last.to_string()} value={step.to_string()} aria-label={t("Event")}
            aria-valuetext={words.clone()} oninput={scrub} />
    });
    let buttons = vec![
        button("", "|◀", t("Rewind"), to(0)),
        button("", "◀", t("One event back"), to(step.saturating_sub(1))),
        button("primary", if is_playing { t("Pause") } else { t("Play") }, "", play),
        button("", "▶", t("One event on"), to((step + 1).min(last))),
        range,
        text_in(
            "span",
            "hint",
            &say("{0} of {1}", &[&(step + 1).to_string(), &log.events.len().to_string()]),
        ),
    ];
    let parts = vec![el("div", "player", buttons), text_in("p", "now", &words)];
    el_with("div", &["role", "aria-label"], vec!["group".into(), t("Player").into()], parts)
}

fn event_row(store: &Store, event: &EventRow, at: usize, step: usize) -> Node {
    let sign = |mark: Mark| {
        el_with(
            "span",
            &["class", "aria-hidden"],
            vec!["mark".into(), "true".into()],
            vec![text(mark.sign())],
        )
    };
    let mut parts = vec![
        sign(event.mark),
        text_in("strong", "", event.name),
        text_in("span", "visually-hidden", &say(" ({0}): ", &[event.mark.word()])),
        text_in("span", "text", &event.text),
    ];
    if let Some(object) = &event.object {
        let commands = vec![Command::Select(Some(object.clone())), Command::ShowPanel(Panel::Request)];
        parts.push(button(
            "link",
            &object.name,
            &say("Show {0}", &[&object.translated()]),
            store.commands_callback(commands),
        ));
    }
    if !event.details.is_empty() {
        let detail = |(mark, words): &(Mark, String)| {
            el("li", mark.class(), vec![hidden(mark.sign()), text(" "), text(words)])
        };
        parts.push(el("ul", "details", event.details.iter().map(detail).collect()));
    }
    let class = match (event.mark, at == step) {
        (Mark::Passed, false) => "passed",
        (Mark::Passed, true) => "passed here",
        (_, false) => "failed",
        (_, true) => "failed here",
    };
    el_with(
        "li",
        &["class", "aria-current"],
        vec![class.into(), if at == step { "step".into() } else { "".into() }],
        parts,
    )
}
