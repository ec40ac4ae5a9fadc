//! Tab-separated lines for other programs. Source: the real tool's `text.py`.

use mesh_text::data::{Data, Members, sorted, value_in};
use mesh_text::sorting;

/// Formats a value as tab-separated lines.
///
/// # Errors
/// When a list mixes objects with other values; the real tool fails in this case as well.
pub fn printed(data: &Data) -> Result<String, String> {
    let mut text = String::new();
    write(data, None, None, &mut text)?;
    Ok(text)
}

type Written = Result<(), String>;

/// Writes a value. `name` is the name of the enclosing member; `columns` are the columns of the enclosing list.
fn write(data: &Data, name: Option<&str>, columns: Option<&[&str]>, text: &mut String) -> Written {
    match data {
        Data::Map(members) => write_members(members, name, columns, text),
        Data::List(items) => write_list(items, name, text),
        scalar => {
            line(None, &[scalar.plain(false)], text);
            Ok(())
        }
    }
}

fn write_list(items: &[Data], name: Option<&str>, text: &mut String) -> Written {
    let is_map = |item: &&Data| matches!(item, Data::Map(_));
    if items.iter().any(|item| is_map(&item)) {
        if let Some(other) = items.iter().find(|item| !is_map(item)) {
            return Err(["'", other.python_type(false), "' object has no attribute 'items'"].concat());
        }
        let columns = columns(items);
        return items.iter().try_for_each(|item| write(item, name, Some(&columns), text));
    }
    let scalars: Vec<_> =
        items.iter().filter(|item| item.is_scalar()).map(|item| item.plain(false)).collect();
    match name {
        Some(_) => scalars.iter().for_each(|scalar| line(name, std::slice::from_ref(scalar), text)),
        None if scalars.is_empty() => {}
        None => line(None, &scalars, text),
    }
    let mut lists = items.iter().filter(|item| !item.is_scalar());
    lists.try_for_each(|item| write(item, name, None, text))
}

/// Returns the names of all scalar members in a list of objects, sorted.
fn columns(items: &[Data]) -> Vec<&str> {
    let mut names = Vec::new();
    for item in items {
        if let Data::Map(members) = item {
            names.extend(members.iter().filter(|(_, value)| value.is_scalar()).map(|(name, _)| &**name));
        }
    }
    sorting::sort(&mut names);
    names.dedup();
    names
}

fn write_members(
    members: &Members,
    name: Option<&str>,
    columns: Option<&[&str]>,
    text: &mut String,
) -> Written {
    let sorted = sorted(members);
    let value = |column: &str| value_in(&sorted, column).map(|value| value.plain(false)).unwrap_or_default();
    let scalars: Vec<_> = match columns {
        Some(columns) => columns.iter().map(|column| value(column)).collect(),
        None => {
            let scalars = sorted.iter().filter(|(_, value)| value.is_scalar());
            scalars.map(|(_, value)| value.plain(false)).collect()
        }
    };
    if !scalars.is_empty() {
        line(name, &scalars, text);
    }
    for (name, value) in sorted {
        let is_told = match columns {
            Some(columns) => columns.binary_search(&&**name).is_ok(),
            None => value.is_scalar(),
        };
        if !is_told {
            write(value, Some(name), None, text)?;
        }
    }
    Ok(())
}

fn line(name: Option<&str>, scalars: &[String], text: &mut String) {
    if let Some(name) = name {
        text.push_str(&name.to_uppercase());
        text.push('\t');
    }
    text.push_str(&scalars.join("\t"));
    text.push('\n');
}
