//! Handlers: async functions whose arguments are extracted from what happened.

use std::any::TypeId;

use futures_util::future::BoxFuture;

use super::{EventContext, ExtractError, FromEvent};

/// A running handler.
pub(super) type Running = BoxFuture<'static, ()>;

type Call = dyn Fn(&mut EventContext) -> Result<Running, ExtractError> + Send + Sync;

/// An async function that can be called for events: up to eight arguments, each [`FromEvent`].
///
/// `M` only tells the implementations apart and is never written.
///
/// ```
/// use longwire::{Ack, Args, Namespace};
///
/// async fn ack(ack: Ack, args: Args) {
///     let _ = ack.send_args(args);
/// }
///
/// let namespace = Namespace::default().on("ack", ack);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    note = "a handler is an `async fn` or closure returning a future of `()`, with up to eight arguments that implement `FromEvent`"
)]
pub trait Handler<M>: Send + Sync + 'static {
    /// Extracts the arguments and calls the function.
    ///
    /// # Errors
    ///
    /// When an argument could not be made.
    fn call(&self, context: &mut EventContext) -> Result<BoxFuture<'static, ()>, ExtractError>;

    /// The application state that its arguments need.
    fn needs(&self) -> Vec<(TypeId, &'static str)>;
}

macro_rules! impl_handler {
    ($($argument:ident),*) => {
        impl<F, Fut, $($argument),*> Handler<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = ()> + Send + 'static,
            $($argument: FromEvent,)*
        {
            fn call(&self, _context: &mut EventContext) -> Result<Running, ExtractError> {
                Ok(Box::pin(self($($argument::from_event(_context)?),*)))
            }

            fn needs(&self) -> Vec<(TypeId, &'static str)> {
                let needs: [Option<(TypeId, &'static str)>; _] = [$($argument::needs()),*];
                needs.into_iter().flatten().collect()
            }
        }
    };
}

impl_handler!();
impl_handler!(A);
impl_handler!(A, B);
impl_handler!(A, B, C);
impl_handler!(A, B, C, D);
impl_handler!(A, B, C, D, E);
impl_handler!(A, B, C, D, E, G);
impl_handler!(A, B, C, D, E, G, H);
impl_handler!(A, B, C, D, E, G, H, I);

/// A handler whose type is forgotten.
pub(super) struct Erased {
    call: Box<Call>,
    needs: Vec<(TypeId, &'static str)>,
}

impl Erased {
    pub(super) fn new<M>(handler: impl Handler<M>) -> Self {
        Self { needs: handler.needs(), call: Box::new(move |context| handler.call(context)) }
    }

    pub(super) fn call(&self, context: &mut EventContext) -> Result<Running, ExtractError> {
        (self.call)(context)
    }

    pub(super) fn needs(&self) -> &[(TypeId, &'static str)] {
        &self.needs
    }
}

impl std::fmt::Debug for Erased {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("handler")
    }
}
