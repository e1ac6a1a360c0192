//! The whole server with real connections: hyper, tokio, sessions and handlers together.

use std::io::{self, Write};

use longwire_benches::client::{PollingClient, WebSocketClient};
use longwire_benches::samples;

use crate::counted_server::CountedServer;
use crate::table::{asked_for_each, heading, kept_for_each};

const ECHOES: u64 = 500;
const CLIENTS: u64 = 100;
const BROADCASTS: u64 = 10;
const ALL: &str = r#"5:::{"name":"all","args":["anna","how are you?"]}"#;

pub(crate) fn count(out: &mut impl Write) -> io::Result<()> {
    heading(out, "server, for each echo")?;
    with_server(|server| echoes(out, server))?;
    with_server(|server| broadcasts(out, server))
}

fn with_server(work: impl FnOnce(&CountedServer) -> io::Result<()>) -> io::Result<()> {
    let server = CountedServer::start()?;
    work(&server)?;
    server.stop()
}

fn echoes(out: &mut impl Write, server: &CountedServer) -> io::Result<()> {
    for outstanding in [1, 16] {
        let (mut client, _) = server.during(|| {
            let mut client = WebSocketClient::open(server.address())?;
            client.echo(samples::EVENT, ECHOES, outstanding)?;
            Ok(client)
        })?;
        let ((), counted) = server.during(|| client.echo(samples::EVENT, ECHOES, outstanding))?;
        asked_for_each(out, &format!("server_echo/websocket_{outstanding}"), counted, ECHOES)?;
    }
    let (mut client, _) = server.during(|| {
        let mut client = PollingClient::open(server.address())?;
        client.echo(samples::EVENT, ECHOES)?;
        Ok(client)
    })?;
    let ((), counted) = server.during(|| client.echo(samples::EVENT, ECHOES))?;
    asked_for_each(out, "server_echo/xhr_polling", counted, ECHOES)
}

fn broadcasts(out: &mut impl Write, server: &CountedServer) -> io::Result<()> {
    let open = || (0..CLIENTS).map(|_| WebSocketClient::open(server.address())).collect::<io::Result<Vec<_>>>();
    let (mut clients, opening) = server.during(open)?;
    let mut everybody_hears = || {
        for _ in 0..BROADCASTS {
            clients[0].send(ALL)?;
            clients.iter_mut().try_for_each(|client| client.expect(ALL))?;
        }
        Ok(())
    };
    server.during(&mut everybody_hears)?;
    let ((), counted) = server.during(&mut everybody_hears)?;
    heading(out, "server, for each receiver")?;
    asked_for_each(out, "server_broadcast/websocket", counted, BROADCASTS * CLIENTS)?;
    heading(out, "server, for each connection")?;
    asked_for_each(out, "server_open/websocket", opening, CLIENTS)?;
    kept_for_each(out, "server_idle/websocket", opening, CLIENTS)
}
