//! `/v1/predict` and `/v1/read`: every form of picture, answers as the command line's.

use axum::body::Body;
use axum::http::{Request, header};
use inkdigit::answer::{DigitAnswer, PageAnswer};
use inkdigit::{GrayImage, PictureLimits, Recognizer};
use serde_json::json;

use crate::support::{Client, as_sent, base64, digit, picture, prediction, rows};

#[tokio::test]
async fn a_digit_is_found_with_the_table_in_view() {
    let sheet = GrayImage::decode(&picture(), PictureLimits::default()).unwrap();
    let (width, height) = (2 * sheet.width(), 2 * sheet.height());
    let (left, top) = (sheet.width() / 2, sheet.height() / 2);
    let mut pixels = vec![60; width * height];
    for y in 0..sheet.height() {
        pixels[(top + y) * width + left..][..sheet.width()].copy_from_slice(sheet.row(y));
    }
    let table = GrayImage::new(width, height, pixels).unwrap();
    let found = Recognizer::default().read_digit(&table);
    assert!(found.digit == 3 && !found.rejected, "{found:?}");
    assert!(Recognizer::default().finding_by_rules().read_digit(&table).digit != 3, "rules don't find it");
    let client = Client::new();
    let answer = client.post("/v1/predict", "image/png", table.to_png()).await.ok();
    assert_eq!(answer, as_sent([DigitAnswer::new("the body", found)]));
    // A level that parts ink from paper is asked for, so rules are.
    let answer = client.post("/v1/predict?threshold=otsu", "image/png", table.to_png()).await.ok();
    assert_ne!(answer[0]["digit"], 3);
}

#[tokio::test]
async fn a_picture_is_read_in_whatever_form_it_comes() {
    let client = Client::new();
    let expected = |name: &str| as_sent([DigitAnswer::new(name, prediction())]);
    for content_type in [
        "image/png",
        "image/jpeg",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "IMAGE/PNG; x=y",
    ] {
        let answer = client.post("/v1/predict", content_type, picture()).await;
        assert_eq!(answer.ok(), expected("the body"), "{content_type}");
    }
    let encoded = base64(&picture());
    for body in [
        json!({"picture": encoded}),
        json!({"pictures": [encoded]}),
        json!({"picture": {"b64": encoded}}),
        json!({"image": format!("data:image/png;base64,{encoded}")}),
    ] {
        assert_eq!(client.post_json("/v1/predict", &body).await.ok(), expected("picture 0"));
        // As curl sends it that wasn't told what it sends.
        let answer = client.post("/v1/predict", "application/x-www-form-urlencoded", body.to_string()).await;
        assert_eq!(answer.ok(), expected("picture 0"));
    }
    let flat: Vec<f32> = digit().pixels().iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
    for body in [json!({"image": rows()}), json!({"images": [rows()]}), json!({"image": flat})] {
        assert_eq!(client.post_json("/v1/predict", &body).await.ok(), expected("image 0"));
    }
}

#[tokio::test]
async fn a_form_may_hold_several_pictures() {
    let client = Client::new();
    let mut form = Vec::new();
    for name in ["a.png", "b.png"] {
        let head = format!(
            "--x\r\nContent-Disposition: form-data; name=\"p\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
        );
        form.extend([head.as_bytes(), &picture(), b"\r\n"].concat());
    }
    form.extend(b"--x\r\nContent-Disposition: form-data; name=\"button\"\r\n\r\nread\r\n--x--\r\n");
    let answer = client.post("/v1/predict", "multipart/form-data; boundary=x", form.clone()).await.ok();
    let expected = ["a.png", "b.png"].map(|name| DigitAnswer::new(name, prediction()));
    assert_eq!(answer, as_sent(expected));

    let cut = client.post("/v1/predict", "multipart/form-data; boundary=x", form[..200].to_vec()).await;
    assert!(cut.error(400).contains("can't be read"));
    let empty = client.post("/v1/predict", "multipart/form-data; boundary=x", "--x--\r\n").await;
    assert!(empty.error(400).contains("without a file"));
    let unbound = client.post("/v1/predict", "multipart/form-data", form).await;
    assert!(unbound.error(400).contains("boundary"));
}

#[tokio::test]
async fn what_is_no_digit_is_said_to_be_none() {
    let client = Client::new();
    let blank = GrayImage::new(40, 40, vec![250; 1600]).unwrap().to_png();
    let answer = client.post("/v1/predict", "image/png", blank.clone()).await.ok();
    assert_eq!(answer[0]["rejected"], true);
    assert_eq!(answer[0]["reason"], "nothing drawn");
    let page = client.post("/v1/read", "image/png", blank).await.ok();
    assert_eq!((&page[0]["text"], &page[0]["reason"]), (&json!(""), &json!("nothing drawn")));
    let none = client.post_json("/v1/predict", &json!({"images": []})).await.ok();
    assert_eq!(none, json!([]));
}

