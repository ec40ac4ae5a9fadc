//! Simulates one request, from its client to an application or to the point of failure.

use std::cmp::Reverse;

use mesh_text::sorting;

use super::{
    End, Event, Outcome, Reply, Request, Retries, ServiceHop, Share, Stop, Tls,
    plan::{Names, Plan, plan},
    random::{below, random},
    reach::{Connection, Target, Way, first_port},
    reply::{CONNECT_TIMEOUT, answered, closed, refused, time_limit, with_handshake},
    request::Protocol,
    tls::negotiate,
};
use crate::{
    control_plane::Mesh,
    environment::Environment,
    model::{Listener, Name, PortProtocol, View, VirtualNodeSpec},
    resolve::node_preference,
};

/// One target of a route, with the share of requests it should get and how many it got.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Split {
    /// The target; the share it should get is its weight divided by `sum`.
    pub target: Share,
    /// The sum of all weights.
    pub sum: i64,
    /// The number of requests that went to it.
    pub seen: u32,
}

/// How to choose one of the targets of a route.
#[derive(Clone, Copy)]
enum Choice {
    /// At random by weight, with this seed.
    Seed(u64),
    /// The heaviest one.
    Heaviest,
    /// The one at this index.
    Target(usize),
}

/// Sends one request. The same seed selects the same target and the same host.
pub fn simulate(environment: &Environment, mesh: &Mesh, request: &Request, seed: u64) -> Outcome {
    run(environment, mesh, request, Choice::Seed(seed))
}

/// Sends one request along the most common path: to the heaviest target, and to its first host.
pub fn send(environment: &Environment, mesh: &Mesh, request: &Request) -> Outcome {
    run(environment, mesh, request, Choice::Heaviest)
}

/// Sends one request to each target of its route that has a weight. Returns each outcome with the index of its
/// target, the heaviest first. A request without a choice is sent once.
pub fn send_to_each(environment: &Environment, mesh: &Mesh, request: &Request) -> Vec<(usize, Outcome)> {
    let plan = match plan(environment, mesh, request, Names::LookedUp) {
        Ok(plan) => plan,
        Err(outcome) => return vec![(0, *outcome)],
    };
    let weights: Vec<_> = plan.targets.iter().map(|target| target.weight).enumerate().collect();
    let mut weighted: Vec<_> = weights.into_iter().filter(|(_, weight)| *weight > 0).collect();
    sorting::sort_by_key(&mut weighted, |(_, weight)| Reverse(*weight));
    if let [] | [_] = &*weighted {
        let target = weighted.first().map_or(0, |(at, _)| *at);
        return vec![(target, follow(environment, mesh, plan, Choice::Heaviest))];
    }
    weighted.into_iter().map(|(at, _)| (at, send_to(environment, mesh, request, at))).collect()
}

/// Sends one request to the target with this index on its route; like [`send`] if there is no such target.
pub fn send_to(environment: &Environment, mesh: &Mesh, request: &Request, target: usize) -> Outcome {
    run(environment, mesh, request, Choice::Target(target))
}

/// Returns the node that gets most of such requests, even if the name has no address yet.
pub fn target(environment: &Environment, mesh: &Mesh, request: &Request) -> Option<Name> {
    let plan = plan(environment, mesh, request, Names::Given).ok()?;
    let heaviest = plan.targets.iter().rev().max_by_key(|target| target.weight)?;
    mesh.virtual_node(&heaviest.node).map(|_| heaviest.node.clone())
}

/// Sends a request `count` times, with `seed` and the numbers after it. Returns how many requests each target got.
///
/// Routes are matched only once. Returns nothing if the request finds no route.
pub fn split(environment: &Environment, mesh: &Mesh, request: &Request, count: u32, seed: u64) -> Vec<Split> {
    let Ok(plan) = plan(environment, mesh, request, Names::LookedUp) else { return Vec::new() };
    let sum = sum(&plan.targets);
    let mut splits: Vec<_> = plan.targets.into_iter().map(|target| Split { target, sum, seen: 0 }).collect();
    let weights: Vec<_> = splits.iter().map(|split| split.target.weight).collect();
    for number in 0..u64::from(count) {
        let drawn = draw(sum, seed.wrapping_add(number));
        let chosen = fallen(&weights, drawn).and_then(|chosen| splits.get_mut(chosen));
        if let Some(split) = chosen {
            split.seen += 1;
        }
    }
    splits
}

fn sum(targets: &[Share]) -> i64 {
    targets.iter().map(|target| target.weight).sum()
}

