//! What an application keeps for each socket.

use longwire::{Ack, Data, Namespace, Server, Socket, State};
use longwire_tests::server::config;
use longwire_tests::{Client, Tell, TestServer, Transport, told};

#[derive(Clone, Debug)]
struct Nickname(String);

#[derive(Clone, Copy, Debug, Default)]
struct Count(u32);

fn keeping(name: &str) -> Namespace {
    Namespace::new(name)
        .on("name", async |socket: Socket, Data(name): Data<String>, ack: Ack| {
            let before = socket.data(|data| data.insert(Nickname(name)));
            ack.send(&before.map(|Nickname(before)| before)).unwrap();
        })
        .on("count", async |socket: Socket, ack: Ack| {
            let count = socket.data(|data| {
                let count = data.get_or_insert_default::<Count>();
                count.0 += 1;
                count.0
            });
            ack.send(&count).unwrap();
        })
        .on_disconnect(async |socket: Socket, State(tell): State<Tell<String>>| {
            let name = socket.data(|data| data.remove::<Nickname>());
            tell.tell(format!("{} {name:?}", socket.namespace()));
        })
}

async fn ask(client: &mut Client, endpoint: &str, event: &str) -> String {
    client.send(&format!(r#"5:1+:{endpoint}:{{"name":{event}}}"#)).await;
    let answer = client.packet().await;
    answer.strip_prefix(&format!("6::{endpoint}:1+")).unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test]
async fn data_belongs_to_one_socket_and_lasts_as_long_as_it() {
    let (tell, mut told) = told::<String>();
    let builder = Server::builder(config()).state(tell).namespace(keeping("/")).namespace(keeping("/chat"));
    let server = TestServer::start(builder).await;
    let mut anna = server.client(Transport::WEBSOCKET).await;
    let mut bob = server.client(Transport::XhrPolling).await;
    assert_eq!(ask(&mut anna, "", r#""name","args":["anna"]"#).await, "[null]");
    assert_eq!(ask(&mut bob, "", r#""name","args":["bob"]"#).await, "[null]");
    assert_eq!(ask(&mut anna, "", r#""name","args":["Anna"]"#).await, r#"["anna"]"#);
    for expected in ["[1]", "[2]"] {
        assert_eq!(ask(&mut bob, "", r#""count""#).await, expected);
    }
    // The same session on another namespace is another socket.
    anna.send("1::/chat").await;
    anna.expect(&["1::/chat"]).await;
    assert_eq!(ask(&mut anna, "/chat", r#""count""#).await, "[1]");
    assert_eq!(ask(&mut anna, "/chat", r#""name","args":["guest"]"#).await, "[null]");

    anna.send("0::/chat").await;
    assert_eq!(told.hear().await, r#"/chat Some(Nickname("guest"))"#);
    // Whoever comes again begins anew.
    anna.send("1::/chat").await;
    anna.expect(&["1::/chat"]).await;
    assert_eq!(ask(&mut anna, "/chat", r#""name","args":["again"]"#).await, "[null]");
    assert_eq!(ask(&mut anna, "", r#""name","args":["still here"]"#).await, r#"["Anna"]"#);
    bob.send("0::").await;
    assert_eq!(told.hear().await, r#" Some(Nickname("bob"))"#);
}

#[tokio::test]
async fn data_can_be_reached_from_outside_of_handlers() {
    let (tell, _told) = told::<String>();
    let server = TestServer::start(Server::builder(config()).state(tell).namespace(keeping("/"))).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    server.server.io().sockets()[0].data(|data| data.insert(Nickname("given".into())));
    assert_eq!(ask(&mut client, "", r#""name","args":["own"]"#).await, r#"["given"]"#);
}
