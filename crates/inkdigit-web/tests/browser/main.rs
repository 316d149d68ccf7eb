//! The page in a real browser: drawn on, typed at, handed pictures and networks, cut off from the network, and
//! asked for all of MNIST's test digits. Left out where there is no Chromium.

mod chromium;
mod server;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use chromium::Page;
use inkdigit::{GrayImage, Model, PictureLimits, Recognizer};
use inkdigit_nn::Params;
use inkdigit_train::networks::{self, BuiltIn, Network, Scaling};
use inkdigit_train::{Dataset, Split};
use server::Server;

/// Where tests run that need a browser; says so where there is none.
fn browser_is_there() -> bool {
    let there = chromium::installed().is_some();
    if !there {
        eprintln!(
            "a test of the page was left out: no Chromium is installed, and INKDIGIT_CHROMIUM names none"
        );
    }
    there
}

const ONE: &[(f64, f64)] = &[(0.5, 0.2), (0.5, 0.8)];
const SEVEN: &[(f64, f64)] = &[(0.36, 0.22), (0.64, 0.22), (0.5, 0.82)];

fn picture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pictures").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Hands a file to the page as if it was dropped on it.
fn drop_file(page: &mut Page, name: &str, kind: &str) {
    page.eval(&format!(
        "(async () => {{
            const bytes = await (await fetch('handed/{name}')).arrayBuffer();
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], '{name}', {{ type: '{kind}' }}));
            document.dispatchEvent(new DragEvent('drop', {{ dataTransfer, cancelable: true, bubbles: true }}));
        }})()"
    ));
}

/// Float32 numbers that the page computes, bit by bit.
fn floats(page: &mut Page, expression: &str) -> Vec<f32> {
    let text = page.text(&format!(
        "(async () => {{
            const bytes = new Uint8Array((await ({expression})).buffer);
            let text = '';
            for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
            return btoa(text);
        }})()"
    ));
    let bytes = BASE64_STANDARD.decode(text).expect("base64");
    let (numbers, rest) = bytes.as_chunks();
    assert!(rest.is_empty());
    numbers.iter().map(|&number| f32::from_le_bytes(number)).collect()
}

#[test]
fn what_is_drawn_is_read_and_undone() {
    if !browser_is_there() {
        return;
    }
    let server = Server::start([]);
    let mut page = Page::start(1280, 900);
    page.open(&server.url());
    assert_eq!(page.text("document.body.dataset.ready"), "relaxed-simd");
    page.wait("document.body.dataset.warm !== undefined");
    assert_eq!(page.text("digit.textContent"), "");
    assert!(page.eval("undo.disabled && clear.disabled").as_bool().unwrap(), "nothing to undo");

    page.draw(&[SEVEN]);
    assert_eq!(page.text("digit.textContent"), "7");
    let sentence = page.text("sentence.textContent");
    assert!(sentence.starts_with("That's a 7, ") && sentence.ends_with(" sure."), "{sentence}");
    let best = page.text("document.querySelector('#bars .best b').textContent");
    assert_eq!(best, "7");
    let ink = page.eval("seen.getContext('2d').getImageData(0, 0, 28, 28).data.filter((v, i) => i % 4 == 0 && v > 128).length");
    assert!(ink.as_u64().unwrap() > 20, "what the network saw is shown");

    page.press("z", 2); // Ctrl
    assert_eq!(page.text("digit.textContent"), "");
    page.draw(&[ONE]);
    assert_eq!(page.text("digit.textContent"), "1");
    page.eval("clear.click()");
    page.settle();
    assert_eq!(page.text("sentence.textContent"), "Draw, and the answer appears here.");
    page.eval("undo.click()");
    page.settle();
    assert_eq!(page.text("digit.textContent"), "1");
    assert_eq!(page.complaints, [""; 0]);

    let medians = page.eval(
        "performance.getEntriesByName('inkdigit:read').map(({ duration }) => duration).sort((a, b) => a - b)",
    );
    let times: Vec<f64> = medians.as_array().unwrap().iter().map(|time| time.as_f64().unwrap()).collect();
    let first =
        page.eval("performance.getEntriesByName('inkdigit:first-answer')[0].duration").as_f64().unwrap();
    eprintln!(
        "the first answer after {first:.0} ms, a drawing read in {:.1} ms (median of {})",
        times[times.len() / 2],
        times.len()
    );
}

