//! The whole server over loopback, with one blocking client in this process.
//!
//! These figures include the kernel, the client and the scheduling of three threads on whatever cores there are: compare
//! them with each other on one machine, not between machines.

use std::io;
use std::time::{Duration, Instant};

use criterion::Throughput;
use longwire_benches::client::{PollingClient, WebSocketClient};
use longwire_benches::samples;
use longwire_benches::server::RunningServer;

const THREADS: usize = 2;

fn main() -> io::Result<()> {
    let mut criterion = longwire_benches::criterion();
    let server = RunningServer::start(THREADS)?;
    let mut group = criterion.benchmark_group("server_echo");
    group.measurement_time(Duration::from_secs(3)).sample_size(30).throughput(Throughput::Elements(1));
    for outstanding in [1, 16] {
        let mut client = WebSocketClient::open(server.address())?;
        group.bench_function(format!("websocket_{outstanding}"), |bencher| {
            bencher.iter_custom(|echoes| timed(|| client.echo(samples::EVENT, echoes, outstanding)));
        });
    }
    let mut client = PollingClient::open(server.address())?;
    group.bench_function("xhr_polling", |bencher| {
        bencher.iter_custom(|echoes| timed(|| client.echo(samples::EVENT, echoes)));
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}

fn timed(work: impl FnOnce() -> io::Result<()>) -> Duration {
    let began = Instant::now();
    work().expect("the server answers");
    began.elapsed()
}
