//! `show`: the sessions and logins that count against a user.

use std::fmt;
use std::io::{IsTerminal, Write, stdout};

use anyhow::Result;
use serde::Serialize;
use session_limit_core::ledger::LedgerError;
use session_limit_core::limit::SessionLimit;
use session_limit_core::names::{ServerId, UserName};
use session_limit_core::time::Timestamp;
use session_limit_settings::LedgerKind;

use crate::arguments::{Show, Whose};
use crate::clock;
use crate::complain;
use crate::count::count;
use crate::leases::{self, Id, Lease};
use crate::store::Ledgers;

/// Clears a terminal.
const CLEAR: &str = "\x1b[H\x1b[2J";

pub(crate) async fn run(arguments: &Show) -> Result<()> {
    let ledgers = Ledgers::open(&arguments.store)?;
    loop {
        match View::load(&ledgers, &arguments.whose).await {
            Ok(view) => print(&view, arguments)?,
            // Somebody who watches wants to see when the store is back.
            Err(error) if arguments.watch.is_some() && error.is_retryable() => {
                complain(&error.into());
            }
            Err(error) => return Err(error.into()),
        }
        let Some(interval) = arguments.watch else { return Ok(()) };
        tokio::time::sleep(interval).await;
    }
}

fn print(view: &View<'_>, arguments: &Show) -> Result<()> {
    let mut out = stdout().lock();
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(view)?)?;
    } else if arguments.watch.is_some() && out.is_terminal() {
        writeln!(out, "{CLEAR}{view}")?;
    } else {
        writeln!(out, "{view}")?;
    }
    out.flush()?;
    Ok(())
}

/// The sessions and logins that count against a user at one moment.
#[derive(Serialize)]
struct View<'a> {
    user: &'a UserName,
    server: &'a ServerId,
    #[serde(serialize_with = "leases::rfc3339")]
    at: Timestamp,
    /// True if the ledger knows anything of the user.
    known: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(flatten)]
    counted: Counted,
}

#[derive(Serialize)]
#[serde(tag = "ledger", rename_all = "lowercase")]
enum Counted {
    Lease {
        /// The limit of the latest admission that took a slot.
        limit: Option<SessionLimit>,
        leases: Vec<Lease>,
        /// The number of ended sessions that are remembered, for the sake of messages that come
        /// late.
        ended: usize,
    },
    Counter {
        count: u64,
    },
}

impl<'a> View<'a> {
    async fn load(ledgers: &Ledgers, whose: &'a Whose) -> Result<Self, LedgerError> {
        let Whose { user, server } = whose;
        let at = clock::now();
        let (known, counted) = match ledgers.chosen {
            LedgerKind::Lease => {
                let known = ledgers.lease.table(server, user, at).await?;
                let is_known = known.is_some();
                let table = known.unwrap_or_default();
                let counted = Counted::Lease {
                    limit: table.limit(),
                    leases: leases::of(&table),
                    ended: table.tombstones().len(),
                };
                (is_known, counted)
            }
            LedgerKind::Counter => {
                let known = ledgers.counter.count(server, user, at).await?;
                (known.is_some(), Counted::Counter { count: known.unwrap_or(0) })
            }
        };
        let hint = if known { None } else { ledgers.hint(whose, at).await };
        Ok(Self { user, server, at, known, hint, counted })
    }
}

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, server, at, known, hint, counted } = self;
        writeln!(f, "{user} on {server}, {}", clock::absolute(*at))?;
        if !known {
            let never = "never seen here, or so long ago that all of it has expired";
            return f.write_str(hint.as_deref().unwrap_or(never));
        }
        match counted {
            Counted::Counter { count } => write!(f, "{count} counted"),
            Counted::Lease { limit, leases, ended } => {
                let is_session = |lease: &&Lease| matches!(lease.id, Id::Session(_));
                let sessions = leases.iter().filter(is_session).count();
                let reservations = count(leases.len() - sessions, "reservation");
                write!(f, "{}, {reservations}", count(sessions, "session"))?;
                if let Some(limit) = limit {
                    write!(f, "; the limit of the latest login was {limit}")?;
                }
                if *ended > 0 {
                    write!(f, "; {ended} ended not long ago")?;
                }
                if !leases.is_empty() {
                    write!(f, "\n\n{}", leases::grid(leases, *at))?;
                }
                Ok(())
            }
        }
    }
}
