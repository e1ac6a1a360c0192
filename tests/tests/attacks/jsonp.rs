//! jsonp-polling: bodies that ended the process of socket.io 0.9.19, and indexes that ran in its clients' pages.

use longwire_tests::{Attacked, Bounds, Request, Transport};

use crate::leave;

#[tokio::test]
async fn bodies_that_are_no_string() {
    assert_refused(&[
        "d=5",
        "d={}",
        "d=[]",
        "d=[\"3:::x\"]",
        "d={\"d\":\"3:::x\"}",
        "d=null",
        "d=true",
        "d=undefined",
        "d=NaN",
        "d=-1",
        "d=1e5",
        "d='3:::x'",
        "d=%275%3A%3A%3A%7B%7D%27",
        "d=x",
        "d=9:::x",
        "d=33:::x",
        "d=:::x",
        "d=%20%223%3A%3A%3Ax%22",
        "d",
        "d=",
        "D=%223%3A%3A%3Ax%22",
        "dd=%223%3A%3A%3Ax%22",
        "d%3D%223%3A%3A%3Ax%22",
        "%64=%223%3A%3A%3Ax%22",
        "e=5",
        "=5",
        "&&&",
        "d=%223%3A%3A%3Ax%22&d=%223%3A%3A%3Ax%22",
        "d=3:::x&d",
        "d=%00",
        "\0",
    ])
    .await;
}

#[tokio::test]
async fn bodies_whose_escapes_are_cut_off() {
    assert_refused(&[
        "d=%",
        "d=%2",
        "d=%u",
        "d=%u0033",
        "d=%zz",
        "d=%%33",
        "d=% 33",
        "d=%+3",
        "d=3:::%",
        "d=3:::%u12",
        "d=3:::%E2%82",
        "d=3:::%ED%A0%80",
        "d=3:::%C0%80",
        "d=3:::%F8%88%80%80%80",
        "d=%22",
        "d=%223%3A%3A%3Ax",
        "d=%223%3A%3A%3Ax%22x",
        "d=%223%3A%3A%3Ax%22%22",
        r"d=\",
        r"d=\u12",
        r#"d="\"#,
        r#"d="\""#,
        r#"d="3:::\"#,
        r#"d="3:::\u"#,
        r#"d="3:::\u12"#,
        r#"d="3:::\u12""#,
        r#"d="3:::\u{12}""#,
        r#"d="3:::\x41""#,
        r#"d="3:::\'""#,
        r#"d="3:::\ud83d""#,
        r#"d="3:::\ude00\ud83d""#,
        "d=\"3:::\n\"",
        "d=\"3:::\0\"",
    ])
    .await;
}

/// Posts each body to a session that takes no notice of it.
async fn assert_refused(bodies: &[&str]) {
    let server = Attacked::start(&[]).await;
    let client = server.client(Transport::JsonpPolling).await;
    let mut connection = server.connect().await;
    for body in bodies {
        let response = connection.post(&client.transport.target(&client.id), *body).await;
        assert_eq!(response.status, 400, "{body:?}");
        // The same for a session that there is not.
        let response = connection.post(&client.transport.target("nosuch"), *body).await;
        assert_eq!(response.status, 400, "{body:?}");
    }
    drop(connection);
    leave(client).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

/// What might become a script if it were written into one, percent-encoded where a target cannot have it.
const INDEXES: [&str; 17] = [
    "0;alert(1)",
    "0](alert(1));io.j[0",
    "0%5D(alert(1))%3Bio.j%5B0",
    "__proto__",
    "constructor",
    "%22",
    "'",
    "%3C/script%3E",
    "%0A",
    "%0D%0AX:y",
    "%00",
    "%E2%80%A8",
    "1e3",
    "0x1",
    "-1",
    "%D9%A1",
    "1%201",
];

#[tokio::test]
async fn indexes_that_would_run_in_the_page() {
    let server = Attacked::start(&["--origins=a.example:80"]).await;
    let mut connection = server.connect().await;
    let page = |target: &str| Request::get(target).header("Referer", "http://a.example/");
    for (number, index) in INDEXES.into_iter().enumerate() {
        // The handshake falls back to its plain form, whether it is granted or not.
        let target = format!("/socket.io/1/?jsonp={index}");
        let response = connection.request(&page(&target)).await;
        assert_eq!((response.status, response.header("Content-Type")), (200, Some("text/plain")), "{index}");
        let (id, rest) = response.text().split_once(':').unwrap();
        assert_eq!(rest, "600:600:websocket,flashsocket,htmlfile,xhr-polling,jsonp-polling");
        connection.get(&target).await.assert(403, "handshake bad origin");
        // The transport falls back to index 0, for a session that is there and for one that is not.
        for (id, packet) in [(id, "1::"), (&format!("nosuch{number}"), "7:::1+0")] {
            let target = format!("/socket.io/1/jsonp-polling/{id}?i={index}");
            connection.request(&page(&target)).await.assert(200, &format!("io.j[0](\"{packet}\");"));
        }
        connection.request(&page(&format!("/socket.io/1//{id}/?disconnect"))).await.assert(200, "");
        // Of two indexes the first counts.
        let response = connection.request(&page(&format!("/socket.io/1/?jsonp=3&jsonp={index}"))).await;
        assert!(response.text().starts_with("io.j[3](\""), "{}", response.text());
        let response = connection.request(&page(&format!("/socket.io/1/?jsonp={index}&jsonp=3"))).await;
        assert_eq!(response.header("Content-Type"), Some("text/plain"), "{index}");
    }
    drop(connection);
    server.assert_unharmed(Bounds::SMALL).await;
}
