// @ts-check
// Paints the diagram of a cell: wires as wide as what they carry is large, vectors as strips of tiles, gates as apertures that
// stand open by their mean. Positions come from the layout; numbers and their colours from whoever looks.
import { APART } from './cellDiagram.js';
import { css } from './colour.js';

/** @typedef {import('./cellDiagram.js').Point} Point */
/** @typedef {import('./cellDiagram.js').Layout} Layout */
/** @typedef {[number, number, number]} Rgb */
/** A vector on a wire. @typedef {{ values: ArrayLike<number>, colour: (value: number) => Rgb, text: (value: number) => string, width: number }} Carried */
/** A node as it is shown. `beside`: the letter of what comes out. `open`: how far a gate is open, 0..1, null for what is no gate. @typedef {{ label: string, beside: string, operation: string, open: number | null, state: 'idle' | 'done' | 'now' }} ShownNode */
/**
 * @typedef {object} Picture
 * @property {number} width @property {number} height
 * @property {Layout} layout
 * @property {(node: number) => ShownNode} node
 * @property {(wire: { node: number, input: number, source: number }) => Carried | null} wire what an input receives or hands back
 * @property {(node: number) => Carried | null} exit
 * @property {(source: number) => Carried | null} bus what several wires begin with
 * @property {boolean} back whether the flow runs backward
 * @property {number | null} unit the pinned one
 * @property {import('./canvas.js').Theme} theme
 */

/** Vectors up to this long are written as numbers, where there is room. */
const WRITTEN = 4;

/**
 * Where a place of the layout lies, in pixels.
 * @param {number} width @param {number} height @param {Layout} layout
 */
export function gridOf(width, height, { columns, rows }) {
  const across = width / (columns + 0.55);
  const down = height / (rows + 0.1);
  const radius = Math.max(11, Math.min(24, 0.3 * Math.min(across, down * 1.1)));
  return {
    radius,
    across,
    down,
    /** @param {Point} at @returns {Point} */
    at: ([column, row]) => [(column + 0.5) * across, (row + 0.55) * down],
  };
}

/** @param {CanvasRenderingContext2D} g @param {Picture} picture */
export function paintCell(g, picture) {
  const { width, height, layout, theme, back } = picture;
  const grid = gridOf(width, height, layout);
  const strong = Math.min(9, grid.radius * 0.5);
  const ground = mixed(theme.muted, theme.surface);
  /** @type {{ from: Point, to: Point, carried: Carried, bus: boolean }[]} */
  const strips = [];
  /** @param {Point[]} points @param {Carried | null} carried @param {number} [gap] what the arrow leaves free at the end of the way forward */
  function line(points, carried, gap = grid.radius + 1) {
    const path = points.map(grid.at);
    g.beginPath();
    path.forEach(([x, y], k) => (k ? g.lineTo(x, y) : g.moveTo(x, y)));
    g.lineJoin = 'round';
    g.lineWidth = carried ? 1.2 + strong * carried.width : 1;
    g.strokeStyle = carried ? ground : theme.line;
    g.stroke();
    if (carried) arrow(path, gap);
    return path;
  }
  /** An arrow where the wire ends: at its node forward, where it came from backward. @param {Point[]} path @param {number} end */
  function arrow(path, end) {
    const [from, to] = back ? [path[1], path[0]] : [path[path.length - 2], path[path.length - 1]];
    const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
    const gap = back ? grid.radius + 1 : end;
    const [x, y] = [to[0] - gap * Math.cos(angle), to[1] - gap * Math.sin(angle)];
    g.beginPath();
    for (const turn of [0, 2.6, -2.6]) g.lineTo(x + (turn ? 8 : 0) * Math.cos(angle + turn), y + (turn ? 8 : 0) * Math.sin(angle + turn));
    g.fillStyle = theme.muted;
    g.fill();
  }

  const begun = new Set();
  for (const wire of layout.wires) {
    const carried = picture.wire(wire);
    const path = line(wire.points, carried);
    if (wire.bus && !begun.has(wire.source)) {
      begun.add(wire.source);
      const whole = picture.bus(wire.source);
      const first = longest(path.slice(0, -1));
      if (whole) strips.push({ from: path[0], to: first === 0 ? [Math.min(path[1][0], path[0][0] + grid.across), path[1][1]] : [path[0][0], path[0][1] + (path[1][1] - path[0][1]) * 0.5], carried: whole, bus: false });
    }
    if (!carried) continue;
    // Forward all wires of a bus carry the same; backward each has its own.
    const at = wire.bus ? path.length - 2 : longest(path);
    if (!wire.bus || back) strips.push({ from: path[at], to: path[at + 1], carried, bus: wire.bus });
  }
  for (const exit of layout.exits) {
    const carried = picture.exit(exit.node);
    const path = line(exit.points, carried, 2);
    if (carried) strips.push({ from: [Math.max(path[path.length - 2][0], path[path.length - 1][0] - 1.5 * grid.across), path[path.length - 2][1]], to: path[path.length - 1], carried, bus: false });
  }
  for (const { node, at } of layout.nodes) paintNode(g, grid.at(at), grid, picture.node(node), theme);
  for (const { from, to, carried, bus } of strips) paintStrip(g, from, to, carried, bus, grid, picture);
}

