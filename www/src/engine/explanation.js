// @ts-check
// A timestep taken apart, as the core hands it over: one row of doubles, read by the lane's diagram. Nothing is copied.

/** @typedef {import('../generated/types.d.ts').LaneInfo} LaneInfo */
/** What a kind of equation needs besides; what it is about, as it was asked. @typedef {{ of: { kind: string } & Record<string, any>, numbers: Float64Array }} More */
/** What `source` receives of the gradient of `node`, whose input number `input` it is. @typedef {{ node: number, input: number, source: number, values: Float64Array }} Edge */
/** @typedef {{ values: Float64Array[], gradients: Float64Array[], edges: Edge[] }} Moment numbers of each node */
/**
 * @typedef {object} Explanation all gradients are to be multiplied by 2^exponent
 * @property {number} step training step
 * @property {number} t 1..T
 * @property {number} unit 0..H−1, the one whose weights are given
 * @property {number} exponent
 * @property {Moment} now
 * @property {Moment | null} next
 * @property {{ hidden: Float64Array, cell: Float64Array }} direct
 * @property {{ weights: Float64Array, errors: Float64Array }} readout
 * @property {{ rowIh: Float64Array, rowHh: Float64Array, biasIh: Float64Array, biasHh: Float64Array, columnIh: Float64Array, columnHh: Float64Array }} weights of every block
 * @property {More | null} more
 */

/**
 * @param {LaneInfo} info @param {Float64Array} numbers @param {More | null} [more]
 * @returns {Explanation | null} null for a timestep or unit that is not there
 */
export function decodeExplanation({ diagram, layout }, numbers, more = null) {
  if (numbers.length === 0) return null;
  let at = 0;
  const take = (/** @type {number} */ length) => numbers.subarray(at, (at += length));
  const [step, t, unit, exponent, hasNext, outputs] = take(6);
  const { nodes, inputSize } = diagram;
  const H = layout.hiddenSize;
  const width = (/** @type {number} */ node) => (nodes[node].operation === 'input' ? inputSize : H);
  const each = () => nodes.map((_, node) => take(width(node)));
  /** @returns {Moment} */
  const moment = () => ({
    values: each(),
    gradients: each(),
    edges: nodes.flatMap(({ inputs }, node) => inputs.map((source, input) => ({ node, input, source, values: take(width(source)) }))),
  });
  const now = moment();
  const next = hasNext ? moment() : null;
  const direct = { hidden: take(H), cell: take(nodes.some(({ operation }) => operation === 'previousCell') ? H : 0) };
  const readout = { weights: take(outputs), errors: take(outputs) };
  const rest = numbers.length - at;
  // G blocks of I, H, 1, 1, H and H numbers.
  const blocks = rest / (inputSize + 3 * H + 2);
  const weights = {
    rowIh: take(blocks * inputSize),
    rowHh: take(blocks * H),
    biasIh: take(blocks),
    biasHh: take(blocks),
    columnIh: take(blocks * H),
    columnHh: take(blocks * H),
  };
  if (at !== numbers.length || !Number.isInteger(blocks)) throw new RangeError(`explanation: expected ${at} numbers, got ${numbers.length}`);
  return { step, t: t + 1, unit, exponent, now, next, direct, readout, weights, more };
}
