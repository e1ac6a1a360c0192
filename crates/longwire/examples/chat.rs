//! A chat in forty lines, for clients of Socket.IO 0.7 to 0.9 over whatever transport they have.
//!
//! Start it with `cargo run -p longwire --example chat`. Then talk to it from as many terminals as you like, in a folder where
//! `npm install socket.io-client@0.9.17` was run:
//!
//! ```js
//! const socket = require('socket.io-client').connect('http://127.0.0.1:8080');
//! socket.on('joined', (nick) => console.log(`${nick} is here`));
//! socket.on('said', (nick, text) => console.log(`${nick}: ${text}`));
//! socket.on('left', (nick) => console.log(`${nick} is gone`));
//! socket.emit('join', process.argv[2], (count) => console.log(`${count} of us`));
//! process.stdin.on('data', (line) => socket.emit('say', `${line}`.trim()));
//! ```

use longwire::{Ack, Config, Data, Namespace, Server, Socket};

/// What the server remembers of a socket.
#[derive(Clone)]
struct Nick(String);

async fn join(socket: Socket, Data(nick): Data<String>, ack: Ack) {
    socket.data(|data| data.insert(Nick(nick.clone())));
    socket.broadcast().emit("joined", &nick);
    // Whoever has gone again meanwhile gets no answer.
    let _ = ack.send(&socket.io().count("/"));
}

async fn say(socket: Socket, Data(text): Data<String>) {
    if let Some(nick) = nick(&socket) {
        socket.io().emit("said", &(nick, text));
    }
}

async fn left(socket: Socket) {
    if let Some(nick) = nick(&socket) {
        socket.broadcast().emit("left", &nick);
    }
}

fn nick(socket: &Socket) -> Option<String> {
    socket.data(|data| data.get::<Nick>().map(|Nick(nick)| nick.clone()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chat = Namespace::default().on("join", join).on("say", say).on_disconnect(left);
    let server = Server::builder(Config::default()).namespace(chat).build()?;
    println!("listening on http://127.0.0.1:8080");
    server.serve(longwire::listen(([127, 0, 0, 1], 8080).into())?).run().await?;
    Ok(())
}