fn draw(sum: i64, seed: u64) -> i64 {
    below(seed, sum.unsigned_abs()).cast_signed()
}

/// Returns the target at a drawn number; `None` if no target has any weight.
fn fallen(weights: &[i64], mut drawn: i64) -> Option<usize> {
    weights.iter().position(|weight| {
        drawn -= weight;
        drawn < 0
    })
}

fn run(environment: &Environment, mesh: &Mesh, request: &Request, choice: Choice) -> Outcome {
    match plan(environment, mesh, request, Names::LookedUp) {
        Ok(plan) => follow(environment, mesh, plan, choice),
        Err(outcome) => *outcome,
    }
}

fn follow(environment: &Environment, mesh: &Mesh, mut plan: Plan, choice: Choice) -> Outcome {
    let sum = sum(&plan.targets);
    let weights: Vec<_> = plan.targets.iter().map(|target| target.weight).collect();
    let heaviest = || (0..weights.len()).rev().max_by_key(|at| weights[*at]);
    let (seed, drawn) = match choice {
        Choice::Seed(seed) => (Some(seed), Some(draw(sum, seed))),
        Choice::Heaviest | Choice::Target(_) => (None, None),
    };
    let chosen = match (choice, drawn) {
        (Choice::Target(at), _) if at < weights.len() => Some(at),
        (_, Some(drawn)) => fallen(&weights, drawn),
        _ => heaviest(),
    };
    if plan.via.is_some() {
        let targets = plan.targets.clone();
        plan.events.push(Event::Choice { targets, drawn, chosen });
    }
    let target = chosen.and_then(|chosen| plan.targets.get(chosen)).cloned();
    let spec = target.as_ref().and_then(|target| mesh.virtual_node(&target.node));
    let (Some(target), Some(spec)) = (target, spec) else {
        // A target that does not exist is a cluster that Envoy does not have.
        return fail(plan, None);
    };
    let share = (target.weight * 100).checked_div(sum).unwrap_or(0);
    let service = ServiceHop {
        service: plan.service.clone(),
        via: plan.via.as_ref().map(|(router, route, _)| (router.clone(), route.clone())),
        node: target.node.clone(),
        share: u8::try_from(share).unwrap_or(100),
    };
    let node = Target::new(environment, spec, node_preference(mesh, spec));
    // If hosts take turns, the seed selects the first one (Envoy's round robin).
    let start = seed.map_or(0, |seed| random(!seed));
    let call = Call::new(environment, &node, spec, &target, &plan);
    call.deliver(plan, service, start)
}

fn fail(mut plan: Plan, service: Option<ServiceHop>) -> Outcome {
    let (end, reply) = if plan.is_tcp {
        (End::Closed, closed(Stop::NoCluster))
    } else {
        (End::EnvoyAnswered, refused(Stop::NoCluster, None, plan.request.is_grpc(), 0))
    };
    plan.events.push(Event::Reply(reply.clone()));
    Outcome { route: plan.hop, service, reach: None, sent: None, events: plan.events, reply, end }
}

/// Everything that is the same for all attempts of a request.
struct Call<'e> {
    node: &'e Target<'e>,
    port: i64,
    has_port: bool,
    /// The protocol of the target's listener.
    protocol: Option<PortProtocol>,
    tls: Tls,
    is_tcp: bool,
    is_http: bool,
    is_grpc: bool,
    retries: Option<Retries>,
    limit: Option<i64>,
}

/// Result of all attempts.
struct Tried<'e> {
    way: Way<'e>,
    tls: Option<Tls>,
    stop: Option<Stop>,
    attempts: u32,
}

impl<'e> Call<'e> {
    fn new(
        environment: &Environment,
        node: &'e Target<'e>,
        spec: View<'e, VirtualNodeSpec>,
        target: &Share,
        plan: &Plan<'_>,
    ) -> Self {
        let port = target.port.or(first_port(spec));
        let mut listeners = spec.listeners().unwrap_or_default().iter();
        let listener: Option<View<Listener>> =
            listeners.find(|listener| Some(listener.port_mapping().port()) == port);
        let port = port.unwrap_or_default();
        let route = plan.via.as_ref().map(|(.., route)| *route);
        Self {
            node,
            port,
            has_port: listener.is_some(),
            protocol: listener.map(|listener| listener.port_mapping().protocol()),
            tls: negotiate(
                &environment.certificates,
                plan.policies,
                spec,
                listener.and_then(|listener| listener.tls()),
                port,
            ),
            is_tcp: plan.is_tcp,
            is_http: plan.request.protocol != Protocol::Tcp,
            is_grpc: plan.request.is_grpc(),
            retries: if plan.is_tcp { None } else { Retries::of(environment, route) },
            limit: time_limit(route),
        }
    }

