//! An echo and a room for every sockjs-client, over whatever transport it has.
//!
//! Start it with `cargo run -p longwire --example sockjs-echo`. Then talk to it from as many terminals as you like, in a folder
//! where `npm install sockjs-client` was run:
//!
//! ```js
//! const SockJS = require('sockjs-client');
//! const socket = new SockJS('http://127.0.0.1:8080/room');
//! socket.onmessage = (message) => console.log(message.data);
//! socket.onclose = (close) => console.log(close.code, close.reason);
//! process.stdin.on('data', (line) => socket.send(`${line}`.trim()));
//! ```
//!
//! Clients of Socket.IO are in the same room: what is said below `/room` reaches them as an event `said`.

use longwire::sockjs::{Config as SockJs, Service, Session};
use longwire::{Config, Data, Namespace, Payload, Server, Socket, Text};

async fn echo(session: Session, message: Payload) {
    // Whoever has gone meanwhile hears nothing any more.
    let _ = session.send(message);
}

/// Plain text becomes the event that clients of Socket.IO know.
async fn say(session: Session, Text(text): Text) {
    match &*text {
        "/quit" => session.close(3000, "Good bye"),
        text => session.everybody().emit("said", &text),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let said = async |socket: Socket, Data(text): Data<String>| socket.io().emit("said", &text);
    let server = Server::builder(Config::default())
        .namespace(Namespace::default().on("say", said))
        .sockjs("/echo", SockJs::default(), Service::new().on_message(echo))
        .sockjs("/room", SockJs::default(), Service::in_namespace("/").on_message(say))
        .build()?;
    println!("listening on http://127.0.0.1:8080");
    server.serve(longwire::listen(([127, 0, 0, 1], 8080).into())?).run().await?;
    Ok(())
}
