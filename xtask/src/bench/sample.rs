//! What the load generator tells, and what several rounds of it come to.

use std::fmt;

use serde::Deserialize;

use super::loads::Load;
use super::servers::ServerKind;

/// One measurement, as the load generator prints it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Sample {
    Throughput { messages_per_second: f64, server_us: f64, generator_us: f64, p99_us: f64 },
    Memory { bytes_each: f64 },
    Idleness { seconds: f64, server_cpu_seconds: f64 },
}

impl Sample {
    /// What servers are compared by: processor time for a message in microseconds, memory for a session in KiB, or processor
    /// time altogether in seconds.
    pub(super) fn cost(&self) -> f64 {
        match self {
            Self::Throughput { server_us, .. } => *server_us,
            Self::Memory { bytes_each } => bytes_each / 1024.0,
            Self::Idleness { server_cpu_seconds, .. } => *server_cpu_seconds,
        }
    }

    pub(super) fn messages_per_second(&self) -> Option<f64> {
        match self {
            Self::Throughput { messages_per_second, .. } => Some(*messages_per_second),
            Self::Memory { .. } | Self::Idleness { .. } => None,
        }
    }

    pub(super) fn p99_us(&self) -> Option<f64> {
        match self {
            Self::Throughput { p99_us, .. } => Some(*p99_us),
            Self::Memory { .. } | Self::Idleness { .. } => None,
        }
    }

    pub(super) fn generator_us(&self) -> Option<f64> {
        match self {
            Self::Throughput { generator_us, .. } => Some(*generator_us),
            Self::Memory { .. } | Self::Idleness { .. } => None,
        }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Throughput { messages_per_second, server_us, generator_us, p99_us } => write!(
                f,
                "{server_us:8.2} µs a message ({generator_us:6.2} of the generator), {messages_per_second:8.0} a second, \
                 p99 {:6.2} ms",
                p99_us / 1000.0
            ),
            Self::Memory { bytes_each } => write!(f, "{:8.2} KiB a session", bytes_each / 1024.0),
            Self::Idleness { seconds, server_cpu_seconds } => {
                write!(f, "{server_cpu_seconds:8.2} s of processor time in {seconds:.0} s")
            }
        }
    }
}

/// Everything that was measured.
#[derive(Default)]
pub(super) struct Results {
    cells: Vec<Cell>,
}

/// One measurement with its place.
struct Cell {
    load: &'static Load,
    server: &'static ServerKind,
    round: u32,
    sample: Sample,
}

impl Results {
    pub(super) fn add(&mut self, load: &'static Load, server: &'static ServerKind, round: u32, sample: Sample) {
        self.cells.push(Cell { load, server, round, sample });
    }

    /// Whether there is anything of this.
    pub(super) fn has(&self, load: &Load, server: &ServerKind) -> bool {
        self.of(load, server).next().is_some()
    }

    /// One figure of all rounds.
    pub(super) fn spread(
        &self,
        load: &Load,
        server: &ServerKind,
        figure: impl Fn(&Sample) -> Option<f64>,
    ) -> Option<Spread> {
        Spread::of(self.of(load, server).filter_map(|cell| figure(&cell.sample)).collect())
    }

    /// What one server costs in multiples of another, round by round.
    pub(super) fn ratio(&self, load: &Load, server: &ServerKind, to: &ServerKind) -> Option<Spread> {
        let ratio = |cell: &Cell| {
            let other = self.of(load, to).find(|other| other.round == cell.round)?.sample.cost();
            (other > 0.0).then(|| cell.sample.cost() / other)
        };
        Spread::of(self.of(load, server).filter_map(ratio).collect())
    }

    fn of(&self, load: &Load, server: &ServerKind) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(move |cell| cell.load.name == load.name && cell.server.name == server.name)
    }
}

/// A figure of several rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) least: f64,
    pub(super) median: f64,
    pub(super) most: f64,
}

impl Spread {
    fn of(mut figures: Vec<f64>) -> Option<Self> {
        figures.sort_by(f64::total_cmp);
        let (least, most) = (*figures.first()?, *figures.last()?);
        let middle = figures.len() / 2;
        let median = if figures.len().is_multiple_of(2) {
            f64::midpoint(figures[middle - 1], figures[middle])
        } else {
            figures[middle]
        };
        Some(Self { least, median, most })
    }
}

#[cfg(test)]
pub(super) fn throughput(server_us: f64) -> Sample {
    Sample::Throughput { messages_per_second: 1e6 / server_us, server_us, generator_us: 1.0, p99_us: 5000.0 }
}

#[cfg(test)]
mod tests {
    use super::super::loads::LOADS;
    use super::super::servers::SERVERS;
    use super::*;

    #[test]
    fn the_lines_of_the_load_generator_are_read() {
        let read = |line| serde_json::from_str::<Sample>(line).expect("it is one of its lines").cost();
        let line = r#"{"messages":9,"seconds":3.0,"messages_per_second":3.0,"server_us":7.5,"generator_us":7.0,"p50_us":1.0,"p99_us":2.0}"#;
        assert_eq!(read(line), 7.5);
        assert_eq!(read(r#"{"sessions":5000,"before":1,"after":2,"bytes_each":2048.0}"#), 2.0);
        assert_eq!(read(r#"{"sessions":5000,"seconds":15.0,"server_cpu_seconds":0.02}"#), 0.02);
    }

    #[test]
    fn a_median_has_a_spread() {
        let of = |figures: &[f64]| Spread::of(figures.to_vec());
        assert_eq!(of(&[3.0, 1.0, 2.0]), Some(Spread { least: 1.0, median: 2.0, most: 3.0 }));
        assert_eq!(of(&[4.0, 1.0]), Some(Spread { least: 1.0, median: 2.5, most: 4.0 }));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        let (load, floor, ours) = (&LOADS[0], &SERVERS[0], &SERVERS[1]);
        let mut results = Results::default();
        for (round, (of_floor, of_ours)) in [(1.0, 2.0), (10.0, 20.0), (100.0, 300.0)].into_iter().enumerate() {
            results.add(load, floor, round as u32, throughput(of_floor));
            results.add(load, ours, round as u32, throughput(of_ours));
        }
        assert_eq!(results.ratio(load, ours, floor), Some(Spread { least: 2.0, median: 2.0, most: 3.0 }));
        assert_eq!(results.ratio(load, ours, &SERVERS[2]), None);
    }
}
