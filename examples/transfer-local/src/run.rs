//! Puts the pieces together: the server in front; behind it the identity provider and the session
//! tracker, which share a ledger.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use session_limit_core::identity::{IdentityProvider, IdentitySettings};
use session_limit_core::ledger::lease::Capacity;
use session_limit_core::ledger::{
    AnyLedger, CounterLedger, CounterSettings, LeaseLedger, LeaseSettings,
};
use session_limit_core::limit::SessionLimit;
use session_limit_core::methods::ServerMethods;
use session_limit_core::store::{MemoryStore, Store as _};

use crate::builtin::BuiltIn;
use crate::cli::{LedgerChoice, Options};
use crate::decisions::Decisions;
use crate::host_key;
use crate::ledger::EmbeddedLedger;
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
    /// Starts it.
    ///
    /// # Errors
    /// One line that says which option cannot be used, and why.
    pub async fn start(options: Options, decisions: Arc<Decisions>) -> Result<Self> {
        check_users(&options, &decisions)?;
        check_limit(&options)?;
        let times = options.times()?;
        let ledger = embedded_ledger(&options)?;
        let root = open_root(&options.root)?;
        let host_key = host_key::load_or_make(options.host_key.as_deref())?;
        let file = options.log_file.as_deref().map(open_log).transpose()?;

        let delivery = Delivery {
            delay: options.log_delay,
            duplicate: options.log_duplicate,
            loss: options.log_loss,
            file,
        };
        if options.latest_message() >= options.reservation_ttl {
            decisions.note(
                &"note: with this --log-delay a login's slot expires (--reservation-ttl) before its \
                  session is known, so the limit does not hold",
            );
        }
        let tracker = Tracker::new(ledger.clone(), Arc::clone(&decisions));
        let (sink, pipeline) = Pipeline::start(delivery, tracker);
        let identity = identity_provider(&options, ledger, decisions);
        let outside = Outside {
            identity: Arc::new(identity),
            log: ServerLog::new(&options.server_id, Arc::new(sink)),
        };
        let settings = ServerSettings {
            id: options.server_id,
            methods: options.auth_methods,
            root,
            host_key,
            login_time: times.login_time(),
        };
        let server = Server::start(options.listen, settings, outside).await?;
        Ok(Self { server, pipeline })
    }

    /// Where it listens.
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

fn identity_provider(
    options: &Options,
    ledger: EmbeddedLedger,
    decisions: Arc<Decisions>,
) -> BuiltIn {
    let settings = IdentitySettings {
        methods: methods(options),
        default_limit: SessionLimit::new(options.default_limit),
        ..IdentitySettings::default()
    };
    let users = UserFiles::new(options.users.clone());
    BuiltIn::new(IdentityProvider::new(users, ledger, settings), decisions)
}

fn methods(options: &Options) -> ServerMethods {
    ServerMethods::default().with(options.server_id.clone(), options.auth_methods)
}

fn check_users(options: &Options, decisions: &Decisions) -> Result<()> {
    let folder = options.users.join(options.server_id.as_str());
    let about = || {
        let (folder, server) = (folder.display(), &options.server_id);
        format!("--users: cannot read {folder}, the folder of the server {server}")
    };
    let warnings = user_check::warnings(&folder).with_context(about)?;
    warnings.iter().for_each(|warning| decisions.note(warning));
    Ok(())
}

fn check_limit(options: &Options) -> Result<()> {
    let largest = Capacity::of(MemoryStore::new().max_value_len()).largest_limit();
    if options.ledger == LedgerChoice::Lease && options.default_limit > largest.get() {
        bail!("--default-limit: the lease ledger keeps limits up to {largest}");
    }
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

fn embedded_ledger(options: &Options) -> Result<EmbeddedLedger> {
    let methods = ServerMethods::default().with(options.server_id.clone(), options.auth_methods);
    let key_phase = options.key_phase;
    Ok(Arc::new(match options.ledger {
        LedgerChoice::Lease => {
            let settings = LeaseSettings { times: options.times()?, key_phase, methods };
            AnyLedger::Lease(LeaseLedger::new(MemoryStore::new(), settings))
        }
        LedgerChoice::Counter => {
            let settings = CounterSettings { ttl: options.session_ttl, key_phase, methods };
            match CounterLedger::new(MemoryStore::new(), settings) {
                Ok(ledger) => AnyLedger::Counter(ledger),
                Err(error) => bail!("--key-phase: {error}"),
            }
        }
    }))
}
