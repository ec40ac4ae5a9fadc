//! `aws sts`: the identity of the calling account.

use crate::Context;
use app_mesh_engine::model::{Declared, declare::structure_by};

use super::{
    data::Data,
    service::{Asked, Declaration, Refusal},
};

/// The simulated operations.
pub const OPERATIONS: &[Declaration] = &[Declaration {
    name: "GetCallerIdentity",
    input: GetCallerIdentity::SHAPE,
    list: None,
    run: get_caller_identity,
}];

structure_by! {
    /// Input without members.
    GetCallerIdentity by GetCallerIdentityMembers {}
}

fn get_caller_identity(_: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let account = asked.account.as_str();
    let arn = ["arn:aws:iam::", account, ":root"].concat();
    let members = [("UserId", account), ("Account", account), ("Arn", &arn)];
    Ok(Data::map(members.iter().map(|(name, value)| ((*name).into(), Data::text(value))).collect()))
}
