//! Random JSON: as `JSON.stringify` writes it, or in any spelling that a parser has to take, and some that it has not.

use longwire_codec::json_string::{Context, escape};

use crate::random::Random;

/// Characters that mean something somewhere, and some of each length in UTF-8 and UTF-16.
pub(crate) const CHARACTERS: &[char] = &[
    'a', 'b', 'n', 'u', '0', '5', '9', ' ', ':', '+', '/', '?', '"', '\\', '[', ']', '{', '}', ',', '.', '-', '\n',
    '\r', '\t', '\0', '\u{7f}', 'é', '€', '\u{2028}', '\u{2029}', '\u{feff}', '\u{fffd}', '\u{ffff}', '😀', '𐀀',
];

const KEYS: &[&str] = &["a", "name", "args", "__proto__", "constructor", "length", "é😀", ""];

/// A text of few characters.
pub(crate) fn text(random: &mut Random) -> String {
    random.several(6, |random| random.pick(CHARACTERS)).into_iter().collect()
}

/// A value as `JSON.stringify` writes it.
pub(crate) fn plain(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 5 } else { 8 }) {
        0 => random.pick(&["null", "true", "false", "0", "-1", "7", "1.5", "9007199254740991", "1e+21"]).to_owned(),
        1..=4 => string(&text(random)),
        5 => object(random, |random| plain(random, depth - 1)),
        _ => array(&random.several(3, |random| plain(random, depth - 1))),
    }
}

/// A list as `JSON.stringify` writes it.
pub(crate) fn plain_list(random: &mut Random) -> String {
    array(&random.several(3, |random| plain(random, 2)))
}

/// A value in any spelling, rarely with something in it that we refuse.
pub(crate) fn any(random: &mut Random, depth: usize) -> String {
    let value = match random.below(if depth == 0 { 5 } else { 9 }) {
        0 => random.pick(&["null", "true", "false", "\"\""]).to_owned(),
        1 => number(random),
        2..=4 => escaped(random),
        5 | 6 => object(random, |random| any(random, depth - 1)),
        _ => array(&random.several(3, |random| any(random, depth - 1))),
    };
    if random.percent(5) { format!("{}{value}{}", space(random), space(random)) } else { value }
}

/// A list in any spelling, rarely nested about as deeply as we allow.
pub(crate) fn any_list(random: &mut Random) -> String {
    if random.percent(2) {
        let depth = 120 + random.below(20);
        return format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    }
    array(&random.several(3, |random| any(random, 2)))
}

pub(crate) fn string(text: &str) -> String {
    format!("\"{}\"", escape(text, Context::Json))
}

fn array(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}

/// No two keys are the same, unless a value was made with other members of its own.
fn object(random: &mut Random, mut value: impl FnMut(&mut Random) -> String) -> String {
    let first = random.below(KEYS.len());
    let members: Vec<String> = (first..first + random.below(3))
        .map(|key| format!("{}:{}", string(KEYS[key % KEYS.len()]), value(random)))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn number(random: &mut Random) -> String {
    let number = random.pick(&[
        "0",
        "-0",
        "0.0",
        "0e9",
        "1",
        "-1",
        "5",
        "1.50",
        "1e5",
        "1E-400",
        "1e400",
        "-2e308",
        "1e308",
        "12345678901234567890",
    ]);
    number.to_owned()
}

fn space(random: &mut Random) -> &'static str {
    random.pick(&["", " ", "\n", "\r\n", "\t", "\u{a0}", "\u{feff}"])
}

/// A string with escapes that nobody needs, and some of halves of surrogate pairs.
fn escaped(random: &mut Random) -> String {
    let parts = random.several(4, |random| match random.below(12) {
        0 => random.pick(&["\\u0041", "\\/", "\\b", "\\u2028", "\\ud83d\\ude00", "\\uD83D\\uDE00"]).to_owned(),
        1 if random.percent(20) => random.pick(&["\\ud83d", "\\udE00", "\\ud83d\\u0041", "\\ude00\\ud83d"]).to_owned(),
        _ => escape(&text(random), Context::Json).into_owned(),
    });
    format!("\"{}\"", parts.concat())
}
