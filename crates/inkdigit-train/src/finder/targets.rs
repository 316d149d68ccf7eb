//! What a network's maps should be for a scene.

use inkdigit::finder::{Class, SIZE_UNIT, STRIDE};
use inkdigit_nn::CentreBox;

use crate::synth::scene::{Ignored, Scene, Truth};

/// The width of the heat around a middle, as a part of the box's side: within it, an offset of the middle leaves
/// most of the box covered.
const SPREAD: f32 = 0.12;

/// The least width of the heat, in places: that of a thin 1 still reaches the neighbours.
const LEAST_SPREAD: f32 = 0.6;

/// Heat below this is none.
const COLDEST: f32 = 1e-3;

/// The maps of one picture to be written.
pub(super) struct Canvas<'a> {
    /// Places on each side.
    pub(super) side: usize,
    /// `[side, side, classes]`
    pub(super) heat: &'a mut [f32],
    /// `[side, side]`
    pub(super) counted: &'a mut [f32],
    /// The boxes; their places are counted within this picture.
    pub(super) boxes: Vec<CentreBox>,
}

impl Canvas<'_> {
    /// Writes what a scene should give.
    pub(super) fn fill(&mut self, scene: &Scene) {
        self.heat.fill(0.0);
        self.counted.fill(1.0);
        scene.ignored.iter().for_each(|place| self.ignore(place));
        for mark in &scene.marks {
            self.add(mark);
        }
    }

    fn ignore(&mut self, Ignored { centre: [x, y], width, height }: &Ignored) {
        let places = |middle: f32, extent: f32| {
            let stride = STRIDE as f32;
            let first = ((middle - extent / 2.0) / stride).floor().max(0.0) as usize;
            let end = ((middle + extent / 2.0) / stride).ceil().max(0.0) as usize;
            first..end.min(self.side)
        };
        let (rows, columns) = (places(*y, *height), places(*x, *width));
        for row in rows.filter(|_| !columns.is_empty()) {
            self.counted[row * self.side..][columns.clone()].fill(0.0);
        }
    }

    fn add(&mut self, mark: &Truth) {
        let [x, y] = mark.centre.map(|place| place / STRIDE as f32);
        let inside = |place: f32| place >= 0.0 && place < self.side as f32;
        if !(inside(x) && inside(y)) {
            return;
        }
        let (row, column) = (y as usize, x as usize);
        let place = row * self.side + column;
        self.heat_up(mark, row, column);
        self.counted[place] = 1.0;
        // Of two in one place, the first one's box is learned.
        if self.boxes.iter().all(|other| other.place != place) {
            let size = |extent: f32| (extent.max(1.0) / SIZE_UNIT).ln();
            let offsets = [y - row as f32 - 0.5, x - column as f32 - 0.5];
            let numbers = [size(mark.height), size(mark.width), offsets[0], offsets[1]];
            self.boxes.push(CentreBox { place, numbers });
        }
    }

    /// A Gaussian around the middle, 1 there; of several the highest counts.
    fn heat_up(&mut self, mark: &Truth, row: usize, column: usize) {
        // A point or a dash is as easily missed beside its middle as the digits around it.
        let spread = |extent: f32| (SPREAD * extent / STRIDE as f32).max(LEAST_SPREAD);
        let [down, across] = [mark.height, mark.width].map(spread);
        let reach = |spread: f32| (spread * (-2.0 * COLDEST.ln()).sqrt()) as usize;
        let span = |middle: usize, reach: usize, end: usize| {
            middle.saturating_sub(reach)..(middle + reach + 1).min(end)
        };
        for r in span(row, reach(down), self.side) {
            for c in span(column, reach(across), self.side) {
                let [dy, dx] = [(r.abs_diff(row) as f32) / down, (c.abs_diff(column) as f32) / across];
                let heat = (-(dy * dy + dx * dx) / 2.0).exp();
                let here = &mut self.heat[(r * self.side + c) * Class::COUNT + mark.class.index()];
                *here = here.max(heat);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkdigit::GrayImage;
    use inkdigit::finder::{CHANNELS, Calibration, Maps};

    use crate::synth::scene::Kind;

    fn truth(sign: char, centre: [f32; 2], width: f32, height: f32) -> Truth {
        Truth { class: Class::of(sign).unwrap(), centre, width, height, text_height: height, line: 0 }
    }

    fn scene(marks: Vec<Truth>, ignored: Vec<Ignored>) -> Scene {
        let picture = GrayImage::new(64, 64, vec![0; 64 * 64]).unwrap();
        Scene { picture, kind: Kind::Lines, marks, ignored, quarter_turns: 0 }
    }

    #[test]
    fn a_network_that_gives_its_targets_finds_the_scene() {
        let marks = vec![
            truth('3', [20.3, 31.9], 14.0, 24.0),
            // Touches the 3.
            truth('1', [31.0, 32.0], 4.0, 26.0),
            truth('.', [45.0, 44.0], 3.0, 3.5),
            // Beyond the edge: its middle has no place.
            truth('8', [70.0, 10.0], 14.0, 24.0),
        ];
        let (mut heat, mut counted) = (vec![9.0; 256 * Class::COUNT], vec![9.0; 256]);
        let ignored = vec![Ignored { centre: [4.0, 4.0], width: 10.0, height: 8.0 }];
        let mut canvas = Canvas { side: 16, heat: &mut heat, counted: &mut counted, boxes: Vec::new() };
        canvas.fill(&scene(marks.clone(), ignored));
        let boxes = canvas.boxes;
        assert_eq!(boxes.len(), 3);
        assert_eq!(
            counted.iter().filter(|&&c| c == 0.0).count(),
            6,
            "the ignored box covers three by two places"
        );
        assert_eq!(heat.iter().filter(|&&h| h == 1.0).count(), 3, "1 at the middles alone");

        let mut numbers = vec![0.0; 256 * CHANNELS];
        for (numbers, heat) in numbers.chunks_exact_mut(CHANNELS).zip(heat.chunks_exact(Class::COUNT)) {
            let logit = |&h: &f32| (h.clamp(1e-4, 0.999) / (1.0 - h.clamp(1e-4, 0.999))).ln();
            numbers.iter_mut().zip(heat.iter().map(logit)).for_each(|(number, logit)| *number = logit);
        }
        for CentreBox { place, numbers: box_numbers } in boxes {
            numbers[place * CHANNELS + Class::COUNT..][..4].copy_from_slice(&box_numbers);
        }
        let finds = Maps::new(16, 16, numbers).finds(0.9, Calibration::default());
        assert_eq!(finds.len(), 3, "{finds:?}");
        for mark in &marks[..3] {
            let found = finds.iter().find(|find| find.class == mark.class).unwrap();
            let [x, y] = found.middle();
            let pairs = [(x, mark.centre[0]), (y, mark.centre[1]), (found.width(), mark.width)];
            assert!(pairs.iter().all(|(a, b)| (a - b).abs() < 1e-3), "{found:?}, expected {mark:?}");
        }
    }

    #[test]
    fn a_middle_counts_within_what_is_ignored() {
        let marks = vec![truth('5', [10.0, 10.0], 8.0, 16.0)];
        let everything = vec![Ignored { centre: [32.0, 32.0], width: 900.0, height: 900.0 }];
        let (mut heat, mut counted) = (vec![0.0; 256 * Class::COUNT], vec![0.0; 256]);
        let mut canvas = Canvas { side: 16, heat: &mut heat, counted: &mut counted, boxes: Vec::new() };
        canvas.fill(&scene(marks, everything));
        assert_eq!(canvas.boxes[0].place, 2 * 16 + 2);
        assert_eq!(counted.iter().sum::<f32>(), 1.0);
    }
}