/** Which part of a way is the longest. @param {Point[]} path */
function longest(path) {
  const lengths = path.slice(1).map(([x, y], k) => Math.abs(x - path[k][0]) + Math.abs(y - path[k][1]));
  return lengths.indexOf(Math.max(...lengths));
}

/** @param {CanvasRenderingContext2D} g @param {Point} from @param {Point} to @param {Carried} carried @param {boolean} bus whether another wire runs close beside @param {ReturnType<typeof gridOf>} grid @param {Picture} picture */
function paintStrip(g, from, to, { values, colour, text }, bus, grid, { theme, unit }) {
  const upright = from[0] === to[0];
  const room = Math.abs(to[0] - from[0]) + Math.abs(to[1] - from[1]) - 2 * grid.radius - 18;
  const [x, y] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  const n = values.length;
  if (n <= WRITTEN && numbers()) return;
  const long = Math.max(18, Math.min(room, upright ? 76 : 96));
  const thick = upright ? Math.min(11, grid.across * 0.17) : 11;
  const tile = long / n;
  const [left, top] = upright ? [x - thick / 2, y - long / 2] : [x - long / 2, y - thick / 2];
  for (let k = 0; k < n; k++) {
    g.fillStyle = css(colour(values[k]));
    if (upright) g.fillRect(left, top + k * tile, thick, tile + 0.4);
    else g.fillRect(left + k * tile, top, tile + 0.4, thick);
  }
  frame(left, top, upright ? thick : long, upright ? long : thick, false);
  if (unit !== null && unit < n) {
    if (upright) frame(left - 2, top + unit * tile - 1, thick + 4, Math.max(3, tile) + 1, true);
    else frame(left + unit * tile - 1, top - 2, Math.max(3, tile) + 1, thick + 4, true);
  }

  /** Each number by itself, where there is room: one under the other, or in two columns. @returns {boolean} whether there is */
  function numbers() {
    const size = theme.small;
    g.font = `600 ${size}px ${theme.font}`;
    const words = Array.from(values, text);
    const across = Math.max(...words.map((word) => g.measureText(word).width)) + 6;
    const high = size + 5;
    const [wide, tall] = upright ? [(bus ? 1.9 * APART : 0.95) * grid.across, room + 14] : [room + 14, 0.95 * grid.down];
    const columns = n === 1 ? 1 : [1, 2].find((count) => count * across <= wide && Math.ceil(n / count) * high <= tall);
    if (!columns) return false;
    const rows = Math.ceil(n / columns);
    // One number alone is always written; where nodes stand close, above the wire.
    const middle = !upright && across > wide ? y - grid.radius - high / 2 : y;
    words.forEach((word, k) => {
      const left = x - (columns * across) / 2 + Math.floor(k / rows) * across;
      const top = middle - (rows * high) / 2 + (k % rows) * high;
      const [red, green, blue] = colour(values[k]);
      g.fillStyle = css([red, green, blue]);
      g.fillRect(left, top, across - 1, high - 1);
      g.fillStyle = 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? '#000' : '#fff';
      g.textAlign = 'center';
      g.textBaseline = 'middle';
      g.fillText(word, left + across / 2, top + high / 2);
      frame(left, top, across - 1, high - 1, k === unit);
    });
    return true;
  }

  /** @param {number} a @param {number} b @param {number} w @param {number} h @param {boolean} pinned */
  function frame(a, b, w, h, pinned) {
    g.lineWidth = pinned ? 1.5 : 1;
    g.strokeStyle = pinned ? theme.ink : theme.surface;
    g.strokeRect(a, b, w, h);
  }
}

