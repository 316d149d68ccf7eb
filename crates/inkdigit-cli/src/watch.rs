//! `train --watch`: a training as a dashboard in the terminal.
//!
//! A thread of its own draws and listens to the keys, so that the training neither waits for the terminal nor
//! the keys for a long evaluation. It draws on stderr: stdout is for results. However the training ends, the
//! terminal is given back first, so that errors stay visible.

use std::io::{self, IsTerminal, Stderr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use inkdigit_train::train::Event;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{self, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::crossterm::{cursor, execute, terminal};

mod dashboard;
mod state;

use state::State;

/// Time between two looks at the training; keys are heard at once.
const REDRAW: Duration = Duration::from_millis(150);

/// Whether the terminal is the dashboard's.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// A dashboard on the terminal.
pub(crate) struct Watch {
    state: Arc<Mutex<State>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Watch {
    /// Whether there is a terminal that can show it.
    pub(crate) fn is_possible() -> bool {
        io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
    }

    /// Takes the terminal. `stop` is called once a key asks for the training to stop, and each time again.
    ///
    /// # Errors
    /// If the terminal doesn't do what is asked of it.
    pub(crate) fn start(stop: fn()) -> Result<Self> {
        restore_on_panic();
        let terminal = take().inspect_err(|_| restore()).context("cannot draw on this terminal")?;
        let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || run(terminal, &shared, colours, stop));
        Ok(Self { state, thread: Some(thread) })
    }

    /// Takes in what happened.
    pub(crate) fn show(&self, event: &Event<'_>) {
        locked(&self.state).record(event);
    }

    /// Gives the terminal back. What was drawn is gone then.
    pub(crate) fn end(&mut self) {
        restore();
        if let Some(thread) = self.thread.take() {
            // A dashboard that failed leaves the training as it is; there is nothing to be done about it.
            let _ = thread.join();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}

/// Draws and listens until the terminal is given back.
fn run(
    mut terminal: Terminal<CrosstermBackend<Stderr>>,
    state: &Mutex<State>,
    colours: bool,
    stop: fn(),
) -> io::Result<()> {
    while SHOWN.load(Ordering::Acquire) {
        {
            let state = locked(state);
            terminal.draw(|frame| dashboard::draw(frame, &state, colours))?;
        }
        if event::poll(REDRAW)?
            && let event::Event::Key(key) = event::read()?
            && asks_to_stop(key)
        {
            locked(state).stopping = true;
            stop();
        }
    }
    Ok(())
}

/// q, Escape, or Ctrl-C, which is a key like others while the dashboard is shown.
fn asks_to_stop(key: KeyEvent) -> bool {
    let ctrl_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    let quits = matches!(key.code, KeyCode::Char('q' | 'Q') | KeyCode::Esc);
    key.kind == KeyEventKind::Press && (quits || ctrl_c)
}

/// A thread that panicked while it held the state left nothing half done that matters for a picture.
fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take() -> io::Result<Terminal<CrosstermBackend<Stderr>>> {
    SHOWN.store(true, Ordering::Release);
    terminal::enable_raw_mode()?;
    execute!(io::stderr(), EnterAlternateScreen, cursor::Hide)?;
    Terminal::new(CrosstermBackend::new(io::stderr()))
}

/// Gives the terminal back, if the dashboard has it.
pub(crate) fn restore() {
    if SHOWN.swap(false, Ordering::AcqRel) {
        // If the terminal is gone there is nothing to give back.
        let _ = execute!(io::stderr(), LeaveAlternateScreen, cursor::Show);
        let _ = terminal::disable_raw_mode();
    }
}

/// A panic's message shall stand on the terminal as people left it.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let former = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore();
            former(panic);
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q_escape_and_ctrl_c_stop() {
        let key = |code, modifiers| KeyEvent::new(code, modifiers);
        let stops = [
            key(KeyCode::Char('q'), KeyModifiers::NONE),
            key(KeyCode::Esc, KeyModifiers::NONE),
            key(KeyCode::Char('c'), KeyModifiers::CONTROL),
        ];
        assert!(stops.into_iter().all(asks_to_stop));
        let released = KeyEvent { kind: KeyEventKind::Release, ..stops[0] };
        let others = [key(KeyCode::Char('c'), KeyModifiers::NONE), key(KeyCode::Enter, KeyModifiers::NONE)];
        assert!(!others.into_iter().chain([released]).any(asks_to_stop));
    }
}
