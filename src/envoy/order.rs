//! Which of several routes is tried first.

use std::{cmp::Reverse, rc::Rc};

use serde_json::Value;

use super::cause::At;
use crate::{
    control_plane::Resource,
    model::{View, declare::member},
};

/// The place of a route among others: the smallest is tried first. Routes that are equal keep the order of their
/// names.
///
/// Priority comes first, and a route without one comes last. Then the closer match: a whole path, a pattern, a
/// prefix; the longer text; more headers, parameters and the like beside it. Sources: R17, G18.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    priority: i64,
    path: PathKind,
    length: Reverse<usize>,
    others: Reverse<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PathKind {
    Exact,
    Regex,
    Prefix,
}

/// The rank of a route or a gateway route.
pub fn rank<T>(spec: View<'_, T>) -> Rank {
    const LOWEST: i64 = 1000;
    let spec = spec.as_json();
    let route = spec.as_object().into_iter().flatten().find(|(name, _)| name.ends_with("Route"));
    let matches = route.map_or(&Value::Null, |(_, route)| member(route, "match"));
    let length = |name: &str| member(matches, name).as_str().map_or(0, str::len);
    let path = member(matches, "path");
    let text = |name: &str| member(path, name).as_str().map(str::len);
    let (path, length) = match (text("exact"), text("regex"), length("methodName")) {
        (Some(exact), _, _) => (PathKind::Exact, exact),
        (None, Some(regex), _) => (PathKind::Regex, regex),
        (None, None, 0) => (PathKind::Prefix, length("prefix").max(length("serviceName"))),
        (None, None, method) => (PathKind::Exact, length("serviceName") + method),
    };
    let others = matches.as_object().into_iter().flatten().map(|(name, value)| match name.as_str() {
        "prefix" | "path" | "port" | "serviceName" | "methodName" => 0,
        _ => value.as_array().map_or(1, Vec::len),
    });
    let priority = member(spec, "priority").as_i64().unwrap_or(LOWEST);
    Rank { priority, path, length: Reverse(length), others: Reverse(others.sum()) }
}

/// Routes in the order in which they are tried. They are few, and a sort would be more code than this.
pub(super) fn in_order<'m, T>(routes: impl Iterator<Item = &'m Rc<Resource>>) -> Vec<At<'m>> {
    let mut ranked: Vec<(Rank, At<'m>)> = Vec::new();
    for route in routes.map(At::spec) {
        let rank = rank::<T>(View::new(route.json()));
        let place = ranked.partition_point(|(other, _)| *other <= rank);
        ranked.insert(place, (rank, route));
    }
    ranked.into_iter().map(|(_, route)| route).collect()
}