#[tokio::test]
async fn pages_are_read_as_the_library_reads_them() {
    let client = Client::new();
    let gray = GrayImage::decode(&picture(), PictureLimits::default()).unwrap();
    let page = Recognizer::default().read_page(&gray).unwrap();
    let answer = client.post("/v1/read", "image/png", picture()).await.ok();
    assert_eq!(answer, as_sent([PageAnswer::new("the body", Ok(&page))]));
    assert_eq!(answer[0]["text"], "3");
    let of_numbers = client.post_json("/v1/read", &json!({"images": [rows()]})).await.ok();
    assert_eq!(of_numbers[0]["text"], "3");
}

#[tokio::test]
async fn a_picture_comes_back_where_one_is_asked_for() {
    let client = Client::new();
    let ask = |path: &str, body: Vec<u8>| {
        Request::post(path).header(header::ACCEPT, "image/png").body(Body::from(body)).unwrap()
    };
    let drawn = client.send(ask("/v1/read", picture())).await;
    assert_eq!((drawn.status, drawn.header("content-type")), (200, "image/png"));
    let drawn = image::load_from_memory(&drawn.body).unwrap();
    let original = image::load_from_memory(&picture()).unwrap();
    assert!(drawn.width() >= original.width() && drawn.to_rgb8() != original.to_rgb8());

    let seen = client.send(ask("/v1/predict", picture())).await;
    assert_eq!(seen.header("content-type"), "image/png");
    assert_eq!(GrayImage::decode(&seen.body, PictureLimits::default()).unwrap().pixels(), digit().pixels());

    let two = json!({"images": [rows(), rows()]}).to_string().into_bytes();
    for path in ["/v1/predict", "/v1/read"] {
        let error = client.send(ask(path, two.clone())).await.error(400);
        assert!(error.contains("the number of pictures is 2, expected one"), "{error}");
    }
}

#[tokio::test]
async fn bad_requests_are_told_what_is_wrong() {
    let client = Client::new();
    let cases: [(&str, &str, Vec<u8>, u16, &str); 14] = [
        ("/v1/predict", "image/png", b"hello".into(), 415, "the body is not a picture"),
        ("/v1/predict", "image/png", vec![], 415, "it is empty"),
        ("/v1/predict", "image/png", picture()[..60].into(), 400, "damaged"),
        ("/v1/predict", "text/plain", b"3".into(), 415, "text/plain, expected image/png"),
        ("/v1/predict", "application/json", b"{".into(), 400, "EOF"),
        ("/v1/predict", "application/json", b"{}".into(), 400, "missing field `picture`"),
        ("/v1/predict", "application/json", b"{\"x\": 1}".into(), 400, "unknown field `x`"),
        (
            "/v1/predict",
            "application/json",
            b"{\"image\": [1, 2]}".into(),
            400,
            "the shape of the images is [2]",
        ),
        ("/v1/predict", "application/json", b"{\"picture\": \"?\"}".into(), 400, "isn't base64"),
        (
            "/v1/predict",
            "application/json",
            [b"{\"image\":".to_vec(), vec![b'['; 100_000]].concat(),
            400,
            "nested",
        ),
        ("/v1/predict?model=nobody", "image/png", picture(), 404, "served are default"),
        ("/v1/predict?version=7", "image/png", picture(), 404, "no version \"7\"; served are 1"),
        ("/v1/predict?threshold=much", "image/png", picture(), 400, "expected auto, otsu"),
        ("/v1/read?modell=x", "image/png", picture(), 400, "unknown field `modell`"),
    ];
    for (path, content_type, body, status, expected) in cases {
        let error = client.post(path, content_type, body).await.error(status);
        assert!(error.contains(expected), "{path}: {error}");
    }
    let threshold =
        client.post("/v1/predict?threshold=otsu&model=default&version=1", "image/png", picture()).await;
    assert_eq!(threshold.ok()[0]["digit"], 3);
}

#[tokio::test]
async fn too_much_is_refused_before_it_is_decoded() {
    let client = Client::new();
    let many = json!({"pictures": vec!["aGk="; 300]});
    assert!(client.post_json("/v1/predict", &many).await.error(413).contains("300 pictures"));
    assert!(client.post_json("/v1/read", &many).await.error(413).contains("300 pictures"));
    // A few bytes that announce gigapixels.
    let mut bomb = picture();
    bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let status = client.post("/v1/predict", "image/png", bomb).await.status;
    assert!(status == 413 || status == 400, "{status}");
    let long = vec![0; 17 << 20];
    assert!(client.post("/v1/predict", "image/png", long).await.error(413).contains("a larger limit"));
    let image = GrayImage::new(8000, 8000, vec![9; 64_000_000]).unwrap().to_png();
    assert!(client.post("/v1/predict", "image/png", image).await.error(413).contains("8000x8000"));
}
