/* Page 10, "One release": two bell curves and the ROC under them, with a slider for the noise z.

The page holds an empty <div id="two-bells">, and this file fills it. Without JavaScript, and in a
notebook, nothing is there, and the picture of the cell above says the same for z = 1. */
"use strict";

const FALSE_ALARMS = 0.01; // how often the attacker says "yes" without the row

// ---- Formulas -----------------------------------------------------------------------------------

// The error function after Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964),
// formula 7.1.26, for x >= 0, and odd. It is wrong by 1.5e-7 at most, hence phi by 0.75e-7.
const ERF = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = ERF.reduceRight((rest, a) => t * (a + rest), 0); // a1 t + a2 t^2 + ... + a5 t^5
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

// The probability that a standard normal number is at most x.
const phi = (x) => (1 + erf(x / Math.SQRT2)) / 2;

// The x at which phi is p: the half of an interval that holds it, sixty times.
function quantile(p) {
  let [low, high] = [-10, 10];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (phi(middle) < p) low = middle;
    else high = middle;
  }
  return high;
}

// How often the best test says "yes" with the row: TPR = phi(quantile(FPR) + 1 / z).
const found = (falseAlarms, z) => phi(quantile(falseAlarms) + 1 / z);

// From which place on that test says "yes": where the bell without the row has FPR left.
const threshold = (falseAlarms, z) => -z * quantile(falseAlarms);

// The density of N(mean, z^2), as a part of its greatest value.
const bell = (x, mean, z) => Math.exp(-((x - mean) ** 2) / (2 * z ** 2));

// ---- Drawing, on 320 x 230: the frame goes from 30 to 310, and from 15 at the top to 195 ----------

const grid = (from, to) => Array.from({ length: 201 }, (_, i) => from + ((to - from) * i) / 200);
const line = (points) => "M" + points.map((p) => p.map((c) => c.toFixed(1)).join(" ")).join("L");
const right = (part) => 30 + 280 * part;
const up = (part) => 195 - 180 * part;

// Bells keep their form, and their axis grows with z: 3.5 deviations to each side.
function bells(z) {
  const from = -3.5 * z, to = 1 + 3.5 * z, t = threshold(FALSE_ALARMS, z);
  const at = (x) => right((x - from) / (to - from));
  const curve = (mean, start) =>
    line(grid(start, to).map((x) => [at(x), up(0.9 * bell(x, mean, z))]));
  const area = (mean) => `${curve(mean, t)}L${at(to)} ${up(0)}L${at(t)} ${up(0)}Z`;
  return {
    "without-area": area(0), "with-area": area(1), without: curve(0, from), with: curve(1, from),
    cut: line([[at(t), up(0)], [at(t), up(1)]]),
    ticks: line([[at(0), up(0)], [at(0), 200]]) + line([[at(1), up(0)], [at(1), 200]]),
    places: { zero: at(0) - 2, one: at(1) + 2, yes: at(t) + 4 },
  };
}

// A threshold at a deviations, in the bell without the row, gives one point of the ROC.
function roc(z) {
  const rates = (a) => [right(phi(-a)), up(phi(1 / z - a))];
  return { roc: line(grid(1 / z + 5, -5).map(rates)), dot: rates(-quantile(FALSE_ALARMS)) };
}

const PICTURE = `
<p>The same for other noise: move the slider, with the mouse or with the arrow keys. The bells keep
their form here, and the axis below them grows with <i>z</i>. The test says “yes” to the right of
the upright line. It is the test with 1 % false alarms, the point on the curve.</p>
<p><label for="two-bells-z">Noise <i>z</i>, from 0.3 to 5:</label>
<input type="range" id="two-bells-z" min="0.3" max="5" step="0.1" value="1">
<output for="two-bells-z"></output></p>
<svg viewBox="0 0 320 230" role="img" aria-labelledby="two-bells-left"
aria-describedby="two-bells-left-text">
<title id="two-bells-left">Densities with the row and without it</title>
<desc id="two-bells-left-text">Two bell curves of deviation z, around 0 without the row and around 1
with it. To the right of a line the test says yes. The areas under the curves there are the false
alarms, 1 %, and what is found. With more noise the two curves come closer to each other.</desc>
<path class="area without" data-line="without-area"/><path class="area with" data-line="with-area"/>
<path class="without" data-line="without"/><path class="with" data-line="with"/>
<path class="thin" data-line="cut"/><path class="thin" data-line="ticks"/>
<path class="thin" d="M30 195H310"/>
<text data-place="yes" y="25">“yes”</text>
<text data-place="zero" y="212" text-anchor="end">0</text><text data-place="one" y="212">1</text>
<text class="without" x="30" y="25">without the row</text>
<text class="with" x="30" y="42">with the row</text>
<text x="170" y="227" text-anchor="middle">the sum along the row, in units of C</text></svg>
<svg viewBox="0 0 320 230" role="img" aria-labelledby="two-bells-right"
aria-describedby="two-bells-right-text">
<title id="two-bells-right">ROC of the best test</title>
<desc id="two-bells-right-text">What is found over false alarms. The curve begins at 0, 0 and ends at
1, 1, above the diagonal of guessing. With more noise it comes down to the diagonal.</desc>
<path class="thin" d="M30 15V195H310V15Z"/><path class="thin dots" d="M30 195L310 15"/>
<path class="with" data-line="roc"/><circle class="with" r="5"/>
<text x="26" y="24" text-anchor="end">1</text><text x="26" y="195" text-anchor="end">0</text>
<text x="30" y="212" text-anchor="middle">0</text><text x="310" y="212" text-anchor="middle">1</text>
<text x="170" y="227" text-anchor="middle">false alarms</text>
<text transform="translate(18 105) rotate(-90)" text-anchor="middle">found</text></svg>`;

function words(z) {
  const percent = (100 * found(FALSE_ALARMS, z)).toFixed(1);
  const mu = (1 / z).toFixed(2);
  return `z = ${z.toFixed(1)}, μ = 1/z = ${mu}: ${percent} % found at 1 % false alarms`;
}

function draw(place) {
  const z = place.querySelector("input").valueAsNumber;
  const { places, ...lines } = bells(z);
  const { dot, ...curve } = roc(z);
  for (const [name, d] of Object.entries({ ...lines, ...curve }))
    place.querySelector(`[data-line=${name}]`).setAttribute("d", d);
  for (const [name, x] of Object.entries(places))
    place.querySelector(`[data-place=${name}]`).setAttribute("x", x);
  place.querySelector("circle").setAttribute("cx", dot[0]);
  place.querySelector("circle").setAttribute("cy", dot[1]);
  place.querySelector("output").textContent = words(z);
}

if (typeof document === "undefined") {
  module.exports = { phi, quantile, found, threshold, words }; // for the tests, in Node
} else {
  const place = document.getElementById("two-bells");
  place.innerHTML = PICTURE;
  place.addEventListener("input", () => draw(place));
  draw(place);
}
