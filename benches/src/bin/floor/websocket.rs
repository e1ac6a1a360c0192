//! Frames of clients, and what is said behind them: only the texts that the load generator sends.

/// What a session says when it is told `0::`, and the WebSocket behind it.
const FAREWELL: &[u8] = b"\x81\x030::\x88\x02\x03\xe8";
/// Where an event's name begins.
const NAME: usize = r#"5:::{"name":""#.len();

/// What frames came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// So many bytes were taken.
    Open(usize),
    /// The client said goodbye.
    Over,
    Unknown,
}

/// Takes all frames that are whole. Echoes go into `echo`, what is for all into `all`.
pub(crate) fn take(bytes: &[u8], echo: &mut Vec<u8>, all: &mut Vec<u8>) -> Verdict {
    let mut taken = 0;
    while let [kind, length, mask @ ..] = &bytes[taken..] {
        // A text, in one frame, masked, of less than 126 bytes.
        let length = usize::from(length ^ 0x80);
        if *kind != 0x81 || length > 125 {
            return Verdict::Unknown;
        }
        let Some((mask, rest)) = mask.split_first_chunk::<4>() else { break };
        let Some(payload) = rest.get(..length) else { break };
        match payload.get(NAME).map(|byte| byte ^ mask[NAME % 4]) {
            Some(b'e') => unmask(*mask, payload, echo),
            Some(b'a') => unmask(*mask, payload, all),
            None if payload.first().map(|byte| byte ^ mask[0]) == Some(b'0') => {
                echo.extend_from_slice(FAREWELL);
                return Verdict::Over;
            }
            _ => return Verdict::Unknown,
        }
        taken += 2 + 4 + length;
    }
    Verdict::Open(taken)
}

/// Appends the frame with which a server says the same.
fn unmask(mask: [u8; 4], payload: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x81, payload.len() as u8]);
    let start = out.len();
    out.extend_from_slice(payload);
    let word = u32::from_ne_bytes(mask);
    let mask = (u64::from(word) << 32 | u64::from(word)).to_ne_bytes();
    let mut words = out[start..].chunks_exact_mut(8);
    for bytes in &mut words {
        bytes.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
    words.into_remainder().iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
}

#[cfg(test)]
mod tests {
    use longwire_benches::messages::{masked, packet, unmasked};

    use super::*;

    fn taken(bytes: &[u8]) -> (Verdict, Vec<u8>, Vec<u8>) {
        let (mut echo, mut all) = (Vec::new(), Vec::new());
        let verdict = take(bytes, &mut echo, &mut all);
        (verdict, echo, all)
    }

    #[test]
    fn echoes_and_broadcasts_are_told_apart() {
        let frames = [masked(&packet("echo", 1)), masked(&packet("all", 2)), masked(&packet("echo", 3))].concat();
        let echoes = [unmasked(&packet("echo", 1)), unmasked(&packet("echo", 3))].concat();
        assert_eq!(taken(&frames), (Verdict::Open(frames.len()), echoes, unmasked(&packet("all", 2))));
    }

    #[test]
    fn a_frame_is_taken_when_it_is_whole() {
        let frame = masked(&packet("echo", 1));
        let two = [&frame[..], &frame[..]].concat();
        for cut in 0..two.len() {
            let whole = cut / frame.len();
            let (verdict, echo, _) = taken(&two[..cut]);
            assert_eq!(verdict, Verdict::Open(whole * frame.len()), "cut at {cut}");
            assert_eq!(echo, unmasked(&packet("echo", 1)).repeat(whole), "cut at {cut}");
        }
    }

    #[test]
    fn a_goodbye_is_answered() {
        assert_eq!(taken(&masked("0::")), (Verdict::Over, FAREWELL.to_vec(), Vec::new()));
        assert_eq!(taken(&masked("9::")).0, Verdict::Unknown);
    }
}
