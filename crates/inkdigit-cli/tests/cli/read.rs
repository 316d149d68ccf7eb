//! `inkdigit read`.

use std::path::{Path, PathBuf};

use inkdigit::GrayImage;
use inkdigit_train::synth;

use crate::support::{fails, folder, json, stdout, text};

/// A page with these digits in a row, dark on light.
fn page(folder: &Path, digits: &[u8]) -> PathBuf {
    let data = synth::dataset(40, 7);
    let (width, height) = (60 + 100 * digits.len(), 160);
    let mut pixels = vec![240u8; width * height];
    for (place, &digit) in digits.iter().enumerate() {
        let index = (0..data.len()).find(|&i| data.labels()[i] == digit).unwrap();
        for y in 0..84 {
            for x in 0..84 {
                let ink = data.image(index)[y / 3 * 28 + x / 3];
                pixels[(y + 38) * width + 30 + place * 100 + x] -= (ink as u32 * 200 / 255) as u8;
            }
        }
    }
    let path = folder.join("page.png");
    std::fs::write(&path, GrayImage::new(width, height, pixels).unwrap().to_png()).unwrap();
    path
}

#[test]
fn a_page_is_read_as_text_and_as_json() {
    let folder = folder();
    let page = page(folder.path(), &[3, 5, 2, 6]);
    assert_eq!(stdout(&["read", text(&page)]).trim(), "3526");
    let told = json(&["read", text(&page), "--json", "--rules", "--threshold", "otsu"]);
    assert_eq!(told[0]["text"], "3526");
    assert_eq!(told[0]["lines"][0], "3526");
    assert_eq!(told[0]["words"], serde_json::json!([["3526"]]));
    let digits = told[0]["digits"].as_array().unwrap();
    assert_eq!((digits.len(), &digits[1]["digit"]), (4, &5.into()));
    let left = digits[1]["box"][0].as_u64().unwrap();
    assert!((130..200).contains(&left), "{left}");
    assert!(digits[0]["second_probability"].as_f64() < digits[0]["probability"].as_f64());
}

#[test]
fn labels_are_compared_also_where_their_number_differs() {
    let folder = folder();
    let page = page(folder.path(), &[3, 5, 2, 6]);
    let labels = folder.path().join("labels.txt");
    std::fs::write(&labels, "3\n5\n7\n6\n").unwrap();
    let told = stdout(&["read", text(&page), "--labels", text(&labels)]);
    assert!(told.contains("mean accuracy 75.00 %: 3 of 4 right"), "{told}");
    assert_eq!(told.lines().filter(|line| line.contains(" x ")).count(), 1, "{told}");
    let totals = stdout(&["read", text(&page), "--labels", text(&labels), "--table", "none"]);
    assert_eq!(totals.lines().count(), 1, "{totals}");
    std::fs::write(&labels, "35").unwrap();
    let told =
        crate::support::outcome(crate::support::inkdigit(&["read", text(&page), "--labels", text(&labels)]));
    assert!(
        told.code == 0 && told.stderr.contains("line 1 of the labels: 4 digits were read, but there are 2"),
        "{}",
        told.stderr
    );
    std::fs::write(&labels, "3a").unwrap();
    fails(&["read", text(&page), "--labels", text(&labels)], 1, &["labels.txt", "'a'", "line 1"]);
}

#[test]
fn crops_and_stages_are_written() {
    let folder = folder();
    let page = page(folder.path(), &[3, 5]);
    let (crops, debug) = (folder.path().join("crops"), folder.path().join("debug"));
    stdout(&["read", text(&page), "--crops", text(&crops), "--debug", text(&debug)]);
    let names = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&crops), ["page-000-3.png", "page-001-5.png"]);
    assert!(names(&debug).iter().any(|name| name.ends_with("-mask.png")), "{:?}", names(&debug));
}

