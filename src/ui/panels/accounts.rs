//! The accounts of the playground, and whether the service's default quotas hold.

use yew::prelude::*;

use crate::{
    model::{AccountId, Kind},
    store::Command,
    ui::{
        components::{Note, checkbox, el, el_with, field, node, text_in, text_input},
        hooks::Store,
    },
};

#[derive(Properties, PartialEq)]
pub struct AccountsProps {
    pub store: Store,
}

/// What is typed for a new account, and what is wrong with it.
#[derive(Clone, Default, PartialEq)]
struct Draft {
    id: String,
    error: Option<AttrValue>,
}

/// The section *Accounts and quotas*.
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
                Err(rule) => format!("Account ID {rule}"),
                Ok(account) if accounts.contains(&account) => {
                    format!("There is an account {account} already.")
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
        let acts = if *account == world.account { ", acting" } else { "" };
        text_in("li", "", &format!("{account}: {owned} {}{acts}", if owned == 1 { "mesh" } else { "meshes" }))
    });
    let note = Note::new(draft.error.as_ref(), "");
    let input = text_input("account-id", &draft.id, draft.error.is_some(), false, on_text);
    let add = node(html! {
        <form {onsubmit} novalidate={true}>
            { *field("account-id", "12-digit ID", note, input) }
            <button type="submit">{ "Add account" }</button>
        </form>
    });
    let enforces = world.control_plane.enforces_quotas;
    let dispatch = store.dispatch.clone();
    let on_quotas = Callback::from(move |on| {
        dispatch.run(Command::EnforceQuotas(on));
    });
    let quotas: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| {
            let declaration = kind.declaration();
            let place = declaration.parent.map_or("mesh", |parent| parent.declaration().words);
            let place = if *kind == Kind::Mesh { "account" } else { place };
            format!("{} {} in a {place}", declaration.quota, plural(declaration.words))
                .replace(" a account", " an account")
        })
        .collect();
    let hint = format!("{}. Above that, LimitExceededException.", quotas.join(", "));
    let parts = vec![
        text_in("summary", "", "Accounts and quotas"),
        el("ul", "accounts", accounts.collect()),
        add,
        checkbox("Enforce the default quotas", enforces, &on_quotas),
        text_in("p", "hint", &hint),
    ];
    *el_with("details", &["class"], vec!["settings".into()], parts)
}

fn plural(words: &str) -> String {
    if words.ends_with("sh") { format!("{words}es") } else { format!("{words}s") }
}
