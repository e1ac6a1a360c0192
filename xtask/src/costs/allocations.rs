//! Allocations, as the program `allocations` of the benches counts them.

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

use super::baseline::Figures;

/// Runs the program and reads its lines.
pub(super) fn measure(workspace: &Workspace) -> Result<Figures> {
    let mut command = process::cargo(&workspace.root);
    command.args(["bench", "--quiet", "--package", "longwire-benches", "--bench", "allocations"]);
    println!("$ {}", process::show(&command));
    Ok(read(&process::output(&mut command)?))
}

/// How much more than the baseline a figure may be, as a share of it.
///
/// Without sockets the count is exact. With them it depends a little on what happens to arrive together.
pub(super) fn tolerance(name: &str, column: usize) -> f64 {
    match column {
        0 if !name.starts_with("server_") => 0.005,
        _ => 0.05,
    }
}

/// The lines with a name and two numbers; the others are headings.
fn read(text: &str) -> Figures {
    let line = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let name = words.next()?.to_owned();
        let figures: Option<Vec<f64>> = words.map(|word| word.parse().ok()).collect();
        figures.filter(|figures| figures.len() == 2).map(|figures| (name, figures))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_headings_are_not() {
        let text = "codec, for each packet   allocations  bytes\ndecode_packet/ack   1.00   8.0\n";
        assert_eq!(read(text), [("decode_packet/ack".to_owned(), vec![1.0, 8.0])]);
    }
}