/// Whether some of these colours are in each box of the page that was read, or close around it.
fn colours(picture: &Path, page: &Path, sought: &[[u8; 3]]) -> Vec<Vec<bool>> {
    let drawn = image::open(picture).unwrap().to_rgb8();
    let told = json(&["read", text(page), "--json"]);
    let boxes = told[0]["digits"].as_array().unwrap().iter().map(|digit| {
        let [left, top, width, height] = [0, 1, 2, 3].map(|i| digit["box"][i].as_u64().unwrap() as u32);
        let around =
            (left - 8..left + width + 8).flat_map(|x| (top - 8..top + height + 8).map(move |y| (x, y)));
        let around: Vec<_> = around.map(|(x, y)| drawn.get_pixel(x, y).0).collect();
        sought.iter().map(|colour| around.contains(colour)).collect()
    });
    boxes.collect()
}

#[test]
fn what_was_read_is_drawn_on_the_page() {
    let folder = folder();
    let page = page(folder.path(), &[3, 5, 2]);
    let drawn = folder.path().join("drawn.png");
    let (green, red, blue) = ([0, 158, 115], [213, 94, 0], [86, 180, 233]);
    let all = [green, red, blue];
    stdout(&["read", text(&page), "--annotate", text(&drawn)]);
    assert_eq!(image::open(&drawn).unwrap().to_rgb8().dimensions(), (360, 160));
    assert_eq!(colours(&drawn, &page, &all), [[false, false, true]; 3]);
    let labels = folder.path().join("labels.txt");
    std::fs::write(&labels, "3 9 2").unwrap();
    stdout(&["read", text(&page), "--annotate", text(&drawn), "--labels", text(&labels)]);
    let (right, wrong) = ([true, false, false], [false, true, false]);
    assert_eq!(colours(&drawn, &page, &all), [right, wrong, right]);
    // Too few labels: what has none agrees with none.
    std::fs::write(&labels, "3 5").unwrap();
    stdout(&["read", text(&page), "--annotate", text(&drawn), "--labels", text(&labels)]);
    assert_eq!(colours(&drawn, &page, &all), [right, right, wrong]);
}

#[test]
fn several_pages_are_drawn_into_a_folder() {
    let folder = folder();
    let first = page(folder.path(), &[3, 5]);
    let second = folder.path().join("second.png");
    std::fs::rename(&first, &second).unwrap();
    let first = page(folder.path(), &[2, 6]);
    let drawn = folder.path().join("drawn");
    let pages = ["read", text(&first), text(&second), "--annotate"];
    fails(&[&pages[..], &[text(&drawn)]].concat(), 2, &["2 pages", "drawn", "a folder that exists"]);
    std::fs::create_dir(&drawn).unwrap();
    // MNISTER's labels begin with the last page.
    let labels = folder.path().join("labels.txt");
    std::fs::write(&labels, "3926").unwrap();
    let flags = [text(&drawn), "--labels", text(&labels), "--label-order", "mnister"];
    assert!(stdout(&[&pages[..], &flags].concat()).contains("3 of 4 right"));
    let sought = [[0, 158, 115], [213, 94, 0]];
    let (right, wrong) = ([true, false], [false, true]);
    assert_eq!(colours(&drawn.join("page-annotated.png"), &first, &sought), [right, right]);
    assert_eq!(colours(&drawn.join("second-annotated.png"), &second, &sought), [right, wrong]);
    fails(&["read", text(&first), "--annotate", text(&first)], 2, &["the page itself", "another name"]);
}

#[test]
fn blank_and_broken_pages_are_told_apart() {
    let folder = folder();
    let blank = folder.path().join("blank.png");
    std::fs::write(&blank, GrayImage::new(80, 60, vec![250; 4800]).unwrap().to_png()).unwrap();
    assert_eq!(json(&["read", text(&blank), "--json"])[0]["reason"], "nothing drawn");
    let broken = folder.path().join("broken.png");
    std::fs::write(&broken, b"\x89PNG\r\n\x1a\n and no more").unwrap();
    fails(&["read", text(&broken), text(&blank)], 1, &["broken.png", "blank.png: nothing drawn"]);
    fails(&["read", text(&blank), "--batch-size", "0"], 2, &["\"0\"", "from 1 on"]);
    fails(&["read", text(&blank), "--threshold", "300"], 2, &["\"300\"", "0 to 255"]);
    fails(&["read"], 2, &["PAGE"]);
}
