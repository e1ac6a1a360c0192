//! Pings without end, read or not.

use std::time::Duration;

use longwire_codec::websocket::{Incoming, client};
use longwire_tests::memory::MIB;
use longwire_tests::websocket::MASK;
use longwire_tests::{Attacked, Bounds, Dialect, Transport};

/// How long the server is watched while it can write to nobody.
const WATCHED: Duration = Duration::from_secs(1);
const HYBI: [Transport; 3] =
    [Transport::WEBSOCKET, Transport::WebSocket(Dialect::Hybi8), Transport::WebSocket(Dialect::Hybi7)];

#[tokio::test]
async fn ten_thousand_pings_are_answered_in_their_order() {
    let server = Attacked::start(&[]).await;
    for transport in HYBI {
        let mut client = server.client(transport).await;
        let pings: Vec<u8> = (0..10_000_u32).flat_map(|number| client::ping(&number.to_be_bytes(), MASK)).collect();
        let half_a_frame = pings.len() - 3;
        client.connection().send(&pings[..half_a_frame]).await;
        client.connection().send(&pings[half_a_frame..]).await;
        for number in 0..10_000_u32 {
            let pong = client.socket().next().await;
            assert_eq!(pong, Some(Incoming::Pong(number.to_be_bytes().to_vec().into())));
        }
        client.send("1::").await;
        client.expect(&["1::"]).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn pings_whose_pongs_are_not_read_stop_being_read() {
    let server = Attacked::start(&[]).await;
    let pings = client::ping(&[b'x'; 125], MASK).repeat(1000);
    let mut clients = Vec::new();
    for transport in HYBI {
        let mut client = server.client(transport).await;
        // Until nothing has been taken for a while: all buffers in between are full, and the server waits.
        let (mut refused, mut sent) = (0, 0);
        while refused < 50 {
            let taken = client.connection().send_what_fits(&pings[sent % pings.len()..]);
            sent += taken;
            refused = if taken == 0 { refused + 1 } else { 0 };
            tokio::time::sleep(Duration::from_millis(u64::from(taken == 0))).await;
            assert!(sent < 200 * MIB, "the server reads on and on");
        }
        clients.push(client);
    }
    // It waits, and does not try again and again.
    let before = server.usage();
    tokio::time::sleep(WATCHED).await;
    let used = server.usage().processor - before.processor;
    assert!(used < WATCHED / 2, "{used:?} of {WATCHED:?}");
    drop(clients);
    server.assert_unharmed(Bounds::SMALL).await;
}
