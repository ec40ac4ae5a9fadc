//! Collects the pages of paginated lists. Source: `botocore/paginate.py`.

use mesh_text::base64::{from_base64, to_base64};

use super::{
    data::{Data, Members, named},
    input::{Failure, Given},
    json,
    service::Pages,
};

/// Pagination options of a command line.
#[derive(Debug, Default)]
pub struct Paging {
    /// Starting token: the `NextToken` that an earlier command line printed, or the service's own token.
    pub start: Option<String>,
    /// Maximum number of items per request.
    pub size: Option<String>,
    /// Maximum number of items in total.
    pub most: Option<i64>,
}

impl Paging {
    /// Returns whether the command line has any pagination option.
    pub fn is_asked_for(&self) -> bool {
        self.start.is_some() || self.size.is_some() || self.most.is_some()
    }
}

/// The collected pages, and the position to resume from.
#[derive(Debug, Default)]
pub struct Collected {
    /// The items of each page.
    pub pages: Vec<Vec<Data>>,
    /// Token for the next command line, if there are more items.
    pub resume: Option<String>,
}

/// Requests pages until there are no more, or the maximum number of items is reached.
///
/// # Errors
/// When a request fails, the starting token is invalid, or the service returns the same token twice.
pub fn collect(
    pages: Pages,
    mut given: Vec<Given>,
    paging: &Paging,
    ask: &mut dyn FnMut(&[Given]) -> Result<Data, Failure>,
) -> Result<Collected, Failure> {
    let mut collected = Collected::default();
    let mut next: Members = vec![named(pages.token, Data::Null)];
    let mut skipped = 0;
    if let Some(start) = &paging.start {
        (next, skipped) = begin(start, pages.token)?;
        put(&mut given, &next);
    }
    if let Some(size) = &paging.size {
        put(&mut given, &[(pages.limit.into(), Data::Number(size.as_str().into()))]);
    }
    let mut total = 0;
    let mut before: Option<Members> = None;
    let mut is_first = true;
    loop {
        let answer = ask(&given)?;
        let mut items = answer.get(pages.list).map(Data::items).unwrap_or_default().to_vec();
        if is_first {
            items.drain(..usize::try_from(skipped).unwrap_or_default().min(items.len()));
        } else {
            skipped = 0;
        }
        is_first = false;
        let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
        if let Some(most) = paging.most.filter(|most| total + count > *most) {
            let kept = most - total;
            // A negative number drops items from the end.
            let left = usize::try_from(if kept < 0 { count + kept } else { kept }).unwrap_or_default();
            items.truncate(left);
            collected.pages.push(items);
            next.push(named("boto_truncate_amount", Data::whole(kept + skipped)));
            collected.resume = Some(encoded(&next));
            return Ok(collected);
        }
        collected.pages.push(items);
        total += count;
        let token = answer.get(pages.token).filter(|token| !token.is_empty()).cloned();
        let Some(token) = token else { return Ok(collected) };
        next = vec![named(pages.token, token)];
        if paging.most == Some(total) {
            collected.resume = Some(encoded(&next));
            return Ok(collected);
        }
        if before.as_ref() == Some(&next) {
            let token = Data::map(next).python(false);
            let text = ["Error during pagination: The same next token was received twice: ", &token].concat();
            return Err(Failure::Plain(text));
        }
        put(&mut given, &next);
        before = Some(next.clone());
    }
}

/// Sets members of an input; a null value removes the member.
fn put(given: &mut Vec<Given>, members: &[(std::rc::Rc<str>, Data)]) {
    for (name, value) in members {
        let is_null = *value == Data::Null || value.as_str() == Some("None");
        match given.iter().position(|given| given.name == *name) {
            Some(place) if is_null => {
                given.remove(place);
            }
            Some(place) => {
                if let Some(given) = given.get_mut(place) {
                    given.value = value.clone();
                }
            }
            None if is_null => {}
            None => given.push(Given { name: name.clone(), value: value.clone(), is_ordered: false }),
        }
    }
}

/// Decodes a starting token: returns the members to set, and the number of items to skip.
fn begin(token: &str, name: &str) -> Result<(Members, i64), Failure> {
    let decoded = from_base64(token).and_then(|bytes| String::from_utf8(bytes).ok());
    if let Some(Ok(Data::Map(members))) = decoded.map(|text| json::read(&text)) {
        let mut members = members.to_vec();
        let place = members.iter().position(|(name, _)| **name == *"boto_truncate_amount");
        let skipped = place.map(|place| members.remove(place).1);
        let skipped = match skipped {
            Some(Data::Number(number)) => number.parse().unwrap_or_default(),
            _ => 0,
        };
        return Ok((members, skipped));
    }
    // The older format: the service's token, and the number of items to skip.
    let parts: Vec<_> = token.split("___").collect();
    let old = match *parts {
        [first, amount] => amount.parse::<i64>().ok().map(|amount| (first, amount)),
        [_] => Some((token, 0)),
        _ => return Err(Failure::Plain(["Bad starting token: ", token].concat())),
    };
    let (token, skipped) = old.unwrap_or((token, 0));
    let value = if token == "None" { Data::Null } else { Data::text(token) };
    Ok((vec![named(name, value)], skipped))
}

/// Encodes a token for a later command line.
fn encoded(members: &Members) -> String {
    let mut json = "{".to_owned();
    for (i, (name, value)) in members.iter().enumerate() {
        json.push_str(if i == 0 { "" } else { ", " });
        json.push_str(&["\"", name, "\": "].concat());
        value.write_json(None, true, &mut json);
    }
    json.push('}');
    to_base64(json.as_bytes())
}
