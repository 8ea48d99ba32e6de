//! Puts the pieces together: the server in front, and behind it the identity provider and the
//! session tracker. These are built in and share a ledger, or are Lambda functions.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use session_limit_core::identity::IdentityProvider;
use session_limit_core::ledger::Ledger;
use session_limit_core::names::ServerId;
use session_limit_settings::Settings;

use crate::built_in_provider::BuiltInProvider;
use crate::cli::Options;
use crate::decisions::Decisions;
use crate::host_key;
use crate::identity::IdentityFunction;
use crate::invoke::{Function, ProviderFunction, TrackerFunction};
use crate::ledger;
use crate::log::ServerLog;
use crate::pipeline::{Delivery, Pipeline};
use crate::server::{Outside, Server, ServerSettings};
use crate::tracker::Tracker;
use crate::user_check;
use crate::users::UserFiles;

/// A running server with all that stands behind it.
pub struct TransferLocal {
    server: Server,
    pipeline: Pipeline,
}

impl TransferLocal {
    /// Starts the server and all that stands behind it.
    ///
    /// # Errors
    /// An option cannot be used. The error is one line that says which one, and why.
    pub async fn start(options: Options, decisions: Arc<Decisions>) -> Result<Self> {
        let store = ledger::store(&options)?;
        check(&options, &decisions)?;
        let settings = ledger::settings(&options)?;
        let login_times = options.login_times()?;
        let ledger = Arc::new(ledger::ledger(&settings, store)?);
        let root = open_root(&options.root)?;
        let host_key = host_key::load_or_make(&options.host_key)?;
        let file = options.log_file.as_deref().map(open_log).transpose()?;

        let delivery = Delivery {
            delay: options.log_delay,
            duplicate: options.log_duplicate,
            loss: options.log_loss,
            file,
        };
        let identity =
            identity_function(&options, &settings, Arc::clone(&ledger), Arc::clone(&decisions))?;
        let tracker = function("--session-tracker", options.session_tracker.as_deref(), &options)?;
        warn(&options, &decisions);
        let (sink, pipeline) = match tracker {
            Some(function) => Pipeline::start(delivery, TrackerFunction::new(function)),
            None => Pipeline::start(delivery, Tracker::new(ledger, decisions)),
        };
        let log = ServerLog::new(&options.server_id, Arc::new(sink));
        let settings = ServerSettings {
            id: options.server_id,
            methods: options.auth_methods,
            root,
            host_key,
            login_times,
        };
        let server = Server::start(options.listen, settings, Outside { identity, log }).await?;
        Ok(Self { server, pipeline })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Stops listening, ends all sessions, and waits until their log has been read.
    pub async fn stop(self) {
        self.server.stop().await;
        self.pipeline.drain().await;
    }
}

fn identity_function(
    options: &Options,
    settings: &Settings,
    ledger: impl Ledger + 'static,
    decisions: Arc<Decisions>,
) -> Result<Arc<dyn IdentityFunction>> {
    let function = function("--identity-provider", options.identity_provider.as_deref(), options)?;
    Ok(match (function, &options.users) {
        (Some(function), _) => Arc::new(ProviderFunction::new(function, decisions)),
        (None, Some(users)) => {
            let users = UserFiles::new(users.clone());
            let provider = IdentityProvider::new(users, ledger, settings.identity());
            Arc::new(BuiltInProvider::new(provider, decisions))
        }
        (None, None) => bail!("nobody knows any users; give --users or --identity-provider"),
    })
}

/// The Lambda function that stands behind `option`, if one does.
fn function(
    option: &'static str,
    url: Option<&str>,
    options: &Options,
) -> Result<Option<Function>> {
    let function = url.map(|url| Function::new(url, options.invoke_timeout).context(option));
    function.transpose()
}

/// Checks what can be checked before anyone logs in.
fn check(options: &Options, decisions: &Decisions) -> Result<()> {
    if let Some(users) = &options.users {
        check_users(users, &options.server_id, decisions)?;
    }
    let is_all_elsewhere = options.identity_provider.is_some() && options.session_tracker.is_some();
    if options.session_store.is_some() && is_all_elsewhere {
        bail!("--session-store: nothing uses it beside --identity-provider and --session-tracker");
    }
    Ok(())
}

/// Tells the operator what may be a surprise.
fn warn(options: &Options, decisions: &Decisions) {
    let is_tracked_elsewhere = options.session_tracker.is_some();
    if is_tracked_elsewhere && options.users.is_some() && options.session_store.is_none() {
        decisions.note(
            &"note: with --session-tracker and without --session-store nobody sees here that a \
              session has ended, so its slot comes back only when it expires",
        );
    }
    let is_decided_elsewhere = options.identity_provider.is_some();
    if is_decided_elsewhere && !is_tracked_elsewhere && options.session_store.is_none() {
        decisions.note(
            &"note: with --identity-provider, and with neither --session-tracker nor \
              --session-store, nobody there hears of sessions, so a limit does not hold",
        );
    }
    if options.latest_message() >= options.reservation_ttl {
        decisions.note(
            &"note: with this --log-delay a login's slot expires (--reservation-ttl) before its \
              session is known, so the limit does not hold",
        );
    }
}

fn check_users(folder: &Path, server: &ServerId, decisions: &Decisions) -> Result<()> {
    let folder = folder.join(server.as_str());
    let about = || {
        let folder = folder.display();
        format!("--users: cannot read {folder}, the folder of the server {server}")
    };
    let warnings = user_check::warnings(&folder).with_context(about)?;
    warnings.iter().for_each(|warning| decisions.note(warning));
    Ok(())
}

fn open_root(path: &Path) -> Result<Dir> {
    let about = || format!("--root: cannot use {}", path.display());
    std::fs::create_dir_all(path).with_context(about)?;
    Dir::open_ambient_dir(path, ambient_authority()).with_context(about)
}

fn open_log(path: &Path) -> Result<File> {
    let open = File::options().append(true).create(true).open(path);
    open.with_context(|| format!("--log-file: cannot write {}", path.display()))
}
