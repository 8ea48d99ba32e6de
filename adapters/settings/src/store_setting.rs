//! The setting `SESSION_STORE`, as far as it can be read without knowing any store.

use std::fmt;

pub(crate) const ACCEPTED: &str = "none, or the address of a store such as memcached://host:11211";

/// The place where sessions are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StoreSetting {
    /// Nowhere, said explicitly: logins are authenticated and not counted.
    #[default]
    None,
    /// The store at this address.
    Url(StoreUrl),
}

/// The address of a store: a scheme, `://`, and a part that only the store can read. `Debug` shows
/// the scheme only, since an address may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl {
    url: String,
    scheme: usize,
}

impl StoreUrl {
    /// The part before `://`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.url.get(..self.scheme).unwrap_or_default()
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://…", self.scheme())
    }
}

pub(crate) fn parse(text: &str) -> Result<StoreSetting, &'static str> {
    if text == "none" {
        return Ok(StoreSetting::None);
    }
    match text.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) && !rest.is_empty() => {
            Ok(StoreSetting::Url(StoreUrl { url: text.to_owned(), scheme: scheme.len() }))
        }
        _ => Err("neither none nor an address"),
    }
}

fn is_scheme(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b))
}
