//! What was taken for what: the confusion matrix as a heat map, and how well each digit is read.

use inkdigit_train::Evaluation;
use inkdigit_train::evaluate::DigitScore;

use crate::page::{HtmlPage, percent};
use crate::words;

/// The strongest colour behind a number, which must stay legible.
const STRONGEST: f64 = 0.6;

pub(super) fn section(page: &mut HtmlPage, evaluation: &Evaluation) {
    page.heading("What was taken for what");
    page.add(
        "<p>Each row is a digit of the test images, each column what it was taken for. Blue is right, orange wrong; \
         the stronger, the more.</p><div class=\"columns\"><div class=\"scroll\">",
    );
    page.add(matrix(evaluation));
    page.add("</div><div class=\"scroll\">");
    page.add(per_digit(&evaluation.per_digit));
    page.add("</div></div>");
}

fn matrix(evaluation: &Evaluation) -> String {
    let confusion = &evaluation.confusion;
    let wrong = |row: usize, column: usize| if row == column { 0 } else { confusion[row][column] };
    let most_wrong = (0..100).map(|cell| wrong(cell / 10, cell % 10)).max().unwrap_or(0);
    let most_right = (0..10).map(|digit| confusion[digit][digit]).max().unwrap_or(0);
    let cell = |row: usize, column: usize| {
        let images = confusion[row][column];
        if images == 0 {
            return "<td class=\"none\">·</td>".to_string();
        }
        let (colour, most) = if row == column { ("hit", most_right) } else { ("miss", most_wrong) };
        let alpha = STRONGEST * (images as f64 / most.max(1) as f64).sqrt();
        let title = format!("{images} images of {row} taken for {column}");
        format!("<td title=\"{title}\" style=\"background:rgb(var(--{colour}) / {alpha:.2})\">{images}</td>")
    };
    let heading: String = (0..10).map(|digit| format!("<th scope=\"col\">{digit}</th>")).collect();
    let row = |row: usize| {
        let cells: String = (0..10).map(|column| cell(row, column)).collect();
        format!("<tr><th scope=\"row\">{row}</th>{cells}</tr>\n")
    };
    format!(
        "<table class=\"confusion\"><caption class=\"faint\">Confusion matrix</caption>\
         <thead><tr><td></td>{heading}</tr></thead>\n<tbody>{}</tbody></table>",
        (0..10).map(row).collect::<String>()
    )
}

fn per_digit(scores: &[DigitScore]) -> String {
    let share = |share: Option<f64>| share.map_or("–".into(), |share| percent(share, 2));
    let f1 = |score: &DigitScore| {
        let (precision, recall) = score.precision.zip(score.recall)?;
        (precision + recall > 0.0).then(|| 2.0 * precision * recall / (precision + recall))
    };
    let row = |score: &DigitScore| {
        format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            score.digit,
            words::grouped(score.support),
            share(score.precision),
            share(score.recall),
            share(f1(score))
        )
    };
    format!(
        "<table><caption class=\"faint\">Each digit: how many of the images taken for it were it (precision), how \
         many of its images were taken for it (recall), and the harmonic mean of both (F1)</caption>\
         <thead><tr><th scope=\"col\">digit</th><th scope=\"col\">images</th><th scope=\"col\">precision</th>\
         <th scope=\"col\">recall</th><th scope=\"col\">F1</th></tr></thead>\n<tbody>{}</tbody></table>",
        scores.iter().map(row).collect::<String>()
    )
}
