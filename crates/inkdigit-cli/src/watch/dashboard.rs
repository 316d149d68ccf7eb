//! A training drawn on the terminal: how far it is, the curves of loss and accuracy, the last epochs.

use std::time::Duration;

use inkdigit_train::train::EpochRecord;
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{
    Axis, Block, Chart, Dataset, GraphType, LegendPosition, LineGauge, Paragraph, Row, Table,
};

use super::state::State;
use crate::output::grouped;

/// Curves need so many lines to say anything.
const CHART_HEIGHT: u16 = 9;
/// Two curves stand side by side where each has so many columns.
const CHART_WIDTH: u16 = 44;
/// Lines of the table of epochs, with its heading.
const EPOCHS: u16 = 7;

/// Blue and yellow are told apart by people with any kind of colour blindness; line and dots say the same.
const TRAINING: Color = Color::LightBlue;
const VALIDATION: Color = Color::Yellow;

/// Draws all of it, as far as there is room: the curves are left out first.
pub(super) fn draw(frame: &mut Frame, state: &State, colours: bool) {
    let epoch_lines = match state.epochs.len() {
        0 => 0,
        epochs => EPOCHS.min(u16::try_from(1 + epochs).unwrap_or(EPOCHS)),
    };
    let [title, gauge, now, charts, epochs, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(epoch_lines),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    frame.render_widget(heading(state), title);
    let Some(start) = &state.beginning else { return };
    let done = state.last.map_or(start.step, |last| last.step);
    let share = done as f64 / start.steps.max(1) as f64;
    let filled = style(colours, TRAINING);
    let bar = LineGauge::default()
        .ratio(share.clamp(0.0, 1.0))
        .filled_symbol("━")
        .unfilled_symbol("─")
        .filled_style(filled);
    frame.render_widget(bar.label(format!("{:3.0} %", 100.0 * share)), gauge);
    frame.render_widget(Paragraph::new(progress(state)), now);
    draw_charts(frame, charts, state, colours);
    if !state.epochs.is_empty() {
        draw_epochs(frame, epochs, state);
    }
    frame.render_widget(footer(state), keys);
}

fn style(colours: bool, colour: Color) -> Style {
    if colours { Style::new().fg(colour) } else { Style::new() }
}

fn heading(state: &State) -> Paragraph<'_> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let Some(start) = &state.beginning else { return Paragraph::new("inkdigit: the data is being read") };
    let held_out = match start.validation_images {
        0 => String::new(),
        count => format!(", {} held out", grouped(count)),
    };
    Paragraph::new(Line::from(vec![
        Span::styled(format!("training {}", start.network), bold),
        Span::raw(format!(" on {} images{held_out}", grouped(start.images))),
    ]))
}

fn progress(state: &State) -> Vec<Line<'static>> {
    let Some((start, last)) = state.beginning.as_ref().zip(state.last) else {
        return vec![Line::raw("the first batch is under way")];
    };
    vec![
        Line::raw(format!(
            "epoch {} of {}   batch {} of {}   {} elapsed   {} left",
            last.epoch,
            last.epochs,
            grouped(last.step),
            grouped(last.steps),
            minutes(start.elapsed()),
            minutes(last.eta),
        )),
        Line::raw(format!(
            "loss {:.4}   accuracy {:.2} %   learning rate {:.2e}   {} images/s",
            last.epoch_loss,
            100.0 * last.epoch_accuracy,
            last.learning_rate,
            grouped(last.images_per_second as u64),
        )),
    ]
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

fn footer(state: &State) -> Paragraph<'static> {
    if state.stopping {
        return Paragraph::new("stopping after this batch, with a checkpoint; once more: at once, without")
            .style(Style::new().add_modifier(Modifier::BOLD));
    }
    let saved = state.saved.map(|step| format!("   checkpoint at batch {}", grouped(step)));
    Paragraph::new(format!("q stop and save{}", saved.unwrap_or_default()))
        .style(Style::new().add_modifier(Modifier::DIM))
}

