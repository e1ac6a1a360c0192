//! A server that runs for the time of a test.
//!
//! Whatever server it is, it prints `listening on http://ADDR` when it accepts connections, and ends with status 0 on
//! SIGTERM; both are part of what the reference app promises.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process;

/// How long a server may take to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; it is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    /// Its address, as `http://HOST:PORT`.
    pub(crate) url: String,
}

impl Server {
    /// Shows the command, starts it and waits until it listens.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        println!("$ {} &", process::show(command));
        Self::start_quietly(command)
    }

    /// The same, unannounced: for the many servers of one run.
    pub(crate) fn start_quietly(command: &mut Command) -> Result<Self> {
        let line = process::show(command);
        let mut child =
            command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start the server `{line}`"))?;
        let stdout = child.stdout.take().context("the server's output is piped")?;
        let mut server = Self { child, url: String::new() };

        let (found, address) = mpsc::channel();
        std::thread::spawn(move || {
            // Read to the end, so that the server never waits for a full pipe.
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(url) = address_in(&line) {
                    // Nobody listens any more after a time-out.
                    let _ = found.send(url.to_owned());
                }
            }
        });
        server.url = address
            .recv_timeout(PATIENCE)
            .with_context(|| format!("the server `{line}` did not print `listening on http://ADDR`"))?;
        Ok(server)
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks the server to end, and does not wait for it.
    pub(crate) fn terminate(&self) -> Result<()> {
        process::output(Command::new("kill").arg(self.child.id().to_string())).map(|_| ())
    }

    /// Asks the server to end, and fails when it does not do so, or not with status 0.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.terminate()?;
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().context("cannot wait for the server")? {
                break status;
            }
            if Instant::now() > end {
                bail!("the server still runs {} s after SIGTERM", PATIENCE.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        if !status.success() {
            bail!("the server ended with {status} after SIGTERM");
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when the server has ended already, which is all that is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address_in(line: &str) -> Option<&str> {
    let url = line.trim_end().strip_prefix("listening on ")?;
    url.starts_with("http://").then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_its_line_only() {
        assert_eq!(address_in("listening on http://127.0.0.1:4711\r"), Some("http://127.0.0.1:4711"));
        assert_eq!(address_in("listening on 127.0.0.1:4711"), None);
        assert_eq!(address_in("not listening on http://127.0.0.1:4711"), None);
    }

    #[test]
    fn a_server_is_found_by_its_line_and_stopped() {
        let script = "echo starting; trap 'exit 0' TERM; echo listening on http://127.0.0.1:1; sleep 60 & wait";
        let server = Server::start(Command::new("sh").args(["-c", script])).expect("it prints its address");
        assert_eq!(server.url, "http://127.0.0.1:1");
        server.stop().expect("it ends with status 0");
    }

    #[test]
    fn a_server_that_ends_before_it_listens_is_an_error() {
        let error = Server::start(Command::new("sh").args(["-c", "exit 3"])).map(|_| ()).expect_err("it ends");
        assert!(format!("{error:#}").contains("did not print"), "{error:#}");
    }

    #[test]
    fn a_server_that_fails_at_its_end_is_an_error() {
        let script = "trap 'exit 4' TERM; echo listening on http://127.0.0.1:1; sleep 60 & wait";
        let server = Server::start(Command::new("sh").args(["-c", script])).expect("it prints its address");
        let error = server.stop().expect_err("it ends with status 4");
        assert!(error.to_string().contains("exit status: 4"), "{error}");
    }
}
