//! What is told of single images: how far their probabilities can be relied on, mistakes, unsure hits, and labels
//! that may be wrong.

use inkdigit_train::Split;
use inkdigit_train::evaluate::{LabelError, Reading, Reliability};

use super::{Appraised, Report, SHOWN};
use crate::markup::Escaped;
use crate::page::{HtmlPage, digit, percent};
use crate::plots::reliability_diagram;
use crate::words;

pub(super) fn reliability_section(page: &mut HtmlPage, reliability: &Reliability) {
    page.heading("Whether its probabilities can be relied on");
    page.add(format_args!(
        "<p>Of the images read with 90 %, 90 % should be read right: then the bars end at the diagonal. The mean \
         distance from it is the expected calibration error, {}. The mean confidence is {}.</p>",
        percent(reliability.ece, 2),
        percent(reliability.confidence, 2)
    ));
    page.add("<div class=\"columns\"><figure><h3>Share that is right, by confidence</h3>");
    page.add(reliability_diagram(reliability));
    page.add("<figcaption>The fuller a bar, the more images it stands for.</figcaption></figure>");
    let bins = reliability.bins.iter().filter_map(|bin| {
        let (confidence, accuracy) = bin.confidence.zip(bin.accuracy)?;
        Some(format!(
            "<tr><th scope=\"row\">{:.1} to {}</th><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            100.0 * bin.lower,
            percent(bin.upper, 1),
            words::grouped(bin.images),
            percent(confidence, 1),
            percent(accuracy, 1)
        ))
    });
    page.add(format_args!(
        "<div class=\"scroll\"><table><caption class=\"faint\">The same in numbers</caption><thead><tr>\
         <th scope=\"col\">confidence</th><th scope=\"col\">images</th><th scope=\"col\">mean</th>\
         <th scope=\"col\">right</th></tr></thead><tbody>{}</tbody></table></div></div>",
        bins.collect::<String>()
    ));
}

pub(super) fn readings_sections(page: &mut HtmlPage, test: &Appraised<'_>) {
    page.heading("The surest mistakes");
    let mistakes = &test.appraisal.mistakes[..test.appraisal.mistakes.len().min(SHOWN)];
    if mistakes.is_empty() {
        page.add("<p>There are none: all test images were read right.</p>");
    } else {
        page.add("<p>Test images that were read wrong, the most confident readings first.</p>");
        thumbnails(page, mistakes.iter().map(|reading| reading_thumbnail(test, reading)));
    }
    page.heading("The least sure hits");
    let hits = &test.appraisal.unsure_hits[..test.appraisal.unsure_hits.len().min(SHOWN)];
    if hits.is_empty() {
        return page.add("<p>There are none: no test image was read right.</p>");
    }
    page.add("<p>Test images that were read right, the least confident readings first.</p>");
    thumbnails(page, hits.iter().map(|reading| reading_thumbnail(test, reading)));
}

pub(super) fn label_errors_section(page: &mut HtmlPage, report: &Report<'_>) {
    page.heading("Labels that may be wrong");
    let sets = [(Split::Test, report.test.as_ref().ok()), (Split::Train, report.validation.as_ref())];
    let sets = sets.map(|(split, set)| set.map(|set| (split, set)));
    if sets.iter().all(Option::is_none) {
        return page.gap("no images were read that the model hasn't learned from");
    }
    page.add(
        "<p>An image is suspect if the network, which didn't learn from it, takes it for another digit with at least \
         the confidence that it has on average for that digit's own images (confident learning, Northcutt, Jiang \
         and Chuang 2021). Look at them before you believe either.</p>",
    );
    for (split, set) in sets.into_iter().flatten() {
        let label_errors = &set.appraisal.label_errors;
        let which = if set.places.is_some() { "held out of the training set" } else { "of the test set" };
        page.add(format_args!(
            "<h3>{} among the {} images {which}</h3>",
            words::grouped(label_errors.len()),
            words::grouped(set.data.len())
        ));
        let Some(first) = label_errors.first() else { continue };
        if label_errors.len() > SHOWN {
            page.add(format_args!("<p>The most suspect {SHOWN} are shown.</p>"));
        }
        thumbnails(
            page,
            label_errors.iter().take(SHOWN).map(|error| label_error_thumbnail(set, split.name(), error)),
        );
        if let Some(command) = report.commands.show_image {
            let command = command(split, set.place(first.index));
            page.add(format_args!("<p class=\"faint\">Larger: <code>{}</code></p>", Escaped(&command)));
        }
    }
}

fn thumbnails(page: &mut HtmlPage, thumbnails: impl Iterator<Item = String>) {
    page.add(format_args!("<ul class=\"thumbs\">{}</ul>", thumbnails.collect::<String>()));
}

fn reading_thumbnail(set: &Appraised<'_>, reading: &Reading) -> String {
    let Reading { index, label, digit: read, probability, label_probability } = *reading;
    let place = set.place(index);
    let sure = percent(probability.into(), 1);
    let image = |alt: String| digit(set.data.image(index), &alt);
    if read == label {
        let image = image(format!("a {label}, read with {sure}"));
        return format!(
            "<li>{image}<b>{label}</b> with {sure}<br><span class=\"faint\">test {place}</span></li>"
        );
    }
    let image = image(format!("a {label}, read as {read} with {sure}"));
    let own = percent(label_probability.into(), 1);
    format!(
        "<li>{image}<b>{label}</b> read as <b>{read}</b><br>{read}: {sure}<br>{label}: {own}<br>\
         <span class=\"faint\">test {place}</span></li>"
    )
}

fn label_error_thumbnail(set: &Appraised<'_>, name: &str, error: &LabelError) -> String {
    let LabelError { index, label, likelier, probability, label_probability } = *error;
    let (sure, own) = (percent(probability.into(), 1), percent(label_probability.into(), 1));
    let image = digit(set.data.image(index), &format!("labelled {label}, likelier {likelier} with {sure}"));
    format!(
        "<li>{image}<b>{label}</b>, or <b>{likelier}</b>?<br>{likelier}: {sure}<br>{label}: {own}<br>\
         <span class=\"faint\">{name} {}</span></li>",
        set.place(index)
    )
}