#[test]
fn a_number_is_read_digit_by_digit() {
    if !browser_is_there() {
        return;
    }
    let server = Server::start([]);
    let mut page = Page::start(1280, 900);
    page.open(&server.url());
    let shifted = |stroke: &[(f64, f64)], by: f64| -> Vec<(f64, f64)> {
        stroke.iter().map(|&(x, y)| (x * 0.6 + by, y)).collect()
    };
    page.draw(&[&shifted(ONE, -0.1), &shifted(SEVEN, 0.15), &shifted(ONE, 0.5)]);
    assert_eq!(page.text("digit.textContent"), "171");
    assert_eq!(page.text("sentence.textContent"), "That's 171, 3 digits.");
    assert_eq!(page.eval("document.querySelectorAll('#marks rect').length"), 3);
    page.eval("document.querySelectorAll('#digits button')[1].click()");
    page.settle();
    assert_eq!(page.text("document.querySelector('#bars .best b').textContent"), "7");
    assert_eq!(page.text("document.activeElement.textContent"), "7", "the choice keeps the focus");
    page.eval("inside.open = true");
    page.settle();
    let layers =
        page.eval("[...document.querySelectorAll('#layers canvas')].map(({ ariaLabel }) => ariaLabel)");
    let layers: Vec<&str> = layers.as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect();
    assert!(layers.iter().any(|label| label.contains("convolution")), "{layers:?}");
    assert!(layers.last().unwrap().ends_with("10 numbers"), "{layers:?}");
    assert_eq!(page.complaints, [""; 0]);
}

#[test]
fn the_keyboard_draws() {
    if !browser_is_there() {
        return;
    }
    let server = Server::start([]);
    let mut page = Page::start(1280, 900);
    page.open(&server.url());
    page.eval("board.focus()");
    (0..10).for_each(|_| page.press("ArrowUp", 0));
    page.press(" ", 0);
    (0..20).for_each(|_| page.press("ArrowDown", 0));
    page.press(" ", 0);
    assert_eq!(page.text("digit.textContent"), "1");
    page.press("Escape", 0);
    assert_eq!(page.text("digit.textContent"), "");
    // Everything that can be pressed can be reached, and has a name.
    let nameless = page.eval(
        "[...document.querySelectorAll('button, input, summary, [tabindex]')].filter((one) =>
            one.tabIndex < 0 || !(one.ariaLabel || one.textContent.trim() || one.closest('label')?.textContent.trim())).length",
    );
    assert_eq!(nameless, 0);
}

#[test]
fn a_phone_shows_all_of_it_and_takes_a_finger() {
    if !browser_is_there() {
        return;
    }
    let server = Server::start([]);
    let mut page = Page::start(400, 850);
    page.become_phone(400, 850);
    for theme in ["light", "dark"] {
        page.prefer(theme);
        page.open(&server.url());
        page.draw_by_finger(&[SEVEN]);
        assert_eq!(page.text("digit.textContent"), "7", "{theme}");
        assert_eq!(page.eval("document.documentElement.scrollWidth"), 400, "nothing sticks out");
        assert_eq!(page.eval("scrollY"), 0, "drawing doesn't scroll");
        let small = page.eval(
            "[...document.querySelectorAll('button:not([hidden]), .button')].filter((one) =>
                one.offsetParent && one.offsetHeight < 44).length",
        );
        assert_eq!(small, 0, "a finger hits every button");
    }
    assert_eq!(page.complaints, [""; 0]);
}

/// The shipped model and finder, without the network of the second look.
fn as_in_the_browser() -> Recognizer {
    let bytes = Model::default().to_bytes().expect("bytes");
    Recognizer::new(Model::from_bytes(&bytes, "default.onnx").expect("a model"))
}

#[test]
fn pictures_are_read_as_the_library_reads_them() {
    if !browser_is_there() {
        return;
    }
    let names = ["synthetic-3.png", "synthetic-page.png"];
    let server = Server::start(names.map(|name| (name, picture(name))));
    let mut page = Page::start(1280, 900);
    page.open(&server.url());
    drop_file(&mut page, names[0], "image/png");
    page.wait("digit.textContent");
    let gray = GrayImage::decode(&picture(names[0]), PictureLimits::default()).expect("a picture");
    let recognizer = as_in_the_browser();
    let expected = recognizer.read_digit(&gray);
    assert_eq!(page.text("digit.textContent"), expected.digit.to_string());

    // The same pixels, through the package.
    let pixels = "(async (name) => {
            const blob = await (await fetch('handed/' + name)).blob();
            const bitmap = await createImageBitmap(blob);
            const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
            context.drawImage(bitmap, 0, 0);
            const { finder, load } = await import('./pkg/index.js');
            const { Recognizer } = await load();
            const recognizer = new Recognizer();
            recognizer.findWith(await finder(), 'finder.onnx');
            return [recognizer, context.getImageData(0, 0, bitmap.width, bitmap.height)];
        })";
    let found = floats(
        &mut page,
        &format!(
            "{pixels}('{}').then(([all, one]) => new Float32Array(all.digit(one).probabilities))",
            names[0]
        ),
    );
    let distance = found.iter().zip(&expected.probabilities).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(distance < 1e-6, "{distance}: {found:?} against {:?}", expected.probabilities);

    let gray = GrayImage::decode(&picture(names[1]), PictureLimits::default()).expect("a picture");
    let expected = recognizer.read_page(&gray).expect("digits").text();
    assert!(expected.len() > 20);
    let text = page.text(&format!("{pixels}('{}').then(([all, one]) => all.page(one).text)", names[1]));
    assert_eq!(text, expected);
    drop_file(&mut page, names[1], "image/png");
    page.wait("digits.children.length > 20");
    assert_eq!(page.text("digit.textContent"), expected);

    // Pasted, and a stroke that takes its place.
    page.eval("clear.click()");
    page.eval(&format!(
        "(async () => {{
            const blob = await (await fetch('handed/{}')).blob();
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([blob], 'image.png', {{ type: 'image/png' }}));
            document.dispatchEvent(new ClipboardEvent('paste', {{ clipboardData }}));
        }})()",
        names[0]
    ));
    page.wait("digit.textContent === '3'");
    page.draw(&[ONE]);
    assert_eq!(page.text("digit.textContent"), "1");
    page.eval("undo.click()");
    page.wait("digit.textContent === '3'");
    assert_eq!(page.complaints, [""; 0]);
}

