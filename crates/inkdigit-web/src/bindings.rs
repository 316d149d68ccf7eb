//! The classes and functions that JavaScript sees, and how answers become its objects.

use std::sync::Arc;

use inkdigit::answer::{DigitAnswer, PageAnswer};
use inkdigit::{DigitImage, Finder, GrayImage, IMAGE_PIXELS, Model, PageOptions};
use js_sys::{Array, JSON, Reflect, Uint8Array, Uint8ClampedArray};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::card::ModelCard;
use crate::layers;
use crate::reading::Reading;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

#[wasm_bindgen]
extern "C" {
    /// Red, green, blue and opacity of each pixel, with the size: an `ImageData`, or any object that has its
    /// three fields.
    #[wasm_bindgen(typescript_type = "Pixels")]
    pub type Pixels;

    #[wasm_bindgen(method, getter)]
    fn data(this: &Pixels) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn width(this: &Pixels) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn height(this: &Pixels) -> JsValue;

    #[wasm_bindgen(typescript_type = "DigitAnswer")]
    pub type JsDigitAnswer;

    #[wasm_bindgen(typescript_type = "PageAnswer")]
    pub type JsPageAnswer;

    #[wasm_bindgen(typescript_type = "Reading")]
    pub type JsReading;

    #[wasm_bindgen(typescript_type = "LayerPicture[]")]
    pub type JsLayerPictures;

    #[wasm_bindgen(typescript_type = "ModelCard")]
    pub type JsModelCard;
}

/// Reads handwritten digits with one model.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Recognizer {
    /// Reads what is drawn: by rules, at every stroke.
    drawn: inkdigit::Recognizer,
    /// Reads pictures, where there is a finder.
    pictures: Option<inkdigit::Recognizer>,
}

impl Recognizer {
    fn of(model: Model) -> Self {
        Self { drawn: inkdigit::Recognizer::new(model).finding_by_rules(), pictures: None }
    }

    fn pictures(&self) -> &inkdigit::Recognizer {
        self.pictures.as_ref().unwrap_or(&self.drawn)
    }
}

impl Default for Recognizer {
    fn default() -> Self {
        Self::of(Model::default())
    }
}

#[wasm_bindgen]
impl Recognizer {
    /// A recognizer with the model that is built in.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// A recognizer with the network of an ONNX file; `file` is what messages call it.
    ///
    /// # Errors
    /// An `Error` that says what is wrong with the file, if it holds no network for digits.
    #[wasm_bindgen(js_name = fromOnnx)]
    pub fn from_onnx(bytes: &[u8], file: &str) -> Result<Recognizer, JsError> {
        Ok(Self::of(Model::from_bytes(bytes, file)?))
    }

    /// From now on digits on pictures are found by the finder of an ONNX file, anywhere; without one they are found
    /// by rules, as on drawings.
    ///
    /// # Errors
    /// An `Error` that says what is wrong with the file, if it holds no finder.
    #[wasm_bindgen(js_name = findWith)]
    pub fn find_with(&mut self, bytes: &[u8], file: &str) -> Result<(), JsError> {
        let finder = Arc::new(Finder::from_bytes(bytes, file)?);
        self.pictures = Some(self.drawn.clone().finding_with(finder));
        Ok(())
    }

    /// What its model says about itself.
    #[wasm_bindgen(getter)]
    pub fn model(&self) -> JsModelCard {
        object(&ModelCard::of(self.drawn.model())).unchecked_into()
    }

    /// Reads the one digit on a picture: the answer of `inkdigit predict --json`.
    ///
    /// # Errors
    /// An `Error` if the pixels don't fit their size.
    pub fn digit(&self, picture: &Pixels, file: Option<String>) -> Result<JsDigitAnswer, JsError> {
        let prediction = self.pictures().read_digit(&gray(picture)?);
        Ok(object(&DigitAnswer::new(file.unwrap_or_default(), prediction)).unchecked_into())
    }

    /// Reads all digits of a picture, in reading order: the answer of `inkdigit read --json`.
    ///
    /// # Errors
    /// An `Error` if the pixels don't fit their size.
    pub fn page(&self, picture: &Pixels, file: Option<String>) -> Result<JsPageAnswer, JsError> {
        let page = self.pictures().read_page(&gray(picture)?);
        let answer = PageAnswer::new(file.unwrap_or_default(), page.as_ref().map_err(|&reason| reason));
        Ok(object(&answer).unchecked_into())
    }

