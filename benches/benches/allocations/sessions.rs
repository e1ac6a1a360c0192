//! State machines without sockets.

use std::hint::black_box;
use std::io::{self, Write};

use allocation_counter::measure;
use longwire_benches::machine::{ID, Machine};
use longwire_benches::requests::Draft;
use longwire_benches::samples;
use longwire_codec::Payload;
use longwire_transport::Protocol;
use longwire_transport::socketio_rev1::Rev1;

use crate::table::{asked, asked_for_each, heading, kept_for_each};

const RECEIVERS: u64 = 1000;
const ECHOES: u64 = 100;

pub(crate) fn count(out: &mut impl Write) -> io::Result<()> {
    let protocol = Rev1::default();
    heading(out, "sessions without sockets, for each echo")?;
    let (head, _) = Draft::poll(ID).to_request().into_parts();
    asked(out, "route/poll", || drop(black_box(protocol.route(&head))))?;
    websocket_echo(out, &protocol)?;
    polling_echo(out, &protocol)?;
    heading(out, "sessions without sockets, for each receiver")?;
    broadcasts(out, &protocol)?;
    heading(out, "sessions without sockets, kept by each")?;
    idle(out, &protocol)
}

fn websocket_echo(out: &mut impl Write, protocol: &Rev1) -> io::Result<()> {
    let mut machine = Machine::websocket(protocol);
    let message = Payload::from(samples::EVENT);
    asked(out, "session_echo/websocket", || drop(machine.echo_on_websocket(message.clone())))
}

/// The requests are made beforehand: they are the HTTP library's.
fn polling_echo(out: &mut impl Write, protocol: &Rev1) -> io::Result<()> {
    let mut machine = Machine::polling(protocol);
    let requests = || (Draft::post(ID, samples::EVENT).to_request(), Draft::poll(ID).to_request());
    let (post, poll) = requests();
    machine.echo_on_polling(post, poll);
    let requests: Vec<_> = (0..ECHOES).map(|_| requests()).collect();
    let counted = measure(|| requests.into_iter().for_each(|(post, poll)| drop(machine.echo_on_polling(post, poll))));
    asked_for_each(out, "session_echo/xhr_polling", counted, ECHOES)
}

/// The second broadcast of a session: the first one makes its queue.
fn broadcasts(out: &mut impl Write, protocol: &Rev1) -> io::Result<()> {
    let mut machines: Vec<_> = (0..RECEIVERS).map(|_| Machine::websocket(protocol)).collect();
    let mut broadcast = || {
        let message = samples::broadcast();
        machines.iter_mut().for_each(|machine| drop(machine.write(&message)));
    };
    broadcast();
    asked_for_each(out, "session_broadcast/websocket", measure(broadcast), RECEIVERS)?;

    let mut machines: Vec<_> = (0..RECEIVERS).map(|_| Machine::polling(protocol)).collect();
    let broadcast = |machines: &mut [Machine]| {
        let message = samples::broadcast();
        machines.iter_mut().for_each(|machine| drop(machine.answer_poll(&message)));
    };
    broadcast(&mut machines);
    machines.iter_mut().for_each(|machine| machine.hold(Draft::poll(ID).to_request()));
    let counted = measure(|| broadcast(&mut machines));
    asked_for_each(out, "session_broadcast/xhr_polling", counted, RECEIVERS)
}

fn idle(out: &mut impl Write, protocol: &Rev1) -> io::Result<()> {
    type Open = fn(&Rev1) -> Machine;
    for (name, open) in
        [("session_idle/websocket", Machine::websocket as Open), ("session_idle/xhr_polling", Machine::polling)]
    {
        let mut machines = Vec::with_capacity(RECEIVERS as usize);
        let counted = measure(|| machines.extend((0..RECEIVERS).map(|_| open(protocol))));
        kept_for_each(out, name, counted, RECEIVERS)?;
    }
    Ok(())
}
