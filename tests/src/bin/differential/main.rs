//! longwire's codec of revision 1 against the parser of socket.io 0.9.19, on random inputs: both make the same of each, or the
//! difference belongs to one of the classes that `classes.rs` lists with an argument.
//!
//! `cargo xtask differential` prepares Node.js and the package, and runs this.

mod classes;
mod generate;
mod json;
mod ours;
mod peer;
mod random;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use classes::{CLASSES, Class, Difference, Fields};
use generate::Input;
use peer::Peer;

/// From this many inputs on every class has to show.
const FULL_RUN: u64 = 100_000;
/// Unexplained differences that are printed.
const MOST_SHOWN: usize = 10;
/// Inputs that are given to the other side at once.
const BATCH: u64 = 1000;

#[derive(Parser)]
struct Flags {
    /// The program of Node.js.
    #[arg(long)]
    node: PathBuf,
    /// How many inputs to make.
    #[arg(long, default_value_t = FULL_RUN)]
    inputs: u64,
    /// What the inputs are made from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the input of this number, with both results.
    #[arg(long)]
    index: Option<u64>,
    /// Only this packet, a JSON string.
    #[arg(long)]
    packet: Option<String>,
    /// Only this body, a JSON string.
    #[arg(long)]
    payload: Option<String>,
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    let text = |json: &String| serde_json::from_str(json).expect("a JSON string");
    let single = match (&flags.packet, &flags.payload, flags.index) {
        (Some(packet), ..) => Some(Input::Packet(text(packet))),
        (_, Some(payload), _) => Some(Input::Payload(text(payload))),
        (.., Some(index)) => Some(Input::generate(flags.seed, index)),
        _ => None,
    };
    let mut run = Run {
        peer: Peer::start(&flags.node),
        found: CLASSES.iter().map(|_| Found::default()).collect(),
        equal: 0,
        faults: Vec::new(),
    };
    let passed = match single {
        Some(input) => run.single(&input),
        None => run.all(flags.seed, flags.inputs),
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The differences of one class.
#[derive(Default)]
struct Found {
    count: u64,
    /// The shortest seen.
    example: Option<String>,
}

struct Run {
    peer: Peer,
    found: Vec<Found>,
    equal: u64,
    /// Differences of no class or of several, ready to be printed.
    faults: Vec<String>,
}

impl Run {
    fn all(&mut self, seed: u64, inputs: u64) -> bool {
        for start in (0..inputs).step_by(BATCH as usize) {
            let batch: Vec<Input> =
                (start..inputs.min(start + BATCH)).map(|index| Input::generate(seed, index)).collect();
            self.compare(&batch, |at| format!("--seed {seed} --index {}", start + at as u64));
        }
        for fault in self.faults.iter().take(MOST_SHOWN) {
            println!("{fault}\n");
        }
        self.print_table(inputs);
        let stale: Vec<&str> =
            self.classes().filter(|(_, found)| found.count == 0).map(|(class, _)| class.name).collect();
        if inputs >= FULL_RUN && !stale.is_empty() {
            println!("no input shows these classes any more: {}", stale.join(", "));
            return false;
        }
        self.faults.is_empty()
    }

    fn single(&mut self, input: &Input) -> bool {
        let ours = input.ours();
        let answer = self.peer.ask(&[input.question(&ours.result)]).remove(0);
        println!("input     {}\nlongwire  {}", show(input), answer.ours);
        if let Some(refusal) = ours.refusal {
            println!("          {refusal:?}");
        }
        println!("0.9.19    {}", answer.theirs);
        if answer.ours != answer.theirs {
            let theirs = Fields::read(&answer.theirs);
            let classes = Difference { input, refusal: ours.refusal, theirs }.classes();
            println!("class     {}", names(&classes));
            return classes.len() == 1;
        }
        true
    }

    fn compare(&mut self, inputs: &[Input], place: impl Fn(usize) -> String) {
        let ours: Vec<_> = inputs.iter().map(Input::ours).collect();
        let questions: Vec<_> = inputs.iter().zip(&ours).map(|(input, ours)| input.question(&ours.result)).collect();
        let answers = self.peer.ask(&questions);
        for (at, answer) in answers.iter().enumerate() {
            if answer.ours == answer.theirs {
                self.equal += 1;
                continue;
            }
            let theirs = Fields::read(&answer.theirs);
            let classes = Difference { input: &inputs[at], refusal: ours[at].refusal, theirs }.classes();
            let shown = show(&inputs[at]);
            match classes.as_slice() {
                [only] => self.found[*only].add(shown),
                several => self.faults.push(format!(
                    "DIFFERENCE ({}): {}\n  input     {shown}\n  longwire  {} {:?}\n  0.9.19    {}",
                    names(several),
                    place(at),
                    answer.ours,
                    ours[at].refusal,
                    answer.theirs
                )),
            }
        }
    }

    fn print_table(&self, inputs: u64) {
        println!("{inputs} inputs, {} with equal results", self.equal);
        for (class, found) in self.classes() {
            println!("{:>7} {}: {}", found.count, class.name, class.argument);
            if let Some(example) = &found.example {
                println!("        such as {example}");
            }
        }
        println!("{:>7} unexplained", self.faults.len());
    }

    fn classes(&self) -> impl Iterator<Item = (&'static Class, &Found)> {
        CLASSES.iter().zip(&self.found)
    }
}

impl Found {
    fn add(&mut self, example: String) {
        self.count += 1;
        if self.example.as_ref().is_none_or(|shortest| example.len() < shortest.len()) {
            self.example = Some(example);
        }
    }
}

fn names(classes: &[usize]) -> String {
    match classes {
        [] => "of no class".to_owned(),
        several => several.iter().map(|class| CLASSES[*class].name).collect::<Vec<_>>().join("; "),
    }
}

/// An input as text of one line.
fn show(input: &Input) -> String {
    match input {
        Input::Packet(text) | Input::Payload(text) => serde_json::json!(text).to_string(),
        Input::Encode(packet) => format!("{packet:?}"),
        Input::EncodePayload(packets) => serde_json::json!(packets).to_string(),
    }
}
