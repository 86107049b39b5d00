// @ts-check
// Where the parts of a cell's diagram lie, computed from its operations: pure, and without knowledge of any cell. Columns and
// rows are those of the nodes; wires run along them, turn at right angles and pass through no other node.

/** @typedef {import('./terms.js').Diagram} Diagram */
/** Column and row, fractional. @typedef {[number, number]} Point */
/** `bus`: one of several wires that begin as one. @typedef {{ node: number, input: number, source: number, points: Point[], bus: boolean }} Wire */
/** A state on its way to the next timestep. @typedef {{ node: number, points: Point[] }} Exit */
/** @typedef {{ columns: number, rows: number, nodes: { node: number, at: Point }[], wires: Wire[], exits: Exit[] }} Layout */

/** How far beside each other the wires of different sources enter a node, in columns. */
export const APART = 0.2;

/** @param {Diagram} diagram @returns {Layout} */
export function layoutOf({ nodes }) {
  const drawn = nodes.flatMap(({ at }, node) => (at ? [{ node, at: /** @type {Point} */ ([...at]) }] : []));
  const placeOf = (/** @type {number} */ node) => /** @type {Point} */ (nodes[node].at);
  const isFree = (/** @type {Point[]} */ points, /** @type {number[]} */ ends) => drawn.every(({ node, at }) => ends.includes(node) || !points.some((point, k) => k > 0 && passes(points[k - 1], point, at)));
  const columns = Math.max(...drawn.map(({ at }) => at[0])) + 1;

  /** One turn at most; null where another node is in the way. @param {number} from @param {number} to @returns {Point[] | null} */
  function elbow(from, to) {
    const [a, b] = [placeOf(from), placeOf(to)];
    /** @type {Point[][]} */
    const ways = a[0] === b[0] || a[1] === b[1] ? [[a, b]] : [[a, [b[0], a[1]], b], [a, [a[0], b[1]], b]];
    return ways.find((points) => isFree(points, [from, to])) ?? null;
  }

  const wires = drawn.flatMap(({ node }) => nodes[node].inputs.map((source, input) => ({ node, source, input }))).filter(({ source }) => nodes[source].at !== null);
  const isLinear = (/** @type {number} */ node) => nodes[node].operation === 'linear';
  const sources = [...new Set(wires.filter(({ node }) => isLinear(node)).map(({ source }) => source))];
  /** Sources whose wires to the weights run together below them first. */
  const buses = new Set(sources.filter((source) => wires.some((wire) => wire.source === source && isLinear(wire.node) && (placeOf(source)[1] > placeOf(wire.node)[1] || !elbow(source, wire.node)))));
  const lowest = Math.max(...drawn.filter(({ node }) => isLinear(node)).map(({ at }) => at[1]), 0);
  const busRow = (/** @type {number} */ source) => Math.max(placeOf(source)[1], lowest + 0.5);

  return {
    columns,
    rows: Math.max(...drawn.map(({ at }) => at[1]), ...sources.filter((source) => buses.has(source)).map(busRow)) + 1,
    nodes: drawn,
    wires: wires.map(({ node, source, input }) => {
      const [a, b] = [placeOf(source), placeOf(node)];
      if (!isLinear(node) || !buses.has(source)) return { node, source, input, bus: false, points: elbow(source, node) ?? [a, [b[0], a[1]], b] };
      const all = nodes[node].inputs.filter((one) => buses.has(one));
      const x = b[0] + APART * (all.length === 1 ? 0 : 2 * all.indexOf(source) - (all.length - 1));
      const row = busRow(source);
      /** @type {Point[]} */
      const points = a[1] === row ? [a, [x, row], [x, b[1]]] : [a, [a[0], row], [x, row], [x, b[1]]];
      return { node, source, input, bus: true, points };
    }),
    exits: drawn.flatMap(({ node, at }) => {
      const carrier = nodes.find((one) => one.carries === node);
      if (!carrier?.at) return [];
      const row = carrier.at[1];
      return [{ node, points: /** @type {Point[]} */ (row === at[1] ? [at, [columns, row]] : [at, [at[0], row], [columns, row]]) }];
    }),
  };
}

/** Whether a straight wire runs over a place. @param {Point} a @param {Point} b @param {Point} at */
function passes(a, b, at) {
  const within = (/** @type {0 | 1} */ k) => at[k] >= Math.min(a[k], b[k]) && at[k] <= Math.max(a[k], b[k]);
  return within(0) && within(1);
}

/** The operations one after another, as far as they are drawn and computed: forward in this order, backward the other way. @param {Diagram} diagram */
export const operationsOf = ({ nodes }) => nodes.flatMap(({ at, inputs }, node) => (at && inputs.length ? [node] : []));

/**
 * What of a diagram is there after `position` operations: forward ones first, of `longest` in the longest lane, then
 * backward ones. `now`: the one that is being done.
 * @param {Diagram} diagram @param {number} position @param {number} longest
 * @returns {{ way: 'forward' | 'backward', done: Set<number>, now: number | null, count: number }}
 */
export function progressOf(diagram, position, longest) {
  const all = operationsOf(diagram);
  const backward = position > longest;
  const order = backward ? all.toReversed() : all;
  const count = Math.min(all.length, backward ? position - longest : position);
  return { way: backward ? 'backward' : 'forward', done: new Set(order.slice(0, count)), now: count ? order[count - 1] : null, count };
}

/** log10 of a vector's norm, to be multiplied by 2^exponent. @param {ArrayLike<number>} values @param {number} [exponent] */
export function log10Norm(values, exponent = 0) {
  let largest = 0;
  for (let k = 0; k < values.length; k++) largest = Math.max(largest, Math.abs(values[k]));
  if (!Number.isFinite(largest) || largest === 0) return Math.log10(largest);
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += (values[k] / largest) ** 2;
  return Math.log10(largest) + 0.5 * Math.log10(sum) + exponent * Math.log10(2);
}

/** @param {ArrayLike<number>} values */
export function meanOf(values) {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k];
  return sum / values.length;
}

/** Wires are this wide, in parts of the widest: by the root mean square forward; by decades from 10⁻¹⁰ to 10 backward. */
export const widthOf = {
  /** @param {ArrayLike<number>} values */
  forward: (values) => Math.min(1, 10 ** log10Norm(values) / Math.sqrt(Math.max(1, values.length))) || 0,
  /** @param {ArrayLike<number>} values @param {number} exponent */
  backward: (values, exponent) => Math.min(1, Math.max(0, (log10Norm(values, exponent) + 10) / 11)) || 0,
};
