//! How handlers tell a test what they saw.

use std::fmt::Debug;

use tokio::sync::mpsc;

use crate::within;

/// The handlers' end. Give it to a server as state, or move clones into closures.
#[derive(Debug)]
pub struct Tell<T>(mpsc::UnboundedSender<T>);

/// The test's end.
#[derive(Debug)]
pub struct Told<T>(mpsc::UnboundedReceiver<T>);

/// A way from handlers to a test.
#[must_use]
pub fn told<T>() -> (Tell<T>, Told<T>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Tell(sender), Told(receiver))
}

impl<T> Tell<T> {
    /// Tells something. Whether the test still listens does not matter.
    pub fn tell(&self, what: impl Into<T>) {
        let _ = self.0.send(what.into());
    }
}

impl<T> Clone for Tell<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Debug> Told<T> {
    /// The next thing, as soon as it is told.
    ///
    /// # Panics
    ///
    /// When nothing is told, or nobody is left who could.
    #[track_caller]
    pub fn hear(&mut self) -> impl Future<Output = T> {
        let next = within("something to be told", self.0.recv());
        async move { next.await.expect("somebody who tells") }
    }

    /// Checks that just these were told up to now.
    ///
    /// # Panics
    ///
    /// When there is less, more, or something else.
    #[track_caller]
    pub fn assert_told(&mut self, expected: &[T])
    where
        T: PartialEq,
    {
        let told: Vec<T> = std::iter::from_fn(|| self.0.try_recv().ok()).collect();
        assert_eq!(told, expected);
    }

    /// Checks that nothing was told up to now. Something else has to have proved that all is done which could tell.
    ///
    /// # Panics
    ///
    /// When there is something.
    #[track_caller]
    pub fn assert_nothing(&mut self) {
        if let Ok(told) = self.0.try_recv() {
            panic!("{told:?} was told, nothing was expected");
        }
    }
}
