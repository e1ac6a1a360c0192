//! When it is measured and what: messages, times, and the processor time of both sides.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use crate::histogram::Histogram;
use crate::process::Process;

/// How long everything may take beyond the time that was asked for, and how long nothing may happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is to be measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) server: Option<Process>,
    pub(crate) warm_up: Duration,
    pub(crate) time: Duration,
}

/// What a load came to.
#[derive(Debug, Serialize)]
pub(crate) struct Throughput {
    messages: u64,
    seconds: f64,
    messages_per_second: f64,
    /// Processor time of the server for one message, in microseconds; absent without `--pid`.
    server_us: Option<f64>,
    /// The same of the load generator.
    generator_us: f64,
    /// From sending to hearing, in microseconds.
    p50_us: f64,
    p99_us: f64,
}

impl Throughput {
    /// Whether the server is what was measured, and not the generator.
    pub(crate) fn warning(&self) -> Option<String> {
        let server = self.server_us.filter(|server| *server < self.generator_us)?;
        Some(format!("the load generator needs {:.2} µs a message and the server {server:.2}", self.generator_us))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    WarmUp,
    Measuring,
    /// Nothing more is sent; what is outstanding is waited for, and checked.
    Draining,
}

/// Counts while it is time to.
#[derive(Debug)]
pub(crate) struct Meter {
    plan: Plan,
    phase: Phase,
    began: Instant,
    /// Processor time when measuring began.
    server: f64,
    generator: f64,
    messages: u64,
    latencies: Histogram,
    outcome: Option<Throughput>,
}

impl Meter {
    pub(crate) fn start(plan: Plan) -> Self {
        Self {
            plan,
            phase: Phase::WarmUp,
            began: Instant::now(),
            server: 0.0,
            generator: 0.0,
            messages: 0,
            latencies: Histogram::default(),
            outcome: None,
        }
    }

    /// Looks at the clock.
    pub(crate) fn tick(&mut self) -> Result<()> {
        let elapsed = self.began.elapsed();
        match self.phase {
            Phase::WarmUp if elapsed >= self.plan.warm_up => {
                self.server = self.server_cpu()?.unwrap_or_default();
                self.generator = Process::this().cpu()?;
                self.began = Instant::now();
                self.phase = Phase::Measuring;
            }
            Phase::Measuring if elapsed >= self.plan.time => {
                self.outcome = Some(self.throughput()?);
                self.phase = Phase::Draining;
                self.began = Instant::now();
            }
            Phase::Draining if elapsed >= PATIENCE => {
                anyhow::bail!("answers are still missing after {} s", PATIENCE.as_secs());
            }
            Phase::WarmUp | Phase::Measuring | Phase::Draining => {}
        }
        Ok(())
    }

    /// A message was answered.
    pub(crate) fn count(&mut self, latency: Duration) {
        if self.phase == Phase::Measuring {
            self.messages += 1;
            self.latencies.add(latency);
        }
    }

    /// Nothing more is to be sent.
    pub(crate) fn is_over(&self) -> bool {
        self.phase == Phase::Draining
    }

    pub(crate) fn finish(self) -> Result<Throughput> {
        let outcome = self.outcome.filter(|outcome| outcome.messages > 0);
        outcome.ok_or_else(|| anyhow::anyhow!("nothing was answered in the time that was measured"))
    }

    fn server_cpu(&self) -> Result<Option<f64>> {
        self.plan.server.map(Process::cpu).transpose()
    }

    fn throughput(&self) -> Result<Throughput> {
        let seconds = self.began.elapsed().as_secs_f64();
        let each = |cpu: f64| cpu * 1e6 / self.messages as f64;
        Ok(Throughput {
            messages: self.messages,
            seconds,
            messages_per_second: self.messages as f64 / seconds,
            server_us: self.server_cpu()?.map(|cpu| each(cpu - self.server)),
            generator_us: each(Process::this().cpu()? - self.generator),
            p50_us: self.latencies.percentile(0.5),
            p99_us: self.latencies.percentile(0.99),
        })
    }
}