fn draw_charts(frame: &mut Frame, area: Rect, state: &State, colours: bool) {
    if area.height < CHART_HEIGHT {
        return;
    }
    let loss = Curves {
        title: "loss",
        scale: Scale::Logarithmic,
        training: state.loss.points().collect(),
        validation: validation(state, |record| record.validation_loss),
    };
    let accuracy = Curves {
        title: "accuracy, %",
        scale: Scale::Percent,
        training: state.accuracy.points().collect(),
        validation: validation(state, |record| record.validation_accuracy),
    };
    let areas: [Rect; 2] = if area.width >= 2 * CHART_WIDTH {
        Layout::horizontal([Constraint::Fill(1); 2]).spacing(1).areas(area)
    } else if area.height >= 2 * CHART_HEIGHT {
        Layout::vertical([Constraint::Fill(1); 2]).areas(area)
    } else {
        [area, Rect::default()]
    };
    let steps = state.beginning.as_ref().map_or(1, |start| start.steps);
    loss.draw(frame, areas[0], steps, colours);
    if !areas[1].is_empty() {
        accuracy.draw(frame, areas[1], steps, colours);
    }
}

fn validation(state: &State, value: impl Fn(&EpochRecord) -> Option<f64>) -> Vec<(f64, f64)> {
    let point = |(record, step): &(EpochRecord, usize)| Some((*step as f64, value(record)?));
    state.epochs.iter().filter_map(point).collect()
}

/// How values become heights.
#[derive(Clone, Copy)]
enum Scale {
    /// Losses fall by orders of magnitude.
    Logarithmic,
    /// Shares, in percent; from where the most of them lie.
    Percent,
}

/// A chart: what was measured while the network learned, and on the validation images.
struct Curves {
    title: &'static str,
    scale: Scale,
    training: Vec<(f64, f64)>,
    validation: Vec<(f64, f64)>,
}

impl Curves {
    fn draw(&self, frame: &mut Frame, area: Rect, steps: usize, colours: bool) {
        let (training, validation) = (self.heights(&self.training), self.heights(&self.validation));
        let all = || training.iter().chain(&validation).map(|(_, height)| *height);
        let (bounds, labels) = match self.scale {
            Scale::Logarithmic => decades(all()),
            Scale::Percent => percents(all()),
        };
        let series = |name, points, colour, marker, kind| {
            Dataset::default()
                .name(name)
                .data(points)
                .style(style(colours, colour))
                .marker(marker)
                .graph_type(kind)
        };
        let datasets = vec![
            series("— training", &training, TRAINING, Marker::Braille, GraphType::Line),
            series("• validation", &validation, VALIDATION, Marker::Dot, GraphType::Scatter),
        ];
        let x = Axis::default()
            .bounds([0.0, steps as f64])
            .labels(["0".to_string(), format!("{} batches", grouped(steps))]);
        let y = Axis::default().bounds(bounds).labels(labels).labels_alignment(Alignment::Right);
        // A legend would cover the beginning of a rising curve, or the end of a falling one, elsewhere.
        let legend = match self.scale {
            Scale::Logarithmic => LegendPosition::TopRight,
            Scale::Percent => LegendPosition::BottomRight,
        };
        let chart = Chart::new(datasets)
            .block(Block::bordered().title(format!(" {} ", self.title)))
            .x_axis(x)
            .y_axis(y)
            .legend_position(Some(legend))
            .hidden_legend_constraints((Constraint::Ratio(2, 3), Constraint::Ratio(2, 3)));
        frame.render_widget(chart, area);
    }

    fn heights(&self, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let height = |value: f64| match self.scale {
            // No loss is 0 in a picture.
            Scale::Logarithmic => value.max(1e-6).log10(),
            Scale::Percent => 100.0 * value,
        };
        points.iter().map(|&(x, value)| (x, height(value))).collect()
    }
}

/// Bounds at powers of ten around decimal logarithms, and what to write at them.
fn decades(values: impl Iterator<Item = f64>) -> ([f64; 2], Vec<String>) {
    let (low, high) =
        values.fold((0.0, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)));
    let (low, high) = (low.floor().min(-1.0), high.ceil());
    let labels = (low as i32..=high as i32).map(|power| match power {
        0.. => format!("{}", 10f64.powi(power)),
        _ => format!("{:.*}", -power as usize, 10f64.powi(power)),
    });
    ([low, high], labels.collect())
}

/// Bounds from the highest of some round percentages that leaves hardly anything below it, up to 100.
fn percents(values: impl Iterator<Item = f64>) -> ([f64; 2], Vec<String>) {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    // The beginning of a training may be cut off; it is told apart by being rare.
    let low = values.get(values.len() / 8).copied().unwrap_or(0.0);
    let low = [99.0, 98.0, 95.0, 90.0, 80.0, 50.0].into_iter().find(|bound| *bound < low).unwrap_or(0.0);
    let label = |value: f64| format!("{value}");
    ([low, 100.0], vec![label(low), label((low + 100.0) / 2.0), "100".into()])
}

