//! Six SFTP sessions for a user who may hold three: who gets in, and what happens when one ends.
//!
//! Fails if anything differs from what it promises.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use tokio::sync::{Barrier, mpsc};
use tokio::task::JoinSet;
use transfer_local::cli::Options;
use transfer_local::client::{Attempt, Client};
use transfer_local::decisions::Decisions;
use transfer_local::run::TransferLocal;

const USER: &str = "demo";
const PASSWORD: &str = "correct horse";
const LIMIT: usize = 3;
const CLIENTS: usize = 6;
/// The time after which the demonstration has failed.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> ExitCode {
    let started = Instant::now();
    match tokio::time::timeout(PATIENCE, demonstrate()).await {
        Ok(Ok(())) => {
            println!(
                "\nAll as promised, in {:.1} s. To try it by hand:\n",
                started.elapsed().as_secs_f64()
            );
            println!("  cargo run -p transfer-local -- --users examples/transfer-local/users");
            println!("  sftp -P 2222 alice@127.0.0.1      # the password is wonderland");
            ExitCode::SUCCESS
        }
        Ok(Err(error)) => {
            eprintln!("\nthe demonstration has failed: {error:#}");
            ExitCode::FAILURE
        }
        Err(_) => {
            eprintln!("\nthe demonstration has failed: it hangs");
            ExitCode::FAILURE
        }
    }
}

async fn demonstrate() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (server, mut decisions) = start(folder.path()).await?;
    let address = server.address();
    println!("transfer-local listens on {address}; {USER} may hold {LIMIT} sessions.\n");

    println!("{CLIENTS} clients log in at the same moment:");
    let mut inside = log_in_together(address).await?;
    ensure!(inside.len() == LIMIT, "{} clients got in instead of {LIMIT}", inside.len());
    println!("{LIMIT} are in, {} were refused.\n", CLIENTS - LIMIT);

    println!("Each of those inside sends a file, fetches it and compares:");
    for (number, client) in inside.iter().enumerate() {
        move_a_file(client, number).await?;
    }

    println!("\nOne more tries:");
    ensure!(log_in(address).await?.is_none(), "a client got in over the limit");

    println!("\nOne takes its leave, and its slot comes back:");
    inside.pop().context("nobody is in")?.quit().await?;
    slot_comes_back(&mut decisions).await?;
    inside.push(log_in(address).await?.context("the free slot was refused")?);

    println!("\nAnother one is killed, and its slot comes back as well:");
    inside.pop().context("nobody is in")?.kill()?;
    slot_comes_back(&mut decisions).await?;
    inside.push(log_in(address).await?.context("the free slot was refused")?);
    ensure!(log_in(address).await?.is_none(), "a client got in over the limit");

    println!("\nThe server is stopped:");
    server.stop().await;
    for _ in 0..LIMIT {
        slot_comes_back(&mut decisions).await?;
    }
    Ok(())
}

/// Starts the server, and receives its decisions.
async fn start(
    folder: &std::path::Path,
) -> Result<(TransferLocal, mpsc::UnboundedReceiver<String>)> {
    let users = folder.join("users/s-local");
    std::fs::create_dir_all(&users)?;
    let secret = serde_json::json!({
        "Password": PASSWORD,
        "Role": "arn:aws:iam::000000000000:role/transfer-local",
        "HomeDirectory": "/bucket/home/demo",
        "MaxSessionLimit": LIMIT.to_string(),
    });
    std::fs::write(users.join(format!("{USER}.json")), secret.to_string())?;

    let mut options =
        Options::try_parse_from(["demo", "--users", "users", "--listen", "127.0.0.1:0"])?;
    options.users = Some(folder.join("users"));
    options.root = folder.join("files");
    options.host_key = folder.join("host-key");
    let (sender, decisions) = mpsc::unbounded_channel();
    let write = move |line: &str| {
        println!("  {line}");
        // Nobody waits for decisions any more when the demonstration has failed.
        let _ = sender.send(line.to_owned());
    };
    Ok((TransferLocal::start(options, Arc::new(Decisions::new(write))).await?, decisions))
}

/// Logs in with all clients at once; returns those that are in.
async fn log_in_together(address: SocketAddr) -> Result<Vec<Client>> {
    let ready = Arc::new(Barrier::new(CLIENTS));
    let mut logins = JoinSet::new();
    for _ in 0..CLIENTS {
        let ready = Arc::clone(&ready);
        logins.spawn(async move {
            let mut client = Client::connect(address).await?;
            ready.wait().await;
            let attempt = client.password(USER, PASSWORD).await?;
            anyhow::Ok((attempt == Attempt::In).then_some(client))
        });
    }
    let mut inside = Vec::new();
    while let Some(login) = logins.join_next().await {
        inside.extend(login??);
    }
    Ok(inside)
}

async fn log_in(address: SocketAddr) -> Result<Option<Client>> {
    let mut client = Client::connect(address).await?;
    let attempt = client.password(USER, PASSWORD).await?;
    Ok((attempt == Attempt::In).then_some(client))
}

async fn move_a_file(client: &Client, number: usize) -> Result<()> {
    let content: Vec<u8> = std::iter::repeat_with(rand::random).take(1 << 20).collect();
    let name = format!("file-{number}");
    let sftp = client.sftp().await?;
    sftp.create(&name).await?.close().await?;
    sftp.write(&name, &content).await?;
    ensure!(sftp.read(&name).await? == content, "{name} is not what was sent");
    println!("  {name}: {} bytes there and back", content.len());
    sftp.close().await?;
    Ok(())
}

/// Waits until the server has taken note of the end of a session.
async fn slot_comes_back(decisions: &mut mpsc::UnboundedReceiver<String>) -> Result<()> {
    while let Some(line) = decisions.recv().await {
        if line.starts_with("ended ") {
            return Ok(());
        }
    }
    anyhow::bail!("the server ended before the session did")
}
