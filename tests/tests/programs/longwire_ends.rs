//! How the programs end: told to, they say goodbye and exit 0.

use longwire_tests::{Connection, Program, Transport, within};

async fn assert_ends_in_order(program: Program, signal: &str) {
    let mut clients = Vec::new();
    for transport in Transport::KINDS {
        let mut client = program.client(transport).await;
        client.listen().await;
        clients.push(client);
    }
    // A poll that the program has not read yet when it is asked to end may find a closed door.
    let polls = "longwire_exchanges_total{family=\"socketio_rev1\",transport=\"xhr-polling\"}";
    program.wait_for_metric(polls, |polls| polls == 2).await;
    let mut spare = program.connect().await;
    let mut used = program.connect().await;
    assert_eq!(used.get("/socket.io/").await.status, 200);
    let address = program.address;
    program.signal(signal);
    for client in &mut clients {
        client.expect(&["7:::1+0"]).await;
        if !client.transport.polls() {
            client.assert_end().await;
        }
    }
    spare.assert_end().await;
    used.assert_end().await;
    drop(clients);
    let (code, output) = within("the end", program.end()).await;
    assert_eq!((code, output.as_str()), (Some(0), ""));
    assert!(Connection::try_open(address).await.is_err());
}

#[tokio::test]
async fn longwire_ends_in_order() {
    for signal in ["TERM", "INT"] {
        let arguments = ["--listen=127.0.0.1:0", "--drain=60", "--log=off", "--metrics"];
        assert_ends_in_order(Program::start(&mut Program::longwire(&arguments)).await, signal).await;
    }
}

#[tokio::test]
async fn the_reference_application_ends_in_order() {
    for signal in ["TERM", "INT"] {
        let mut command = Program::reference_app_command(&["--listen=127.0.0.1:0"]);
        assert_ends_in_order(Program::start(command.env("LONGWIRE_METRICS", "true")).await, signal).await;
    }
}

#[tokio::test]
async fn a_client_that_stays_is_left_behind_when_the_time_is_up() {
    let program = Program::start(&mut Program::longwire(&["--listen=127.0.0.1:0", "--drain=0.1"])).await;
    // It does not answer the close frame, and keeps its connection.
    let mut client = program.client(Transport::WEBSOCKET).await;
    program.signal("TERM");
    let (code, _) = program.end().await;
    assert_eq!(code, Some(0));
    client.expect(&["7:::1+0"]).await;
}
