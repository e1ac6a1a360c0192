//! The other side: a Node.js process with the parser of socket.io 0.9.19, which answers one line of JSON with another.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// What both sides made of an input, in one form: equal texts are equal results.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

/// The running process.
pub(crate) struct Peer {
    process: Child,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts the process. It finds its packages by the variable `NODE_PATH`.
    pub(crate) fn start(node: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/peers/parser-0.9.js");
        let mut process = Command::new(node)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node.js, as it was named");
        let input = BufWriter::new(process.stdin.take().expect("its input"));
        let output = BufReader::new(process.stdout.take().expect("its output"));
        Self { process, input, output }
    }

    /// Asks several questions at once. They are written while answers are read: a pipe holds neither all of the ones nor all of
    /// the others.
    pub(crate) fn ask(&mut self, questions: &[Value]) -> Vec<Answer> {
        let Self { input, output, .. } = self;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for question in questions {
                    writeln!(input, "{question}").expect("a process that reads");
                }
                input.flush().expect("a process that reads");
            });
            questions.iter().map(|_| answer(output)).collect()
        })
    }
}

fn answer(output: &mut impl BufRead) -> Answer {
    let mut line = String::new();
    output.read_line(&mut line).expect("a process that answers");
    let answer: Value = serde_json::from_str(&line).expect("an answer of JSON");
    let text = |name: &str| answer[name].as_str().expect("a text").to_owned();
    Answer { ours: text("ours"), theirs: text("theirs") }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