    fn deliver(&self, plan: Plan<'_>, service: ServiceHop, start: u64) -> Outcome {
        let mut events = plan.events;
        let tried = self.tries(start, &mut events);
        let (end, reply) = match tried.stop {
            None => {
                let sees_target = !tried.way.bypasses();
                let reply = answered(self.is_http, self.is_grpc, sees_target, tried.attempts);
                (
                    End::Answered,
                    if self.is_tcp { Reply { caller_details: "".into(), ..reply } } else { reply },
                )
            }
            Some(stop) if self.is_tcp => (End::Closed, closed(stop)),
            Some(stop) => (End::EnvoyAnswered, refused(stop, self.retries, self.is_grpc, tried.attempts)),
        };
        // A bypassed target's Envoy logs nothing.
        let handshake = tried.tls.as_ref().filter(|_| !tried.way.bypasses());
        let reply = match (handshake.and_then(|tls| Some((tls, tls.stop()?))), self.protocol) {
            (Some((tls, stop)), Some(protocol)) if tried.stop == Some(stop) => {
                with_handshake(reply, stop, tls, protocol)
            }
            _ => reply,
        };
        events.push(Event::Reply(reply.clone()));
        let reach = self.node.reach(tried.way, self.port, tried.tls, reply.clone());
        let (service, reach, sent) = (Some(service), Some(reach), Some(plan.request));
        Outcome { route: plan.hop, service, reach, sent, events, reply, end }
    }

    /// Sends the request until it is answered or no retry is left.
    fn tries(&self, start: u64, events: &mut Vec<Event>) -> Tried<'e> {
        /// The number of attempts that are recorded one by one; later ones have the same results.
        const TOLD: u32 = 10;
        let registered = &self.node.registered;
        let hosts = match registered.is_one_host() {
            true => self.node.first_address().into_iter().collect(),
            false => registered.addresses(&self.node.effects),
        };
        let host = |attempt: u32| {
            let place = start
                .wrapping_add(u64::from(attempt))
                .checked_rem(u64::try_from(hosts.len()).unwrap_or(u64::MAX))?;
            hosts.get(usize::try_from(place).ok()?).copied()
        };
        events.push(Event::Discovery(self.node.discovery(host(0))));
        let most = self.retries.map_or(0, |retries| u32::try_from(retries.most).unwrap_or(u32::MAX));
        let hosts_in_turn = u32::try_from(hosts.len()).unwrap_or(u32::MAX);
        let mut attempt = 0;
        let mut waited = 0;
        loop {
            let way = self.node.way(host(attempt), self.has_port);
            let is_connected =
                matches!(way.connection, Some(Connection::Accepted | Connection::BypassesEnvoy));
            let tls = is_connected
                .then(|| if way.bypasses() { self.tls.without_listener() } else { self.tls.clone() });
            let stop = way.stop(tls.as_ref());
            if attempt < TOLD {
                self.tell(events, &way, tls.as_ref(), attempt + 1);
            }
            let attempts = attempt.saturating_add(1);
            let tried = |stop, attempts| Tried { way, tls: tls.clone(), stop, attempts };
            let Some(stop) = stop else { return tried(None, attempts) };
            waited += if stop == Stop::TimedOut { CONNECT_TIMEOUT } else { 0 };
            if self.limit.is_some_and(|limit| waited > limit) && !self.is_tcp {
                return tried(Some(Stop::TooLate), attempts);
            }
            let again =
                attempt < most && self.retries.is_some_and(|retries| retries.cover(stop, self.is_grpc));
            if !again {
                return tried(Some(stop), attempts);
            }
            if attempts < TOLD {
                events.push(Event::Retry { attempts, after: stop });
            }
            // Every host was tried, so further attempts change only their number.
            let is_settled = attempts > hosts_in_turn && attempts > TOLD && waited == 0;
            attempt = if is_settled { most } else { attempts };
        }
    }

    fn tell(&self, events: &mut Vec<Event>, way: &Way, tls: Option<&Tls>, attempt: u32) {
        let Some((address, connection)) = way.address.zip(way.connection) else { return };
        events.push(Event::Connect { attempt, address, port: self.port, connection });
        if let Some(tls) = tls {
            events.push(Event::Tls(tls.clone()));
            if tls.stop().is_none() {
                events.extend(way.application.map(Event::Application));
            }
        }
    }
}