    /// Reads one digit or many, whichever the picture has, and hands over what the network saw of each.
    /// `drawn` says that the picture was drawn just now: nothing but strokes on even ground, and not turned.
    ///
    /// # Errors
    /// An `Error` if the pixels don't fit their size.
    pub fn read(&self, picture: &Pixels, drawn: bool) -> Result<JsReading, JsError> {
        let recognizer = if drawn { &self.drawn } else { self.pictures() };
        let options = PageOptions { turn_upright: !drawn, as_digit_if_alone: true, ..PageOptions::default() };
        let reading = Reading::of(recognizer, &gray(picture)?, &options);
        let answer = object(&reading);
        let digits = Array::from(&field(&answer, "digits"));
        for (digit, read) in digits.iter().zip(&reading.digits) {
            set(&digit, "pixels", &Uint8Array::from(&read.image.pixels()[..]));
        }
        Ok(answer.unchecked_into())
    }

    /// What each layer makes of a digit that is in the network's form, as pictures; between their tiles lies
    /// `ground`, a colour as in CSS (0xrrggbb).
    ///
    /// # Errors
    /// An `Error` if there aren't 28x28 bytes.
    pub fn layers(&self, digit: &[u8], ground: u32) -> Result<JsLayerPictures, JsError> {
        let [_, red, green, blue] = ground.to_be_bytes();
        let pictures =
            layers::pictures(self.drawn.model(), &DigitImage::from_pixels(digit)?, [red, green, blue]);
        let answer = object(&pictures);
        for (layer, picture) in Array::from(&answer).iter().zip(&pictures) {
            set(&layer, "pixels", &Uint8ClampedArray::from(&picture.pixels[..]));
        }
        Ok(answer.unchecked_into())
    }

    /// The ten probabilities of each of any number of digits that are in the network's form already: 28x28
    /// bytes each, bright ink (255) on dark (0), as in MNIST.
    ///
    /// # Errors
    /// An `Error` if there isn't a whole number of them.
    pub fn probabilities(&self, digits: &[u8]) -> Result<Vec<f32>, JsError> {
        let (whole, rest) = digits.as_chunks::<IMAGE_PIXELS>();
        if !rest.is_empty() {
            return Err(JsError::new(&format!(
                "{} bytes were given, expected a multiple of {IMAGE_PIXELS}, 28x28 for each digit",
                digits.len()
            )));
        }
        let digits: Vec<_> = whole.iter().map(|&pixels| DigitImage::new(pixels)).collect();
        let predictions = self.drawn.classify(&digits);
        Ok(predictions.into_iter().flat_map(|prediction| prediction.probabilities).collect())
    }
}

/// The processor's vectors that this build uses: `simd128`, or `portable` for none.
#[wasm_bindgen(js_name = instructionSet)]
pub fn instruction_set() -> String {
    inkdigit_nn::machine::instruction_set().into()
}

/// The gray levels of the pixels that JavaScript hands over.
fn gray(picture: &Pixels) -> Result<GrayImage, JsError> {
    let side = |value: JsValue| value.as_f64().filter(|side| side.fract() == 0.0 && *side >= 0.0);
    let bytes = picture.data();
    let length = field(&bytes, "byteLength").as_f64();
    let (Some(width), Some(height), Some(_)) = (side(picture.width()), side(picture.height()), length) else {
        return Err(JsError::new(
            "no picture was given, expected an ImageData, or an object with data (Uint8ClampedArray), width and height",
        ));
    };
    let pixels = Uint8Array::new(&bytes).to_vec();
    Ok(GrayImage::from_rgba(width as usize, height as usize, pixels)?)
}

/// An answer as a JavaScript object.
fn object(answer: &impl Serialize) -> JsValue {
    let text = serde_json::to_string(answer).expect("answers are plain data");
    JSON::parse(&text).expect("JSON was just written")
}

fn field(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

fn set(object: &JsValue, name: &str, value: &JsValue) {
    Reflect::set(object, &name.into(), value).expect("a plain object takes any field");
}
