//! The accounts of the playground, and whether the service's default quotas are enforced.

use mesh_text::words::{english, say, t};
use yew::prelude::*;

use crate::{
    model::{AccountId, Kind},
    store::Command,
    ui::{
        components::{FieldNote, checkbox, el, field, node, node_list, text_in, text_input},
        hooks::Store,
    },
    view_model::rule_words,
};

#[derive(Properties, PartialEq)]
pub struct AccountsProps {
    pub store: Store,
}

/// The entered id of a new account, and its error.
#[derive(Clone, Default, PartialEq)]
struct Draft {
    id: String,
    error: Option<AttrValue>,
}

/// The content of the section *Accounts and quotas*.
#[component]
pub fn AccountsSection(props: &AccountsProps) -> Html {
    let store = &props.store;
    let draft = use_state(Draft::default);
    let world = &store.state.world;
    let on_text = {
        let draft = draft.clone();
        Callback::from(move |id| draft.set(Draft { id, error: None }))
    };
    let onsubmit = {
        let (draft, dispatch, accounts) = (draft.clone(), store.dispatch.clone(), world.accounts.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let error = match draft.id.trim().parse::<AccountId>() {
                Err(rule) => rule_words(t("Account ID"), &rule),
                Ok(account) if accounts.contains(&account) => {
                    say("There is an account {0} already.", &[account.as_str()])
                }
                Ok(account) => {
                    dispatch.run(Command::AddAccount(account));
                    return draft.set(Draft::default());
                }
            };
            draft.set(Draft { error: Some(error.into()), ..(*draft).clone() });
        })
    };
    let accounts = world.accounts.iter().map(|account| {
        let owned = world.control_plane.meshes().filter(|(id, _)| id.owner == *account).count();
        let words = match (owned, *account == world.account) {
            (1, true) => english("{0}: 1 mesh, acting"),
            (1, false) => english("{0}: 1 mesh"),
            (_, true) => english("{0}: {1} meshes, acting"),
            (_, false) => english("{0}: {1} meshes"),
        };
        text_in("li", "", &say(words, &[account.as_str(), &owned.to_string()]))
    });
    let note = FieldNote::new(draft.error.as_ref(), "");
    let input = text_input("account-id", &draft.id, draft.error.is_some(), false, on_text);
    let add = node(html! {
        <form {onsubmit} novalidate={true}>
            { *field("account-id", t("12-digit ID"), note, input) }
            <button type="submit">{ t("Add account") }</button>
        </form>
    });
    let enforces = world.control_plane.enforces_quotas;
    let dispatch = store.dispatch.clone();
    let on_quotas = Callback::from(move |on| {
        dispatch.run(Command::EnforceQuotas(on));
    });
    let quota = |(kind, words): (Kind, &'static str)| say(words, &[&kind.declaration().quota.to_string()]);
    let quotas: Vec<_> = Kind::ALL.into_iter().zip(QUOTAS).map(quota).collect();
    let hint = say("{0}. Above that, LimitExceededException.", &[&quotas.join(t(", "))]);
    let parts = vec![
        el("ul", "accounts", accounts.collect()),
        add,
        checkbox(t("Enforce the default quotas"), enforces, &on_quotas),
        text_in("p", "hint", &hint),
    ];
    *node_list(parts)
}

/// The quotas in words, in the order of the kinds.
const QUOTAS: [&str; 7] = [
    english("{0} meshes in an account"),
    english("{0} virtual nodes in a mesh"),
    english("{0} virtual routers in a mesh"),
    english("{0} virtual services in a mesh"),
    english("{0} routes in a virtual router"),
    english("{0} virtual gateways in a mesh"),
    english("{0} gateway routes in a virtual gateway"),
];