#[test]
fn another_network_takes_the_place_of_ours_and_a_broken_one_says_why() {
    if !browser_is_there() {
        return;
    }
    let graph = networks::build(&Network::BuiltIn(BuiltIn::Zoo), Scaling::Unit).expect("a network");
    let model = Model::new(graph.clone(), Params::init(&graph, 1), Default::default()).expect("a model");
    let server = Server::start([
        ("other.onnx", model.to_bytes().expect("bytes")),
        ("broken.onnx", model.to_bytes().expect("bytes")[..3000].to_vec()),
        ("empty.onnx", Vec::new()),
        ("letter.txt", b"a letter".to_vec()),
        ("no.png", b"no picture".to_vec()),
    ]);
    let mut page = Page::start(1280, 900);
    page.open(&server.url());
    drop_file(&mut page, "other.onnx", "");
    page.wait("!document.getElementById('built-in').hidden");
    let told = page.text("model.textContent");
    assert!(told.contains("5,994 learned numbers"), "{told}");
    page.draw(&[SEVEN]);
    assert_eq!(page.eval("document.querySelectorAll('#bars .best').length"), 1);
    for (name, kind, words) in [
        ("broken.onnx", "", "broken.onnx"),
        ("empty.onnx", "", "it is empty"),
        ("letter.txt", "text/plain", "neither a picture nor an ONNX file"),
        ("no.png", "image/png", "can't be shown as a picture"),
    ] {
        page.eval("trouble.hidden = true");
        drop_file(&mut page, name, kind);
        page.wait("!trouble.hidden");
        let told = page.text("trouble.querySelector('p').textContent");
        assert!(told.contains(words), "{told}");
    }
    assert!(page.text("model.textContent").contains("5,994"), "the last good one stays");
    page.eval("document.getElementById('built-in').click()");
    page.settle();
    assert_eq!(page.text("digit.textContent"), "7");
    assert_eq!(page.complaints, [""; 0]);
}

#[test]
fn it_works_without_a_network_after_the_first_visit() {
    if !browser_is_there() {
        return;
    }
    let server = Server::start([]);
    let mut page = Page::start(1280, 900);
    page.open(&server.url());
    page.wait("navigator.serviceWorker.controller");
    drop(server);
    page.call("Page.reload", serde_json::json!({}));
    page.wait(
        "document.body?.dataset.ready && performance.getEntriesByType('navigation')[0].type === 'reload'",
    );
    page.draw(&[SEVEN]);
    assert_eq!(page.text("digit.textContent"), "7");
    let unstyled = page.eval("getComputedStyle(document.querySelector('.card')).borderRadius === '0px'");
    assert_eq!(unstyled, false);
    assert_eq!(page.complaints, [""; 0]);
}

#[test]
fn wrong_pixels_are_refused_in_words() {
    if !browser_is_there() {
        return;
    }
    let server = Server::start([]);
    let mut page = Page::start(1280, 900);
    page.open(&server.url());
    for (given, words) in [
        ("{}", "no picture was given, expected an ImageData"),
        ("{ data: new Uint8Array(16), width: 3, height: 2 }", "4 pixels were given for a picture of 3x2"),
        ("{ data: new Uint8Array(0), width: 0, height: 0 }", "expected at least 1x1"),
        ("{ data: new Uint8Array(4), width: 0.5, height: 2 }", "no picture was given"),
        ("{ data: new Uint8Array(4), width: 4294967296, height: 4294967296 }", "expected"),
    ] {
        let told = page.text(&format!(
            "(async () => {{
                const {{ load }} = await import('./pkg/index.js');
                const recognizer = new (await load()).Recognizer();
                try {{ recognizer.digit({given}); return 'taken' }} catch (error) {{ return error.message }}
            }})()"
        ));
        assert!(told.contains(words), "{given}: {told}");
    }
}

