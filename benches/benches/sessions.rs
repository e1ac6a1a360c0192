//! What a session costs without sockets: the state machine, and the encoding it asks for.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput};
use longwire_benches::machine::{ID, Machine};
use longwire_benches::requests::Draft;
use longwire_benches::samples;
use longwire_codec::Payload;
use longwire_transport::Protocol;
use longwire_transport::socketio_rev1::Rev1;

const RECEIVERS: usize = 1000;

fn main() {
    let mut criterion = longwire_benches::criterion();
    let protocol = Rev1::default();
    routes(&mut criterion, &protocol);
    echoes(&mut criterion, &protocol);
    broadcasts(&mut criterion, &protocol);
    criterion.final_summary();
}

/// What every request costs before it finds its session.
fn routes(criterion: &mut Criterion, protocol: &Rev1) {
    let mut group = criterion.benchmark_group("route");
    group.throughput(Throughput::Elements(1));
    for (name, draft) in [("poll", Draft::poll(ID)), ("upgrade", Draft::upgrade(ID))] {
        let (head, _) = draft.to_request().into_parts();
        group.bench_function(name, |bencher| bencher.iter(|| protocol.route(black_box(&head))));
    }
    group.finish();
}

/// One message in, the same message out.
fn echoes(criterion: &mut Criterion, protocol: &Rev1) {
    let mut group = criterion.benchmark_group("session_echo");
    group.throughput(Throughput::Elements(1));
    let mut machine = Machine::websocket(protocol);
    for (name, packet) in [("websocket", samples::EVENT.to_owned()), ("websocket_1k", samples::event_1k())] {
        let message = Payload::from(packet);
        group.bench_function(name, |bencher| bencher.iter(|| machine.echo_on_websocket(black_box(&message).clone())));
    }
    let mut machine = Machine::polling(protocol);
    let (post, poll) = (Draft::post(ID, samples::EVENT).to_request(), Draft::poll(ID).to_request());
    group.bench_function("xhr_polling", |bencher| {
        bencher.iter_batched(
            || (post.clone(), poll.clone()),
            |(post, poll)| machine.echo_on_polling(post, poll),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// One message to a thousand sessions.
fn broadcasts(criterion: &mut Criterion, protocol: &Rev1) {
    let mut group = criterion.benchmark_group("session_broadcast");
    group.throughput(Throughput::Elements(RECEIVERS as u64));
    let mut machines: Vec<Machine> = (0..RECEIVERS).map(|_| Machine::websocket(protocol)).collect();
    group.bench_function("websocket", |bencher| {
        bencher.iter(|| {
            let message = samples::broadcast();
            for machine in &mut machines {
                black_box(machine.write(&message));
            }
        });
    });
    let mut machines: Vec<Machine> = (0..RECEIVERS).map(|_| Machine::polling(protocol)).collect();
    let poll = Draft::poll(ID).to_request();
    group.bench_function("xhr_polling", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut total = Duration::ZERO;
            for _ in 0..rounds {
                let began = Instant::now();
                let message = samples::broadcast();
                for machine in &mut machines {
                    black_box(machine.answer_poll(&message));
                }
                total += began.elapsed();
                // The next polls are no part of the broadcast.
                machines.iter_mut().for_each(|machine| machine.hold(poll.clone()));
            }
            total
        });
    });
    group.finish();
}
