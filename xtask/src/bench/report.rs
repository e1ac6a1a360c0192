//! What was measured, as tables: for the terminal, and for `docs/performance.md`, of which the part between two marks is
//! written anew and the rest is left as it is.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::chart;
use super::loads::{LOADS, Load, Target};
use super::machine::Machine;
use super::sample::{Results, Sample, Spread};
use super::servers::{SERVERS, floor, ours};
use super::table::Table;
use crate::costs::Figures;

const PAGE: &str = "performance.md";
const CHART: &str = "performance.svg";
const BEGIN: &str = "<!-- figures: written by `cargo xtask bench` -->\n";
const END: &str = "<!-- end of figures -->\n";

/// Behind what the load generator costs, when that is more than the server.
const DEARER: &str = " (!)";

/// Both tables, for the terminal.
pub(super) fn plain(results: &Results) -> String {
    format!("{}\n{}", targets(results).to_text(), details(results).to_text())
}

/// What belongs to results.
pub(super) struct Circumstances {
    pub(super) machine: Machine,
    pub(super) rounds: u32,
    pub(super) seconds: u32,
    /// What the server asks of the allocator for each message, as `cargo xtask costs` counts it.
    pub(super) allocations: Figures,
}

/// Writes the figures into the page, and the chart beside it.
pub(super) fn write(folder: &Path, results: &Results, circumstances: &Circumstances) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let page = folder.join(PAGE);
    let before = if page.exists() { std::fs::read_to_string(&page)? } else { format!("{BEGIN}{END}") };
    let after = replace(&before, &figures(results, circumstances))
        .with_context(|| format!("{} has no place for figures", page.display()))?;
    for (path, text) in [(page, after), (folder.join(CHART), chart::draw(results, &circumstances.machine))] {
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

/// The page with new figures between the marks.
fn replace(page: &str, figures: &str) -> Result<String> {
    let Some((head, rest)) = page.split_once(BEGIN) else { bail!("`{}` is missing", BEGIN.trim_end()) };
    let Some((_, tail)) = rest.split_once(END) else { bail!("`{}` is missing", END.trim_end()) };
    Ok(format!("{head}{BEGIN}{figures}{END}{tail}"))
}

fn figures(results: &Results, circumstances: &Circumstances) -> String {
    let Circumstances { machine, rounds, seconds, .. } = circumstances;
    let mut text = format!("\n{machine} {rounds} rounds of {seconds} seconds for each server and load.\n\n");
    let _ = writeln!(text, "![Processor time in multiples of the floor]({CHART})\n");
    for table in [targets(results), details(results), allocations(&circumstances.allocations)] {
        let _ = writeln!(text, "{}", table.to_markdown());
    }
    text
}

/// What the whole server asks of the allocator, hyper and tokio included.
fn allocations(figures: &Figures) -> Table {
    const NAMES: [(&str, &str); 4] = [
        ("server_echo/websocket_1", "an echo over WebSocket, 1 outstanding"),
        ("server_echo/websocket_16", "an echo over WebSocket, 16 outstanding"),
        ("server_echo/xhr_polling", "an echo on xhr-polling"),
        ("server_broadcast/websocket", "a broadcast to 100 WebSockets, for each of them"),
    ];
    let mut table = Table::new(["longwire, for", "allocations", "bytes"]);
    for (name, about) in NAMES {
        if let Some((_, figures)) = figures.iter().find(|(found, _)| found == name) {
            let cells = figures.iter().map(|figure| format!("{figure:.2}"));
            table.row(std::iter::once(about.to_owned()).chain(cells).collect());
        }
    }
    table
}

/// Our server and what it is to reach.
fn targets(results: &Results) -> Table {
    let others = || SERVERS.iter().filter(|server| !server.is_floor() && !server.is_ours());
    let mut table = Table::new(["load", "floor", "longwire", "÷ floor", "target", "reached"]);
    others().for_each(|other| table.column(&format!("{} ÷ longwire", other.name)));
    for load in LOADS.iter().filter(|load| results.has(load, ours())) {
        let cost = |server| results.spread(load, server, |sample| Some(sample.cost()));
        let ratio = results.ratio(load, ours(), floor());
        let reached = match load.target {
            Target::TimesFloor(most) => ratio.map(|ratio| ratio.median <= most),
            Target::KibibytesEach(most) | Target::Nothing(most) => cost(ours()).map(|cost| cost.median <= most),
        };
        let mut row = vec![
            load.about.to_owned(),
            cost(floor()).map_or_else(none, |cost| with_unit(load, cost.median)),
            cost(ours()).map_or_else(none, |cost| with_unit(load, cost.median)),
            ratio.map_or_else(none, |ratio| times(&ratio)),
            target(load),
            reached.map_or("–", |reached| if reached { "yes" } else { "no" }).to_owned(),
        ];
        row.extend(others().map(|other| results.ratio(load, other, ours()).map_or_else(none, |ratio| times(&ratio))));
        table.row(row);
    }
    table
}

/// Every server under every load.
fn details(results: &Results) -> Table {
    let mut table = Table::new(["load", "server", "cost", "÷ floor", "messages a second", "p99", "generator"]);
    for load in LOADS {
        for server in SERVERS.iter().filter(|server| results.has(load, server)) {
            let spread = |figure: fn(&Sample) -> Option<f64>| results.spread(load, server, figure);
            let cost = spread(|sample| Some(sample.cost()));
            table.row(vec![
                load.name.to_owned(),
                server.name.to_owned(),
                cost.map_or_else(none, |cost| format!("{} ({})", with_unit(load, cost.median), range(&cost))),
                results.ratio(load, server, floor()).map_or_else(none, |ratio| times(&ratio)),
                spread(Sample::messages_per_second).map_or_else(none, |rate| thousands(&rate)),
                spread(Sample::p99_us).map_or_else(none, |time| format!("{:.1} ms", time.median / 1000.0)),
                spread(Sample::generator_us).map_or_else(none, |generator| {
                    let is_dearer = cost.is_some_and(|cost| generator.median > cost.median);
                    format!("{:.2} µs{}", generator.median, if is_dearer { DEARER } else { "" })
                }),
            ]);
        }
    }
    table
}

fn none() -> String {
    "–".to_owned()
}

fn with_unit(load: &Load, cost: f64) -> String {
    match load.target {
        Target::TimesFloor(_) => format!("{cost:.2} µs"),
        Target::KibibytesEach(_) => format!("{cost:.2} KiB"),
        Target::Nothing(_) => format!("{cost:.2} s"),
    }
}

fn target(load: &Load) -> String {
    match load.target {
        Target::TimesFloor(most) => format!("{most} × floor"),
        Target::KibibytesEach(most) => format!("{most} KiB"),
        Target::Nothing(_) => "none".to_owned(),
    }
}

/// `1.25 (1.20–1.31)`.
fn times(ratio: &Spread) -> String {
    format!("{:.2} ({})", ratio.median, range(ratio))
}

fn range(spread: &Spread) -> String {
    format!("{:.2}–{:.2}", spread.least, spread.most)
}

fn thousands(rate: &Spread) -> String {
    let [median, least, most] = [rate.median, rate.least, rate.most].map(|rate| (rate / 1000.0 * 10.0).round() / 10.0);
    format!("{median:.1} k ({least:.1}–{most:.1})")
}

#[cfg(test)]
mod tests {
    use super::super::sample::throughput;
    use super::*;

    fn results() -> Results {
        let mut results = Results::default();
        for (server, cost) in [(floor(), 8.0), (ours(), 9.0), (&SERVERS[3], 36.0)] {
            (0..5).for_each(|round| results.add(&LOADS[0], server, round, throughput(cost)));
        }
        results
    }

    #[test]
    fn our_server_stands_beside_its_target() {
        let text = targets(&results()).to_markdown();
        let row = "| 8.00 µs | 9.00 µs | 1.12 (1.12–1.12) | 1.25 × floor | yes | – | 4.00 (4.00–4.00) |";
        assert!(text.lines().nth(2).is_some_and(|line| line.ends_with(row)), "{text}");
        assert_eq!(text.lines().count(), 3, "only what was measured: {text}");
    }

    #[test]
    fn only_the_figures_of_a_page_are_written_anew() {
        let page = format!("# Words\n\n{BEGIN}old\n{END}\nMore words.\n");
        let replaced = replace(&page, "new\n").expect("it has the marks");
        assert_eq!(replaced, format!("# Words\n\n{BEGIN}new\n{END}\nMore words.\n"));
        assert_eq!(replace(&replaced, "old\n").expect("it still has them"), page);
        assert!(replace("# Words\n", "new\n").is_err());
    }

    #[test]
    fn allocations_are_those_of_the_server() {
        let figures =
            vec![("route/poll".to_owned(), vec![1.0, 27.0]), ("server_echo/xhr_polling".to_owned(), vec![49.0, 2.5])];
        let text = allocations(&figures).to_markdown();
        assert!(text.ends_with("| an echo on xhr-polling | 49.00 | 2.50 |\n"), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
    }

    #[test]
    fn every_server_has_its_line() {
        assert_eq!(details(&results()).to_markdown().lines().count(), 2 + 3);
    }
}
