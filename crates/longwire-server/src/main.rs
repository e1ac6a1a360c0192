//! The `longwire` server: the demo chat, old client files, Flash policies and metrics around the longwire library.

mod assets;
mod chat;
mod client_files;
mod flags;
mod web;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use flags::Flags;
use longwire::Server;
use longwire_flash_policy::Ports;
use tracing::warn;
use web::Web;

/// Short-lived allocations of all sizes on every thread are what it is best at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let result = Flags::parse().with_config_file().and_then(|flags| {
        log(&flags)?;
        tokio::runtime::Runtime::new()?.block_on(run(flags))
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("longwire: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn log(flags: &Flags) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&flags.log).context("--log")?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    Ok(())
}

async fn run(flags: Flags) -> anyhow::Result<()> {
    let mut signals = signals()?;
    // Counters are made with the server, so what reads them comes first.
    let metrics = flags.metrics.then(web::Metrics::install).transpose()?;
    let server = chat::build(flags.server_config()?)?;
    let socket = longwire::listen(flags.listen).with_context(|| format!("cannot listen on {}", flags.listen))?;
    let address = socket.local_addr()?;
    flash_policy(&flags, &server, address.port()).await?;
    let web = Web::new(flags.client_dir.as_deref(), metrics)?;
    let serving = server
        .serve(socket)
        .policy_ports(flags.public_ports(address.port()))
        .fallback(move |request| web.clone().answer(request));
    let serving = tokio::spawn(serving.run());
    println!("listening on http://{address}");
    signals.recv().await;
    server.shutdown(Duration::from_secs_f64(flags.drain)).await;
    serving.await??;
    Ok(())
}

/// The stand-alone policy server. Port 843 wants rights that a test run may lack: without it, clients still ask on the HTTP
/// port, so that this is a warning as it was in socket.io 0.9.
async fn flash_policy(flags: &Flags, server: &Server, port: u16) -> anyhow::Result<()> {
    let Some(address) = flags.flash_policy else { return Ok(()) };
    let policy = server.flash_policy(&Ports::new(flags.public_ports(port))?);
    match longwire_flash_policy::Server::bind(address, policy).await {
        Ok(listener) => drop(tokio::spawn(listener.serve(std::future::pending()))),
        Err(error) => warn!(%address, %error, "no stand-alone Flash policy server, only the one on the HTTP port"),
    }
    Ok(())
}

/// Something arrives when the process is asked to end.
fn signals() -> anyhow::Result<tokio::sync::mpsc::Receiver<()>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
            let (mut arrived, sender) = (signal(kind)?, sender.clone());
            tokio::spawn(async move {
                arrived.recv().await;
                let _ = sender.send(()).await;
            });
        }
    }
    #[cfg(not(unix))]
    tokio::spawn(async move {
        let _ = tokio::signal::ctrl_c().await;
        let _ = sender.send(()).await;
    });
    Ok(receiver)
}
