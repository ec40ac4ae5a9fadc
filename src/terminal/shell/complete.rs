//! stub
/// stub
#[derive(Debug)]
pub struct Completion {}
