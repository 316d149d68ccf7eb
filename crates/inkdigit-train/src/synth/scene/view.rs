//! How the camera stands to the paper: turned, tilted, near enough that the paper fills the picture or with
//! its edges in view.

use inkdigit_nn::Rng;

use super::geometry::{Affine, Homography, Point, Rect};
use super::random::Choose;

/// Where paper appears on a picture.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// From paper to picture.
    pub map: Homography,
    /// Where one can write, in the paper's pixels.
    pub area: Rect,
    /// The corners of the paper on the picture, clockwise; none where it fills the picture.
    pub corners: Option<[Point; 4]>,
}

impl View {
    /// Straight down onto paper that fills the picture: a scanner, a screen.
    pub(super) fn straight(size: [usize; 2]) -> Self {
        let area = Rect::new(0.0, 0.0, size[0] as f32, size[1] as f32);
        Self { map: Homography::IDENTITY, area, corners: None }
    }

    /// By hand, of paper that fills the picture.
    pub(super) fn near(size: [usize; 2], difficulty: f32, rng: &mut Rng) -> Self {
        let straight = Self::straight(size);
        let degrees = match rng.below(10) {
            0..6 => 1.5 * rng.normal(),
            6..9 => 5.0 * rng.normal(),
            _ => rng.uniform(-18.0, 18.0),
        };
        let map = held(straight.area, degrees.clamp(-20.0, 20.0) * difficulty, difficulty, rng);
        // What is written near the edge leaves the picture when that is turned.
        let reach = 0.03 * difficulty;
        let area = straight.area.grown(reach * straight.area.width(), reach * straight.area.height());
        Self { map, area, corners: None }
    }

    /// Of paper of this size whose edges are seen, or some of them.
    pub(super) fn of_sheet(size: [usize; 2], paper: Point, difficulty: f32, rng: &mut Rng) -> Self {
        let picture = Self::straight(size).area;
        let [x, y] = picture.middle();
        let stray =
            |room: f32, rng: &mut Rng| rng.uniform(-0.5, 0.5) * room.max(0.1 * paper[0].min(paper[1]));
        let (x, y) = (x + stray(picture.right - paper[0], rng), y + stray(picture.bottom - paper[1], rng));
        let sheet = Rect::new(x - paper[0] / 2.0, y - paper[1] / 2.0, x + paper[0] / 2.0, y + paper[1] / 2.0);
        let degrees = if rng.chance(0.7) { 7.0 * rng.normal() } else { rng.uniform(-20.0, 20.0) };
        let map = held(sheet, degrees.clamp(-20.0, 20.0), difficulty, rng);
        let corners = sheet.corners().map(|corner| map.apply(corner));
        Self { map, area: sheet.grown(-0.05 * paper[0], -0.05 * paper[1]), corners: Some(corners) }
    }
}

/// A turn about the middle of `around`, and a tilt of the camera.
fn held(around: Rect, degrees: f32, difficulty: f32, rng: &mut Rng) -> Homography {
    let turn = Affine::turn(degrees.to_radians(), 1.0, around.middle());
    let tilts = rng.chance(0.35);
    let mut tilt = |length: f32| {
        let nearer = 0.14 * difficulty * rng.uniform(-1.0, 1.0);
        if tilts { 2.0 * nearer / length.max(1.0) } else { 0.0 }
    };
    // Distance grows along both axes from the middle.
    let [x, y] = around.middle();
    let (u, v) = (tilt(around.width()), tilt(around.height()));
    let shift = |x: f32, y: f32| Homography::from(Affine::shift([x, y]));
    let tilted = Homography([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [u, v, 1.0]]);
    Homography::from(turn).after(&shift(x, y)).after(&tilted).after(&shift(-x, -y))
}