/// Each kind of network there is, not only the one that is built in.
#[test]
fn other_networks_answer_as_in_the_library() {
    if !browser_is_there() {
        return;
    }
    let mut rng = inkdigit_nn::Rng::new(4);
    let digits: Vec<u8> = (0..20 * 28 * 28).map(|_| rng.below(256) as u8).collect();
    let models: Vec<(String, Model)> = BuiltIn::ALL
        .iter()
        .map(|&network| {
            let graph = networks::build(&Network::BuiltIn(network), Scaling::Unit).expect("a network");
            let params = Params::init(&graph, 1);
            (
                format!("{}.onnx", network.name()),
                Model::new(graph, params, Default::default()).expect("a model"),
            )
        })
        .collect();
    let mut files = vec![("digits", digits.clone())];
    files.extend(models.iter().map(|(name, model)| (name.as_str(), model.to_bytes().expect("bytes"))));
    let server = Server::start(files);
    let mut page = Page::start(800, 600);
    page.open(&server.url());
    for (name, model) in &models {
        let found = floats(
            &mut page,
            &format!(
                "(async () => {{
                    const {{ Recognizer }} = await (await import('./pkg/index.js')).load();
                    const get = async (name) => new Uint8Array(await (await fetch('handed/' + name)).arrayBuffer());
                    return Recognizer.fromOnnx(await get('{name}'), '{name}').probabilities(await get('digits'));
                }})()"
            ),
        );
        let expected = model.probabilities(&digits);
        assert_eq!(found.len(), expected.len());
        // A convolution whose channels fill one of the program's vectors is summed in another order there.
        let distance = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(distance < 1e-6, "{name}: {distance:e}");
    }
}

/// MNIST's test digits, where they are.
fn mnist() -> Option<Dataset> {
    let Some(folder) = env::var_os("INKDIGIT_DATA").map(PathBuf::from) else {
        eprintln!("MNIST in the browser was left out: INKDIGIT_DATA is not set");
        return None;
    };
    Some(inkdigit_train::data::open(&folder, Split::Test).expect("MNIST"))
}

#[test]
fn mnists_digits_get_the_librarys_probabilities_from_all_builds() {
    if !browser_is_there() {
        return;
    }
    let Some(data) = mnist() else { return };
    let expected = Model::default().probabilities(data.images());
    let server = Server::start([("digits", data.images().to_vec())]);
    let mut page = Page::start(800, 600);
    page.open(&server.url());
    for build in server::builds() {
        let found = floats(
            &mut page,
            &format!(
                "(async () => {{
                    // A module of its own for each build: one holds one build.
                    const engine = await import('./pkg/inkdigit.js?{build}');
                    await engine.default({{ module_or_path: './pkg/{build}.wasm' }});
                    const digits = new Uint8Array(await (await fetch('handed/digits')).arrayBuffer());
                    const started = performance.now();
                    const answers = new engine.Recognizer().probabilities(digits);
                    performance.measure('mnist', {{ start: started, end: performance.now() }});
                    return answers;
                }})()"
            ),
        );
        assert_eq!(found.len(), expected.len());
        let distance = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let strings =
            found.iter().zip(&expected).filter(|(a, b)| format!("{a:.6}") != format!("{b:.6}")).count();
        let seconds =
            page.eval("performance.getEntriesByName('mnist').at(-1).duration").as_f64().unwrap() / 1e3;
        eprintln!(
            "{build}: {} digits in {seconds:.1} s; probabilities differ by at most {distance:e}, {strings} of {} in the sixth digit as printed",
            found.len() / 10,
            found.len()
        );
        let best = |row: &[f32]| (0..10).max_by(|&a, &b| row[a].total_cmp(&row[b]));
        assert!(found.chunks(10).map(best).eq(expected.chunks(10).map(best)), "{build}: the same digits");
        // Where multiply and add are one instruction, as in the program on the same machine, no bit differs.
        let most = if build == "relaxed" { 0.0 } else { 1e-6 };
        assert!(distance <= most, "{build}: {distance:e}");
    }
}

#[test]
fn the_code_is_small() {
    let packed = |bytes: &[u8]| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut packed, bytes).expect("written into memory");
        packed.finish().expect("written into memory").len()
    };
    for build in server::builds() {
        let module = server::www().join("pkg").join(build).with_extension("wasm");
        let all = packed(&fs::read(module).expect("the module"));
        eprintln!("{build}: {} kB packed", all / 1000);
        assert!(all <= 600_000, "{build}: {all} bytes are downloaded");
    }
}
