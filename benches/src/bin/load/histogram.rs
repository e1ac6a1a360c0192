//! Times in classes that are at most three per cent wide: enough for a percentile, and cheap to count.

use std::time::Duration;

/// Each power of two is cut into this many classes.
const CLASSES: u64 = 32;

/// How often each time was measured.
#[derive(Debug)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; 64 * CLASSES as usize], total: 0 }
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.counts[class(nanoseconds)] += 1;
        self.total += 1;
    }

    /// The time that this share of all measurements does not exceed, in microseconds.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        let wanted = (self.total as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (class, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                return upper_end(class as u64) / 1000.0;
            }
        }
        0.0
    }
}

fn class(nanoseconds: u64) -> usize {
    if nanoseconds < CLASSES {
        return nanoseconds as usize;
    }
    let doublings = u64::from(nanoseconds.ilog2() - CLASSES.ilog2());
    ((doublings + 1) * CLASSES + (nanoseconds >> doublings) - CLASSES) as usize
}

fn upper_end(class: u64) -> f64 {
    if class < CLASSES {
        return class as f64;
    }
    let doublings = class / CLASSES - 1;
    (class % CLASSES + CLASSES + 1) as f64 * 2_f64.powi(doublings as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_right_to_three_per_cent() {
        let mut histogram = Histogram::default();
        (1..=1000).for_each(|time| histogram.add(Duration::from_micros(time)));
        for (share, exact) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1000.0)] {
            let found = histogram.percentile(share);
            assert!((exact..exact * 1.033).contains(&found), "{found} for {exact}");
        }
    }

    #[test]
    fn every_time_has_a_class() {
        for nanoseconds in [0, 1, 31, 32, 33, 63, 64, 1 << 40, u64::MAX] {
            assert!(class(nanoseconds) < 64 * CLASSES as usize);
            assert!(upper_end(class(nanoseconds) as u64) >= nanoseconds as f64 * 0.999_999);
        }
        assert_eq!(Histogram::default().percentile(0.99), 0.0);
    }
}