/** Half of one colour and half of another, each `#rrggbb` or `#rgb`. @param {string} a @param {string} b */
function mixed(a, b) {
  const parts = [a, b].map((text) => (text.length === 4 ? [...text.slice(1)].map((digit) => digit + digit) : (text.slice(1).match(/../g) ?? [])).map((byte) => Number.parseInt(byte, 16)));
  return parts.some((part) => part.length !== 3 || part.some(Number.isNaN)) ? a : css(/** @type {Rgb} */ (parts[0].map((value, k) => Math.round((value + parts[1][k]) / 2))));
}

/** What stands in a node. @type {Record<string, string>} */
const SIGNS = { multiply: '', add: '+', complement: '1−', tanh: 'tanh', relu: 'ReLU', linear: 'W', sigmoid: 'σ' };

/** @param {CanvasRenderingContext2D} g @param {Point} at @param {ReturnType<typeof gridOf>} grid @param {ShownNode} node @param {import('./canvas.js').Theme} theme */
function paintNode(g, [x, y], { radius: r, across }, { label, beside, operation, open, state }, theme) {
  const round = operation === 'multiply' || operation === 'add' || operation === 'complement';
  const source = !(operation in SIGNS);
  g.lineWidth = state === 'now' ? 3 : 1.5;
  g.strokeStyle = state === 'idle' ? theme.line : state === 'now' ? theme.ink : theme.muted;
  g.fillStyle = theme.surface;
  const [half, high] = round ? [r * 0.68, r * 0.68] : operation === 'linear' ? [Math.max(r, APART * across + 6), r * 0.62] : [r, r * 0.78];
  g.beginPath();
  if (round) g.arc(x, y, half, 0, 2 * Math.PI);
  else g.roundRect(x - half, y - high, 2 * half, 2 * high, source ? high : 5);
  g.fill();
  if (open !== null && state !== 'idle') {
    // Two shutters from left and right; between them stands what passes.
    g.save();
    g.clip();
    g.fillStyle = theme.ink;
    g.globalAlpha = 0.82;
    const shut = half * (1 - Math.min(1, Math.max(0, open)));
    g.fillRect(x - half, y + high * 0.42, shut, high);
    g.fillRect(x + half - shut, y + high * 0.42, shut, high);
    g.restore();
  }
  g.stroke();
  g.fillStyle = state === 'idle' ? theme.muted : theme.ink;
  const text = source ? label : label ? `${label} ${SIGNS[operation]}` : SIGNS[operation];
  let size = round ? r * 0.9 : Math.min(15, r * 0.78);
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  do g.font = `${round ? 500 : 650} ${size}px ${theme.font}`;
  while (g.measureText(text).width > 2 * half - 4 && --size > 7);
  g.fillText(text, x, y + (open === null ? 0.5 : -high * 0.18));
  if (operation === 'multiply') {
    g.beginPath();
    g.arc(x, y, r * 0.16, 0, 2 * Math.PI);
    g.fill();
  }
  // What comes out has its letter beside it.
  if (beside) {
    g.font = `italic 650 ${Math.min(16, r * 0.85)}px ${theme.font}`;
    g.textAlign = 'left';
    g.textBaseline = 'bottom';
    g.fillText(beside, x + half * (round ? 0.75 : 0.9), y - high * (round ? 0.6 : 0.9));
  }
}
