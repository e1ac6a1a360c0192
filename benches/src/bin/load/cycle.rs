//! Sessions that come and go: handshake, WebSocket, `1::`, `0::`, and the end of the WebSocket, which is the server's to close.
//!
//! Each is a new visitor's: it makes its handshake by a connection of its own, which it keeps until the end, as browsers do.
//!
//! Over loopback it is at the expense of who connects that the kernel makes both ends of a connection. So here, and here only,
//! the load generator costs about as much as the floor does.

use std::io::{Read, Write};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use longwire_benches::client::{HttpConnection, Response};
use longwire_benches::messages::{masked, unmasked};
use longwire_benches::requests::Draft;
use mio::{Poll, Registry};

use crate::meter::{Meter, Plan, Throughput};
use crate::open::{Opener, exchange, expect, session_id, show};
use crate::template::{Partial, Template, find};
use crate::wire::{Arrival, Load, Wire, buffer, drive};

/// What is sent and answered in each cycle.
struct Script {
    handshake: Vec<u8>,
    session: Template,
    /// Where the session id stands, in the answer and in the request for a WebSocket.
    id_given: usize,
    upgrade: Vec<u8>,
    id_used: usize,
    id_length: usize,
    /// The 101 and `1::`.
    opened: Template,
    goodbye: Vec<u8>,
    farewell: Template,
}

struct Cycles {
    address: std::net::SocketAddr,
    registry: Registry,
    script: Script,
    clients: Vec<Client>,
    buffer: Vec<u8>,
    running: usize,
}

struct Client {
    http: Option<Wire>,
    websocket: Option<Wire>,
    step: Step,
    partial: Partial,
    began: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Handshake,
    Upgrade,
    Goodbye,
    /// Everything was said, and the connection is to be closed.
    End,
}

/// Runs the load and tells what it came to.
pub(crate) fn run(opener: Opener, connections: usize, plan: Plan) -> Result<Throughput> {
    let address = opener.address();
    let mut poll = Poll::new()?;
    let script = Script::learn(opener)?;
    let mut clients = Vec::with_capacity(connections);
    for _ in 0..connections {
        let (step, partial) = (Step::Handshake, Partial::default());
        clients.push(Client { http: None, websocket: None, step, partial, began: Instant::now() });
    }
    let registry = poll.registry().try_clone()?;
    let mut cycles = Cycles { address, registry, script, clients, buffer: buffer(), running: 0 };
    drive(&mut poll, &mut cycles, Meter::start(plan))?.finish()
}

impl Script {
    /// Goes through one cycle to see what is answered.
    fn learn(opener: Opener) -> Result<Self> {
        let address = opener.address();
        let session = exchange(&mut opener.into_http(), &Draft::handshake())?;
        let id = session_id(&session.body())?.to_owned();
        let upgrade = Draft::upgrade(&id).to_bytes().to_vec();
        let mut connection = HttpConnection::open(address)?;
        connection.send(&upgrade)?;
        let Response { bytes: mut opened, .. } = connection.receive_response(101)?;
        let (mut stream, received) = connection.into_parts();
        let greeting = unmasked("1::");
        expect(&mut stream, received, &greeting)?;
        opened.extend_from_slice(&greeting);
        let goodbye = masked("0::");
        stream.write_all(&goodbye)?;
        let mut farewell = Vec::new();
        stream.read_to_end(&mut farewell).context("the server does not close a WebSocket behind 0::")?;
        if !farewell.starts_with(&unmasked("0::")) {
            bail!("0:: was answered {}", show(&farewell));
        }
        let find_id = |bytes: &[u8]| find(bytes, id.as_bytes()).context("the session id is there");
        let (id_given, id_used) = (find_id(&session.bytes)?, find_id(&upgrade)?);
        Ok(Self {
            handshake: Draft::handshake().to_bytes().to_vec(),
            session: Template::new(session.bytes).with_hole(id_given..id_given + id.len()),
            id_given,
            upgrade,
            id_used,
            id_length: id.len(),
            opened: Template::new(opened),
            goodbye,
            farewell: Template::new(farewell),
        })
    }
}

impl Client {
    fn begin(&mut self, script: &Script, connect: impl FnOnce() -> Result<Wire>) -> Result<()> {
        self.began = Instant::now();
        self.step = Step::Handshake;
        self.http.insert(connect()?).send(&script.handshake)
    }

    /// What is waited for in this step has arrived.
    fn advance(&mut self, script: &mut Script, response: &[u8], connect: impl FnOnce() -> Result<Wire>) -> Result<()> {
        match self.step {
            Step::Handshake => {
                let id = &response[script.id_given..script.id_given + script.id_length];
                script.upgrade[script.id_used..script.id_used + script.id_length].copy_from_slice(id);
                self.websocket.insert(connect()?).send(&script.upgrade)?;
                self.step = Step::Upgrade;
            }
            Step::Upgrade => {
                self.websocket.as_mut().context("it is open")?.send(&script.goodbye)?;
                self.step = Step::Goodbye;
            }
            Step::Goodbye => self.step = Step::End,
            Step::End => bail!("more was said behind the end"),
        }
        Ok(())
    }
}

impl Load for Cycles {
    fn begin(&mut self) -> Result<()> {
        self.running = self.clients.len();
        let mut clients = self.clients.iter_mut().enumerate();
        clients.try_for_each(|(number, client)| {
            client.begin(&self.script, || Ok(Wire::connect(self.address, &self.registry, 2 * number)?))
        })
    }

    fn readable(&mut self, token: usize, meter: &mut Meter) -> Result<()> {
        let client = &mut self.clients[token / 2];
        let is_websocket = token % 2 == 1;
        loop {
            let wire = if is_websocket { client.websocket.as_mut() } else { client.http.as_mut() };
            // An event of a connection that is over already.
            let Some(wire) = wire else { return Ok(()) };
            let count = match wire.receive(&mut self.buffer) {
                Ok(Arrival::Last(0)) => return Ok(()),
                Ok(Arrival::Last(count) | Arrival::Bytes(count)) => count,
                Ok(Arrival::End) if is_websocket && client.step == Step::End => break,
                Ok(Arrival::End) => bail!("the server closed the connection of client {} too early", token / 2),
                Err(error) => return Err(error.into()),
            };
            let expected = match client.step {
                Step::Handshake => &self.script.session,
                Step::Upgrade => &self.script.opened,
                Step::Goodbye | Step::End => &self.script.farewell,
            };
            let mut partial = std::mem::take(&mut client.partial);
            if let Some(response) = partial.take(&self.buffer[..count], expected.len()) {
                if is_websocket != (client.step != Step::Handshake) || !expected.fits(response) {
                    bail!("wrong answer to client {}: {}", token / 2, show(response));
                }
                let connect = || Ok(Wire::connect(self.address, &self.registry, token | 1)?);
                client.advance(&mut self.script, response, connect)?;
                partial.clear();
            }
            client.partial = partial;
            // The end of a connection comes with its last bytes or behind them; only reading again tells.
            if client.step != Step::End && count < self.buffer.len() {
                return Ok(());
            }
        }
        (client.http, client.websocket) = (None, None);
        meter.count(client.began.elapsed());
        if meter.is_over() {
            self.running -= 1;
            return Ok(());
        }
        client.begin(&self.script, || Ok(Wire::connect(self.address, &self.registry, token & !1)?))
    }

    fn is_settled(&self) -> bool {
        self.running == 0
    }
}
