//! A bar chart of the ratios to the floor, as SVG.
//!
//! The scale is logarithmic, because the longest bars are a hundred times the shortest, and begins at the floor.

use std::fmt::Write as _;

use super::loads::{LOADS, Load, Target};
use super::machine::Machine;
use super::sample::Results;
use super::servers::{SERVERS, ServerKind, floor};

const WIDTH: f64 = 760.0;
/// Where bars begin, and how long the longest is.
const LEFT: f64 = 250.0;
const LENGTH: f64 = 430.0;
const TOP: f64 = 74.0;
const BAR: f64 = 13.0;
const GAP: f64 = 3.0;
const GROUP_GAP: f64 = 14.0;
/// The lines across, in multiples of the floor.
const LINES: [f64; 7] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// One bar.
struct Bar {
    server: &'static ServerKind,
    ratio: f64,
}

/// Draws what there is of the loads that are compared with the floor.
pub(super) fn draw(results: &Results, machine: &Machine) -> String {
    let groups: Vec<_> =
        LOADS.iter().filter_map(|load| Some((load, times_floor(load)?, bars(results, load)))).collect();
    let most = groups.iter().flat_map(|(.., bars)| bars).map(|bar| bar.ratio).fold(2.0, f64::max);
    let scale = Scale { most };
    let height = TOP + groups.iter().map(|(.., bars)| group_height(bars)).sum::<f64>() + 34.0;

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#1f2937\">\n\
         <title>Processor time of the server for a message, in multiples of the floor</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" rx=\"8\" fill=\"#ffffff\"/>\n\
         <text x=\"20\" y=\"28\" font-size=\"15\" font-weight=\"600\">Processor time of the server for a message, \
         in multiples of the floor</text>\n"
    );
    legend(&mut svg);
    lines(&mut svg, &scale, height - 34.0);
    let mut y = TOP;
    for (load, target, bars) in &groups {
        group(&mut svg, &scale, y, load, *target, bars);
        y += group_height(bars);
    }
    let _ = writeln!(svg, "<text x=\"20\" y=\"{}\" fill=\"#6b7280\">{}</text>", height - 12.0, machine.short());
    svg + "</svg>\n"
}

const fn times_floor(load: &Load) -> Option<f64> {
    match load.target {
        Target::TimesFloor(most) => Some(most),
        Target::KibibytesEach(_) | Target::Nothing(_) => None,
    }
}

fn bars(results: &Results, load: &Load) -> Vec<Bar> {
    let bar = |server| Some(Bar { server, ratio: results.ratio(load, server, floor())?.median });
    SERVERS.iter().filter(|server| !server.is_floor()).filter_map(bar).collect()
}

fn group_height(bars: &[Bar]) -> f64 {
    bars.len() as f64 * (BAR + GAP) + GROUP_GAP
}

/// From ratios to places.
struct Scale {
    most: f64,
}

impl Scale {
    fn x(&self, ratio: f64) -> f64 {
        LEFT + LENGTH * (ratio.max(1.0).ln() / self.most.ln())
    }
}

fn legend(svg: &mut String) {
    let mut x = 20.0;
    for server in SERVERS.iter().filter(|server| !server.is_floor()) {
        let _ = writeln!(svg, "<rect x=\"{x}\" y=\"42\" width=\"11\" height=\"11\" fill=\"{}\"/>", colour(server));
        let _ = writeln!(svg, "<text x=\"{}\" y=\"52\">{}</text>", x + 16.0, server.name);
        x += 34.0 + server.name.len() as f64 * 7.0;
    }
    let _ = writeln!(svg, "<path d=\"M{x} 40v15\" stroke=\"#111827\" stroke-width=\"2\"/>");
    let _ = writeln!(svg, "<text x=\"{}\" y=\"52\">target of longwire</text>", x + 8.0);
    let (x, y) = (WIDTH - 20.0, 52.0);
    let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\" fill=\"#6b7280\">logarithmic scale</text>");
}

fn lines(svg: &mut String, scale: &Scale, bottom: f64) {
    for ratio in LINES.into_iter().filter(|ratio| *ratio <= scale.most) {
        let x = scale.x(ratio);
        let _ = writeln!(svg, "<path d=\"M{x:.1} {}V{bottom:.1}\" stroke=\"#e5e7eb\"/>", TOP - 4.0);
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" font-size=\"10\" fill=\"#6b7280\">{ratio} ×</text>",
            TOP - 8.0
        );
    }
}

fn group(svg: &mut String, scale: &Scale, top: f64, load: &Load, target: f64, bars: &[Bar]) {
    let middle = top + (group_height(bars) - GROUP_GAP) / 2.0;
    let _ = writeln!(svg, "<text x=\"20\" y=\"{:.1}\">{}</text>", middle + 2.0, load.short);
    for (index, bar) in bars.iter().enumerate() {
        let y = top + index as f64 * (BAR + GAP);
        let end = scale.x(bar.ratio).max(LEFT + 1.0);
        let (width, fill) = (end - LEFT, colour(bar.server));
        let _ = writeln!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\" fill=\"{fill}\"/>"
        );
        let mut behind = end;
        if bar.server.is_ours() {
            let x = scale.x(target);
            behind = behind.max(x);
            let _ = writeln!(
                svg,
                "<path d=\"M{x:.1} {:.1}v{}\" stroke=\"#111827\" stroke-width=\"2\"/>",
                y - 1.0,
                BAR + 2.0
            );
        }
        let (x, y, ratio) = (behind + 5.0, y + BAR - 3.0, bar.ratio);
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"11\">{ratio:.2}</text>");
    }
}

fn colour(server: &ServerKind) -> &'static str {
    match server.name {
        "longwire" => "#0f766e",
        "bare-stack" => "#94a3b8",
        _ => "#d97706",
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::throughput;
    use super::super::servers::ours;
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_ratio_says() {
        let mut results = Results::default();
        results.add(&LOADS[0], floor(), 0, throughput(10.0));
        results.add(&LOADS[0], ours(), 0, throughput(20.0));
        results.add(&LOADS[0], &SERVERS[3], 0, throughput(40.0));
        let svg = draw(&results, &Machine::look().expect("it is Linux"));
        assert!(svg.contains(&format!("width=\"{:.1}\"", LENGTH / 2.0)), "half as long on this scale: {svg}");
        assert!(svg.contains(&format!("width=\"{LENGTH:.1}\"")), "the longest: {svg}");
        assert_eq!(svg.matches("<rect").count(), 1 + 3 + 2, "the ground, the legend and two bars");
    }

    #[test]
    fn nothing_measured_is_an_empty_chart() {
        let svg = draw(&Results::default(), &Machine::look().expect("it is Linux"));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }
}