fn draw_epochs(frame: &mut Frame, area: Rect, state: &State) {
    let heading = ["epoch", "seconds", "loss", "accuracy", "validation loss", "accuracy", "images/s"];
    let optional = |value: Option<f64>, text: &dyn Fn(f64) -> String| value.map_or("-".into(), text);
    let percent = |value: f64| format!("{:.2} %", 100.0 * value);
    let row = |(record, _): &(EpochRecord, usize)| {
        Row::new([
            record.epoch.to_string(),
            format!("{:.1}", record.train_seconds),
            format!("{:.4}", record.train_loss),
            percent(record.train_accuracy),
            optional(record.validation_loss, &|loss| format!("{loss:.4}")),
            optional(record.validation_accuracy, &percent),
            grouped(record.images_per_second as u64),
        ])
    };
    // The last one first: where there is little room it is what one looks for.
    let rows = state.epochs.iter().rev().take(usize::from(area.height.saturating_sub(1))).map(row);
    let widths = [5, 7, 7, 9, 15, 9, 8].map(Constraint::Length);
    let heading = Row::new(heading).style(Style::new().add_modifier(Modifier::BOLD));
    frame.render_widget(Table::new(rows, widths).header(heading).column_spacing(2), area);
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit_train::TrainConfig;
    use inkdigit_train::train::{self, Event, Flow, TrainData, TrainOptions};
    use inkdigit_train::{config, synth};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    /// What a training of three epochs has told.
    fn trained() -> State {
        let config: TrainConfig =
            config::parse_yaml("network: mlp\nepochs: 3\nbatch_size: 20\nvalidation: 40\n", "test").unwrap();
        let mut state = State::default();
        let mut observer = |event: &Event<'_>| {
            state.record(event);
            Flow::Continue
        };
        let data = synth::dataset(240, 1);
        let data = TrainData { train: &data, test: None };
        train::train(&config, data, &TrainOptions::default(), &mut observer).unwrap();
        state
    }

    fn screen(state: &State, width: u16, height: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, state, true)).unwrap();
        let buffer = terminal.backend().buffer();
        let line = |y: u16| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..height).map(|y| line(y).trim_end().to_string()).collect()
    }

    #[test]
    fn a_wide_terminal_shows_everything() {
        let lines = screen(&trained(), 100, 30);
        let all = lines.join("\n");
        assert_eq!(lines[0], "training mlp on 200 images, 40 held out");
        assert!(lines[1].contains("100 %") && lines[2].starts_with("epoch 3 of 3   batch 30 of 30"), "{all}");
        for part in ["learning rate", "images/s", " loss ", " accuracy, % ", "validation", "30 batches"] {
            assert!(all.contains(part), "{part}: {all}");
        }
        assert!(
            all.matches('•').count() >= 5 && all.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)),
            "{all}"
        );
        assert!(
            lines[26].trim_start().starts_with("3 ") && lines[28].trim_start().starts_with("1 "),
            "{all}"
        );
        assert_eq!(lines[29], "q stop and save", "without a folder there are no checkpoints");
    }

    #[test]
    fn small_terminals_show_what_there_is_room_for() {
        let state = trained();
        for (width, height) in [(80, 24), (60, 40), (40, 12), (20, 5), (1, 1)] {
            let lines = screen(&state, width, height);
            assert_eq!(lines.len(), usize::from(height));
        }
        let low = screen(&state, 80, 10).join("\n");
        assert!(low.contains("epoch 3 of 3") && !low.contains('•'), "{low}");
    }

    #[test]
    fn before_the_first_batch_it_says_so() {
        assert!(screen(&State::default(), 60, 10)[0].contains("data is being read"));
        let mut state = trained();
        (state.last, state.stopping) = (None, true);
        let all = screen(&state, 80, 24).join("\n");
        assert!(
            all.contains("first batch is under way") && all.contains("stopping after this batch"),
            "{all}"
        );
    }

    #[test]
    fn bounds_are_round() {
        let (bounds, labels) = decades([-1.3, 0.2].into_iter());
        assert_eq!((bounds, labels.join(" ")), ([-2.0, 1.0], "0.01 0.1 1 10".into()));
        let (bounds, labels) = percents((0..100).map(|i| if i < 5 { 20.0 } else { 97.0 }));
        assert_eq!((bounds, labels.join(" ")), ([95.0, 100.0], "95 97.5 100".into()));
        assert_eq!(percents([].into_iter()).0, [0.0, 100.0]);
    }
}
