use std::cell::RefCell;

/// Results by index, each computed once; one that is being computed is part of a cycle.
pub(super) struct Cells<T>(RefCell<Vec<State<T>>>);

#[derive(Clone)]
enum State<T> {
    New,
    Busy,
    Done(T),
}

impl<T: Clone> Cells<T> {
    pub(super) fn new(n: usize) -> Self {
        Self(RefCell::new(vec![State::New; n]))
    }

    /// The result, computed now if need be; `None` within its own computation.
    pub(super) fn get(&self, index: usize, compute: impl FnOnce() -> T) -> Option<T> {
        let state = std::mem::replace(&mut self.0.borrow_mut()[index], State::Busy);
        match state {
            State::Busy => None,
            State::Done(value) => {
                self.0.borrow_mut()[index] = State::Done(value.clone());
                Some(value)
            }
            State::New => {
                let value = compute();
                self.0.borrow_mut()[index] = State::Done(value.clone());
                Some(value)
            }
        }
    }
}
