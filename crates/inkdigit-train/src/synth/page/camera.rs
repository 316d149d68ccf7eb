//! Where points of the paper appear on the picture: turning, perspective, distance.

use inkdigit_nn::Rng;

use super::config::Camera;
use crate::synth::pen::Drawing;
use crate::synth::strokes::Point;

/// From paper to picture. The paper is as large as the picture, before it is turned by right angles.
pub(super) struct View {
    /// Columns and rows of the paper.
    paper: Point,
    /// Columns and rows of the picture.
    picture: Point,
    /// Sine and cosine of the small turn.
    turn: (f32, f32),
    quarter_turns: u8,
    /// How much distance grows along each axis, from the middle to the edge.
    tilt: Point,
    /// Below 1 where the paper doesn't fill the picture.
    scale: f32,
}

impl View {
    pub(super) fn draw(camera: &Camera, width: usize, height: usize, rng: &mut Rng) -> Self {
        let picture = [width as f32, height as f32];
        let upright = camera.quarter_turns.is_multiple_of(2);
        let paper = if upright { picture } else { [picture[1], picture[0]] };
        let tilt = [0, 1].map(|_| camera.perspective * rng.uniform(-1.0, 1.0));
        Self {
            paper,
            picture,
            turn: camera.angle.to_radians().sin_cos(),
            quarter_turns: camera.quarter_turns,
            tilt,
            scale: 1.0 - 2.0 * camera.desk,
        }
    }

    pub(super) fn paper_size(&self) -> (f32, f32) {
        (self.paper[0], self.paper[1])
    }

    /// A point of the paper on the picture.
    pub(super) fn place(&self, [x, y]: Point) -> Point {
        // From -1 to 1 along both axes, as far as perspective is concerned.
        let (u, v) = (2.0 * x / self.paper[0] - 1.0, 2.0 * y / self.paper[1] - 1.0);
        let nearness = self.scale / (1.0 + self.tilt[0] * u + self.tilt[1] * v);
        let (x, y) = (nearness * (x - self.paper[0] / 2.0), nearness * (y - self.paper[1] / 2.0));
        let (sin, cos) = self.turn;
        let (x, y) = (cos * x - sin * y, sin * x + cos * y);
        let [x, y] = match self.quarter_turns {
            0 => [x, y],
            1 => [-y, x],
            2 => [-x, -y],
            _ => [y, -x],
        };
        [x + self.picture[0] / 2.0, y + self.picture[1] / 2.0]
    }

    /// A drawing on paper as it appears on the picture.
    pub(super) fn seen(&self, drawing: &Drawing) -> Drawing {
        let mut seen = drawing.clone();
        for (point, radius) in seen.strokes.iter_mut().flatten() {
            let (here, beside) = (self.place(*point), self.place([point[0] + 1.0, point[1]]));
            *radius *= (beside[0] - here[0]).hypot(beside[1] - here[1]);
            *point = here;
        }
        seen
    }

    /// The corners of the paper on the picture, in the order in which they follow each other.
    pub(super) fn corners(&self) -> [Point; 4] {
        let [width, height] = self.paper;
        [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]].map(|corner| self.place(corner))
    }
}

#[cfg(test)]
mod tests {
    use super::super::PageConfig;
    use super::*;

    fn view(camera: Camera) -> View {
        View::draw(&camera, 200, 100, &mut Rng::new(1))
    }

    #[test]
    fn a_straight_view_changes_nothing() {
        let view = view(PageConfig::default().camera);
        assert_eq!(view.place([30.0, 20.0]), [30.0, 20.0]);
        assert_eq!(view.paper_size(), (200.0, 100.0));
    }

    #[test]
    fn quarter_turns_go_to_the_right() {
        let turned = |quarter_turns| view(Camera { quarter_turns, ..PageConfig::default().camera });
        // The paper's upper left corner.
        assert_eq!(turned(1).place([0.0, 0.0]), [200.0, 0.0]);
        assert_eq!(turned(2).place([0.0, 0.0]), [200.0, 100.0]);
        assert_eq!(turned(3).place([0.0, 0.0]), [0.0, 100.0]);
        assert_eq!(turned(1).paper_size(), (100.0, 200.0));
    }

    #[test]
    fn straight_lines_stay_straight() {
        let view = view(Camera { angle: 7.0, perspective: 0.3, ..PageConfig::default().camera });
        let [a, b, c] = [[10.0, 10.0], [60.0, 35.0], [160.0, 85.0]].map(|point| view.place(point));
        let area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        assert!(area.abs() < 0.5, "{area}");
    }
}
