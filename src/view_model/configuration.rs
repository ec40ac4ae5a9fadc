//! Envoy's configuration for display: the settings behind its lines, the diff of two configurations, and the lines
//! that a change of preference rewrites.

use mesh_text::sorting;

use crate::{
    control_plane::Mesh,
    environment::Environment,
    envoy::{Cause, Line, bootstrap, envoys, json_lines},
    model::{Key, MeshId},
    world::World,
};

/// Setting that produced lines of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingRow {
    /// Resource that has the setting.
    pub key: Key,
    /// Path of the setting in the spec of the resource.
    pub path: String,
    /// Number of lines that the setting produced.
    pub lines: usize,
}

/// Returns every setting that produced any of these lines, in the order of the settings' first lines.
pub fn settings(lines: &[Line]) -> Vec<SettingRow> {
    let mut rows: Vec<SettingRow> = Vec::new();
    for line in lines {
        let Some(Cause::Setting(setting)) = &line.cause else { continue };
        let (key, path) = (setting.key(), setting.path());
        match rows.iter_mut().find(|row| row.key == *key && row.path == path) {
            Some(row) => row.lines += 1,
            None => rows.push(SettingRow { key: key.clone(), path, lines: 1 }),
        }
    }
    rows
}

/// Returns the lines of one Envoy's configuration; none if the resource has no Envoy.
pub fn configuration(environment: &Environment, id: &MeshId, mesh: &Mesh, key: &Key) -> Vec<Line> {
    bootstrap(environment, id, mesh, key).map_or_else(Vec::new, |config| json_lines(&config.tree()))
}

/// Line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// Kind of line: `-` only in the first text, `+` only in the second, a space in both, `…` instead of omitted lines.
    pub mark: char,
    /// Text of the line; empty for `…`.
    pub text: String,
}

/// Number of unchanged lines shown before and after each difference.
const AROUND: usize = 3;

/// Returns the line diff of two texts, with a few lines of context.
pub fn diff(before: &[Line], after: &[Line]) -> Vec<DiffLine> {
    let same = |a: &Line, b: &Line| a.text == b.text;
    let front = before.iter().zip(after).take_while(|(a, b)| same(a, b)).count();
    let (old, new) = (&before[front..], &after[front..]);
    let back = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| same(a, b)).count();
    let (old, new) = (&old[..old.len() - back], &new[..new.len() - back]);
    let mut lines = Vec::new();
    let mut push = |mark: char, line: &Line| lines.push(DiffLine { mark, text: line.text.clone() });
    before[..front].iter().for_each(|line| push(' ', line));
    // The longest common subsequence, from the back; `lengths[i][j]` is its length for `old[i..]` and `new[j..]`.
    let width = new.len() + 1;
    let mut lengths = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i * width + j] = match same(&old[i], &new[j]) {
                true => lengths[(i + 1) * width + j + 1] + 1,
                false => lengths[(i + 1) * width + j].max(lengths[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && same(&old[i], &new[j]) {
            push(' ', &old[i]);
            (i, j) = (i + 1, j + 1);
        } else if i < old.len()
            && (j == new.len() || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])
        {
            push('-', &old[i]);
            i += 1;
        } else {
            push('+', &new[j]);
            j += 1;
        }
    }
    before[before.len() - back..].iter().for_each(|line| push(' ', line));
    shortened(lines)
}

/// Replaces unchanged lines that are far from any difference by `…`.
fn shortened(lines: Vec<DiffLine>) -> Vec<DiffLine> {
    let differs: Vec<bool> = lines.iter().map(|line| line.mark != ' ').collect();
    let mut shown: Vec<DiffLine> = Vec::new();
    for (at, line) in lines.into_iter().enumerate() {
        let near = at.saturating_sub(AROUND)..(at + AROUND + 1).min(differs.len());
        if differs[near].contains(&true) {
            shown.push(line);
        } else if shown.last().is_none_or(|last| last.mark != '…') {
            shown.push(DiffLine { mark: '…', text: String::new() });
        }
    }
    shown
}

/// Number of lines of one Envoy's configuration that a change rewrites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationChange {
    /// Resource that the Envoy belongs to.
    pub key: Key,
    /// Number of removed lines.
    pub removed: usize,
    /// Number of added lines.
    pub added: usize,
}

/// Returns the Envoys of a mesh whose configurations differ between two worlds, with the numbers of changed lines.
pub fn configuration_changes(before: &World, after: &World, id: &MeshId) -> Vec<ConfigurationChange> {
    let (Some(old), Some(new)) = (before.visible_mesh(id), after.visible_mesh(id)) else { return Vec::new() };
    let rows = envoys(new).filter_map(|key| {
        let lines = |world: &World, mesh: &Mesh| {
            let mut lines: Vec<String> =
                configuration(&world.environment, id, mesh, key).into_iter().map(|line| line.text).collect();
            sorting::sort(&mut lines);
            lines
        };
        let (removed, added) = unmatched(&lines(before, old), &lines(after, new));
        (removed + added > 0).then(|| ConfigurationChange { key: key.clone(), removed, added })
    });
    rows.collect()
}

/// Returns how many lines of each sorted text the other lacks.
///
/// Ignores the positions of lines, so that the time is linear in the number of lines: the caller compares every Envoy
/// of a mesh at once.
fn unmatched(old: &[String], new: &[String]) -> (usize, usize) {
    let (mut i, mut j, mut same) = (0, 0, 0);
    while let (Some(a), Some(b)) = (old.get(i), new.get(j)) {
        same += usize::from(a == b);
        (i, j) = (i + usize::from(a <= b), j + usize::from(b <= a));
    }
    (old.len() - same, new.len() - same)
}
