//! Ids of sessions that are over: a client that comes back under one does not get a new session by mistake.

use std::time::Duration;

use longwire_tests::sockjs::{Client, Transport};
use longwire_tests::{TestServer, told};

use crate::{echo, patient, serve, telling};

async fn lose_one(server: &TestServer, transport: Transport) -> Client {
    let mut client = Client::open(server.address, "/echo", transport).await;
    client.listen().await;
    if transport.polls() {
        client.post("[]").await;
    }
    let lost = Client::join(server.address, &client.base, transport).await;
    drop(client);
    server.sessions(0).await;
    lost
}

#[tokio::test]
async fn a_client_whose_connection_broke_is_told_so() {
    let server = serve(patient(), echo()).await;
    for transport in Transport::HTTP {
        let lost = lose_one(&server, transport).await;
        let unknown = lost.post(r#"["x"]"#).await;
        assert_eq!(unknown.status, 404, "{transport:?}");
        for other in Transport::HTTP {
            let mut back = Client::join(server.address, &lost.base, other).await;
            back.expect_close(1002, "Connection interrupted").await;
        }
        assert_eq!(server.server.sessions(), 0);
    }
}

#[tokio::test]
async fn an_id_that_expired_is_one_too() {
    let (tell, mut told) = told::<String>();
    let config = patient().disconnect_delay(Duration::from_millis(50));
    let server = serve(config, telling(echo(), tell)).await;
    let client = Client::open(server.address, "/echo", Transport::XhrPolling).await;
    assert_eq!(told.hear().await, "close timeout");
    server.sessions(0).await;
    let mut back = Client::join(server.address, &client.base, Transport::XhrPolling).await;
    back.expect_close(1002, "Connection interrupted").await;
}

#[tokio::test]
async fn a_service_that_remembers_nothing_opens_a_new_session() {
    for transport in Transport::HTTP {
        let server = serve(patient().remember_for(Duration::ZERO), echo()).await;
        let mut lost = lose_one(&server, transport).await;
        assert_eq!(lost.frame().await, "o");
        lost.send(&["new"]).await;
        lost.expect(&["new"]).await;
    }
}
