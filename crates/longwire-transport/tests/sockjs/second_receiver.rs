//! Two receivers at once: the second is told 2010, whatever the transports.

use crate::harness::{RECEIVERS, STREAMS, Service, config};

const OCCUPIED: &str = r#"c[2010,"Another connection still open"]"#;

#[test]
fn a_second_receiver_is_told_2010_and_the_first_goes_on() {
    for first_path in RECEIVERS {
        for second_path in RECEIVERS {
            let (mut service, first) = Service::open(config(), first_path);
            let second = service.connect(second_path);
            assert_eq!(service.heard(second), [OCCUPIED], "{first_path}, then {second_path}");
            assert!(service.is_finished(second) && !service.is_finished(first));
            let prelude = usize::from(STREAMS.contains(&second_path));
            let has_call = usize::from(second_path == "jsonp");
            assert_eq!(service.pieces(second).len(), prelude + 1 + has_call, "the prelude is a piece of its own");

            service.send("a");
            assert_eq!(service.heard(first), [r#"a["a"]"#], "the first one did not notice");
            assert!(service.events().is_empty());
        }
    }
}

#[test]
fn a_second_receiver_that_goes_is_not_missed() {
    let (mut service, first) = Service::open(config(), "xhr_streaming");
    service.auto_write = false;
    let second = service.connect("xhr");
    service.detach(second, longwire_transport::Gone::Reset);
    service.advance(10.0);
    service.send("a");
    assert_eq!(service.heard(first), [r#"a["a"]"#]);
}

#[test]
fn a_poll_that_is_back_before_its_last_answer_is_reported_is_no_second_one() {
    let (mut service, first) = Service::open(config(), "xhr");
    service.auto_write = false;
    service.send("a");
    let second = service.connect("xhr");
    service.send("b");
    assert_eq!(service.heard(first), [r#"a["a"]"#]);
    assert!(!service.is_answered(second), "nothing overtakes the answer under way");
    service.written(first);
    assert_eq!(service.heard(second), [r#"a["b"]"#]);
}
