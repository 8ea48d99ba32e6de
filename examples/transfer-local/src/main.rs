//! A Transfer Family server on a laptop.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use transfer_local::cli::Options;
use transfer_local::decisions::Decisions;
use transfer_local::run::TransferLocal;

fn main() -> ExitCode {
    let options = Options::parse();
    let served = tokio::runtime::Runtime::new().context("cannot start").and_then(|runtime| {
        let served = runtime.block_on(serve(options));
        // Waits for nothing that still works on a file.
        runtime.shutdown_background();
        served
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("transfer-local: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Options) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let running = TransferLocal::start(options, Arc::new(Decisions::on_stderr())).await?;
    // Whoever started the server may have closed its pipes; the clients matter more.
    let _ = writeln!(std::io::stdout(), "listening on {}", running.address());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    let _ = writeln!(std::io::stderr(), "ending all sessions");
    tokio::select! {
        () = running.stop() => {}
        // Whoever asks twice does not want to wait.
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
