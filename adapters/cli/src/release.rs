//! `release`: frees slots by the ledger's own rules. A session is released by its end, a
//! reservation as if its login had been rolled back.

use std::io::{IsTerminal, Write, stderr, stdin, stdout};

use anyhow::{Context, Result, bail, ensure};
use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::{CounterLedger, Effect, LeaseLedger, Ledger, Observation};
use session_limit_core::names::SessionId;
use session_limit_core::time::Timestamp;
use session_limit_settings::LedgerKind;

use crate::arguments::{Release, What, Whose};
use crate::clock::now;
use crate::leases::{self, Id};
use crate::store::{Ledgers, Store};
use crate::usage::Usage;

pub(crate) async fn run(arguments: &Release) -> Result<()> {
    if !arguments.yes && !stdin().is_terminal() {
        return Err(Usage::new("cannot ask without a terminal; say --yes").into());
    }
    let ledgers = Ledgers::open(&arguments.store)?;
    match ledgers.chosen {
        LedgerKind::Lease => leases(&ledgers, arguments).await,
        LedgerKind::Counter => count(&ledgers.counter, arguments).await,
    }
}

async fn leases(ledgers: &Ledgers, arguments: &Release) -> Result<()> {
    let (ledger, now) = (&ledgers.lease, now());
    let Whose { user, server } = &arguments.whose;
    let table = ledger.table(server, user, now).await?;
    if table.is_none()
        && let Some(hint) = ledgers.hint(&arguments.whose, now).await
    {
        bail!(hint);
    }
    let mut chosen = leases::of(&table.unwrap_or_default());
    let at = chosen.iter().map(|lease| lease.since).max().unwrap_or(now);
    chosen.retain(|lease| arguments.what.includes(&lease.id));
    match &arguments.what {
        _ if !chosen.is_empty() => {}
        What { session: Some(id), .. } => bail!(
            "{user} holds no session {id} on {server}; a reservation is released with --token"
        ),
        What { token: Some(token), .. } => bail!(
            "{user} holds no reservation {token} on {server}; a session is released with --session"
        ),
        What { .. } => {
            say(format_args!("nothing counts against {user} on {server}"));
            return Ok(());
        }
    }
    confirm(&format!("{}\n\nRelease this?", leases::grid(&chosen, now)), arguments.yes)?;
    for lease in &chosen {
        let is_released = release(ledger, &arguments.whose, &lease.id, at).await;
        if is_released.with_context(|| lease.name())? {
            say(format_args!("released {}", lease.name()));
        } else {
            say(format_args!("{} was gone already", lease.name()));
        }
    }
    Ok(())
}

/// Releases a lease. Returns true if it was still there.
///
/// The ledger gets `at`, the time at which the youngest lease began, and not the time of this
/// machine's clock. A change of the table drops what has expired. By a fast clock that would be
/// leases that still hold.
async fn release(
    ledger: &LeaseLedger<Store>,
    whose: &Whose,
    id: &Id,
    at: Timestamp,
) -> Result<bool> {
    let Whose { user, server } = whose;
    match id {
        Id::Reservation(token) => Ok(ledger.release(server, user, token, at).await?),
        Id::Session(session) => {
            let known = ledger.user_of(server, session, at).await?;
            // Its end would free a slot of whoever that is.
            ensure!(
                known.as_ref().is_none_or(|known| known == user),
                "the store knows it as a session of another user; the slot comes back by itself"
            );
            Ok(end(ledger, whose, session, at).await?.effect == Effect::Ended)
        }
    }
}

/// Releases a session from a counter. A number does not tell what it consists of. All that can be
/// taken from it safely is a session that it is known to contain, once.
async fn count(ledger: &CounterLedger<Store>, arguments: &Release) -> Result<()> {
    let Whose { user, server } = &arguments.whose;
    let Some(session) = &arguments.what.session else {
        bail!(
            "the counter ledger keeps one number and cannot tell which slots are taken for \
             nothing. If it were lowered, sessions that are still open would be taken from it \
             twice. Release single sessions with --session; the rest comes back \
             SESSION_TTL_SECONDS after the last login or activity of {user}"
        );
    };
    let known = ledger.user_of(server, session, now()).await?;
    ensure!(
        known.as_ref() == Some(user),
        "the store does not know {session} as a session of {user} on {server}; if it were counted \
         as ended, a slot that it never took would be freed"
    );
    confirm(&format!("Release session {session} of {user}?"), arguments.yes)?;
    let observed = end(ledger, &arguments.whose, session, now()).await?;
    ensure!(
        !observed.report.leaked,
        "the store did not confirm the release; if the number has not changed, the slot comes back \
         when the counter expires"
    );
    match observed.effect {
        Effect::Ended => say(format_args!("released session {session}")),
        _ => say(format_args!("session {session} was counted as ended before")),
    }
    Ok(())
}

/// Tells the ledger that a session is over.
async fn end(
    ledger: &impl Ledger,
    whose: &Whose,
    session: &SessionId,
    at: Timestamp,
) -> Result<Observation> {
    let event = SessionEvent {
        server: whose.server.clone(),
        session: session.clone(),
        user: Some(whose.user.clone()),
        at,
        kind: EventKind::Ended,
    };
    Ok(ledger.observe(&event, at).await?)
}

fn confirm(question: &str, yes: bool) -> Result<()> {
    if yes {
        return Ok(());
    }
    write!(stderr(), "{question} [y/N] ")?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => bail!("nothing has been released"),
    }
}

/// Prints a line, and goes on if nobody reads it: what has been begun matters more.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(stdout(), "{line}");
}

impl What {
    fn includes(&self, id: &Id) -> bool {
        match id {
            Id::Session(id) => self.all || self.session.as_ref() == Some(id),
            Id::Reservation(token) => self.all || self.token.as_ref() == Some(token),
        }
    }
}
