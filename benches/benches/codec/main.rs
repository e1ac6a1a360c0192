//! What the codec costs: packets, payloads, wire forms, escapes, WebSocket frames.

mod escaping;
mod forms;
mod packets;
mod websocket;

fn main() {
    let mut criterion = longwire_benches::criterion();
    packets::bench(&mut criterion);
    forms::bench(&mut criterion);
    escaping::bench(&mut criterion);
    websocket::bench(&mut criterion);
    criterion.final_summary();
}
