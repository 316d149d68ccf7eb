use super::*;
use inkdigit::{Model, Recognizer};
use inkdigit_train::synth;

fn with_way(check: impl FnOnce(&Walkthrough<'_>)) {
    let model = Model::default();
    let digit = synth::dataset(10, 1).get(3).unwrap().0;
    let values = inkdigit::activations(&model, &digit);
    let filters = inkdigit::activations::first_filters(&model);
    let prediction = Recognizer::default().classify_one(&digit);
    check(&Walkthrough {
        image_name: "three <b>.png",
        model_name: "default",
        digit: &digit,
        graph: model.graph(),
        values: &values,
        filters: filters.as_ref(),
        prediction: &prediction,
        colors: ColorMap::Viridis,
    });
}

#[test]
fn the_picture_has_a_row_for_each_layer() {
    with_way(|way| {
        let canvas = canvas(way);
        assert_eq!(canvas.width(), 2 * MARGIN + WORDS + TILES);
        // Words on the left of every row, tiles on the right.
        let rows = way.graph.nodes().len() + 2;
        assert!(canvas.height() > rows * (4 * text::LINE + BETWEEN), "{}", canvas.height());
        assert!(png(way).starts_with(b"\x89PNG"));
    });
}

#[test]
fn strips_fit_beside_the_words_and_say_what_is_missing() {
    let style = layers::style(&[0.0, 1.0], ColorMap::Gray);
    for shape in [
        Shape::map(1, 28, 28),
        Shape::map(20, 24, 24),
        Shape::map(176, 8, 8),
        Shape::map(5000, 1, 1),
        Shape::map(1, 600, 600),
        Shape::Features(0),
        Shape::Features(10),
        Shape::Features(500),
        Shape::Features(65_536),
    ] {
        let drawn = strip(&vec![1.0; shape.len()], shape, &style);
        assert!(drawn.width() <= TILES, "{shape}: {}x{}", drawn.width(), drawn.height());
        assert!(drawn.height() <= 700, "{shape}: {}x{}", drawn.width(), drawn.height());
    }
}

#[cfg(feature = "plots")]
#[test]
fn the_page_tells_every_layer_and_needs_nothing_else() {
    with_way(|way| {
        let page = html(way);
        for node in way.graph.nodes() {
            assert!(page.contains(&format!("<h2>{}</h2>", node.name)), "{}", node.name);
        }
        let images = page.matches("<img").count();
        assert_eq!(images, page.matches(" alt=\"").count(), "every picture has words");
        assert_eq!(images, 2 * (way.graph.nodes().len() + 2), "input, filters, layers; each with its scale");
        assert!(page.contains("three &lt;b&gt;.png through default"));
        assert!(page.contains("prefers-color-scheme:dark"));
        assert!(!page.contains("<script") && !page.contains("http:") && !page.contains("https:"));
        assert_eq!(page.matches("class=\"read\"").count(), 1);
    });
}
