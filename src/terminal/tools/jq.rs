//! stub
use super::Call;
use crate::terminal::command::Output;
pub(super) fn run(_: &mut Call) -> Output {
    Output::default()
}
