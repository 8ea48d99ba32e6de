//! Both functions behind transfer-local, with real SFTP clients.

use std::sync::Arc;

use clap::Parser;
use session_limit_harness::lines::Lines;
use session_limit_harness::sftp::{Credential, Sftp, all_at_once};
use session_limit_harness::{eventually, leaks};
use tempfile::TempDir;
use transfer_local::cli::Options;
use transfer_local::decisions::Decisions;
use transfer_local::run::TransferLocal;

use crate::deployment::{Deployment, SERVER};
use crate::moto::Moto;
use crate::tools::run;
use crate::users::{PASSWORD, user};

const LIMIT: usize = 3;
const ROUNDS: usize = 3;
const CREDENTIAL: Credential<'_> = Credential::Password(PASSWORD);

/// A server whose logins and whose log go to the functions of `deployment`, and what it says of
/// them.
async fn server(
    deployment: &Deployment,
    folder: &TempDir,
    arguments: &[&str],
) -> (TransferLocal, Lines) {
    let url =
        |address: String| format!("http://{address}/2015-03-31/functions/function/invocations");
    let (logins, tracker) = (url(deployment.logins.address()), url(deployment.tracker.address()));
    let root = folder.path().to_str().unwrap();
    let usual = ["transfer-local", "--listen", "127.0.0.1:0", "--server-id", SERVER];
    let functions = ["--identity-provider", &logins, "--session-tracker", &tracker];
    let arguments = [&usual[..], &["--root", root], &functions, arguments].concat();
    let mut options = Options::try_parse_from(arguments).unwrap();
    options.host_key = folder.path().join("host-key");
    let said = Lines::new("transfer-local");
    let lines = said.clone();
    let decisions = Decisions::new(move |line| lines.push(line.to_owned()));
    (TransferLocal::start(options, Arc::new(decisions)).await.unwrap(), said)
}

/// The clients block their threads, and the emulators need one.
fn in_round(round: usize, port: u16) {
    let mut inside = all_at_once(port, "alice", &[CREDENTIAL; 2 * LIMIT]);
    if round > 0 {
        // The log of the sessions before is still on its way.
        eventually("all slots are free", || {
            inside.extend(Some(Sftp::start(port, "alice", CREDENTIAL)).filter(Sftp::is_in));
            (inside.len() >= LIMIT).then_some(())
        });
    }
    assert_eq!(inside.len(), LIMIT);
    assert!(!Sftp::start(port, "alice", CREDENTIAL).is_in());
    inside.into_iter().for_each(Sftp::quit);
}

#[test]
fn real_clients_are_held_to_the_limit() {
    run(async {
        let moto = Moto::start();
        moto.create_secret(&format!("{SERVER}/alice"), &user(LIMIT as u32)).await;
        let deployment = Deployment::plan().endpoint(moto.address()).start(&[]).await;
        let folder = tempfile::tempdir().unwrap();
        let late_and_double = ["--log-delay", "100ms", "--log-duplicate", "0.5"];
        let (server, said) = server(&deployment, &folder, &late_and_double).await;
        let port = server.address().port();
        let rounds = move || (0..ROUNDS).for_each(|round| in_round(round, port));
        tokio::task::spawn_blocking(rounds).await.unwrap();
        server.stop().await;
        assert_eq!(said.count("granted alice from 127.0.0.1"), ROUNDS * LIMIT);
        leaks::none_in("what the server has said", said.text().as_bytes());
        leaks::none_below(folder.path());
    });
}
