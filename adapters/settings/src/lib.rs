#![doc = include_str!("../README.md")]

mod error;
mod ledger;
mod ledger_kind;
mod log_levels;
mod methods;
mod reader;
mod settings;
mod store_setting;
mod stores;
#[cfg(test)]
mod tests;

pub use error::{SettingError, SettingsError, both};
pub use ledger_kind::{LedgerKind, LedgerKindError};
pub use log_levels::LogLevels;
pub use settings::Settings;
pub use store_setting::{StoreSetting, StoreUrl};
pub use stores::{OpenStore, OpenVersion, open};
