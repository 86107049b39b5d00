// @ts-check
// The numbers of a trace as files: JSON and CSV with full precision. Pure; what the columns are stands in COLUMNS, and with
// more words in the README.
import { shortName } from './parameters.js';
import { HISTORY } from './record.js';

/** @typedef {import('../gatescope.d.ts').Trace} Trace */
/** One lane with its trace. @typedef {{ cell: string, step: number, experiment: object, tokens: string[], classes: string[], trace: Trace }} TracedLane */
/** @typedef {{ link: string, example: number, lanes: TracedLane[] }} Traced */

/** One number a timestep. @type {Record<string, string>} */
export const TIMESTEP_COLUMNS = {
  hiddenGradientNorm: 'norm of dL/dh_t',
  hiddenGradientLog10: 'its log10, right also where the norm underflows; -Infinity for exact zero',
  cellGradientNorm: 'norm of dL/dc_t (cells with a cell state)',
  cellGradientLog10: 'its log10',
  jacobianNorm: 'largest singular value of dh_t/dh_(t-1); LSTM: of the (h, c) block',
  jacobianProductLog10: 'log10 of the norm of dh_T/dh_t',
  weightContribution: "norm of timestep t's own share of dL/dW_hh",
};
/** One number a timestep and unit. @type {Record<string, string>} */
export const UNIT_COLUMNS = {
  hidden: 'h_t',
  cellState: 'c_t (LSTM)',
  input: 'input gate i_t (LSTM)',
  forget: 'forget gate f_t (LSTM)',
  candidate: 'candidate g_t (LSTM), n_t (GRU)',
  output: 'output gate o_t (LSTM)',
  reset: 'reset gate r_t (GRU)',
  update: 'update gate z_t (GRU)',
  preActivation: 'what the nonlinearity is taken of (RNN)',
  hiddenGradient: 'dL/dh_t, total derivative',
  cellGradient: 'dL/dc_t, total derivative (LSTM)',
  cellStateGradient: 'dL/dc_t with h_t held fixed (LSTM)',
};
/** One number a training step. @type {Record<string, string>} */
export const RUN_COLUMNS = {
  loss: 'mean loss of the training batch, before the update',
  accuracy: 'share of the training batch that was classified right, before the update',
  gradientNorm: 'norm of all gradients before clipping',
  clippedNorm: 'the same after clipping',
  heldOutAccuracy: 'share of the held-out sequences that is classified right, where they were looked at',
};
/** And two for each parameter, by its name without the cell. @type {Record<string, string>} */
export const NORM_COLUMNS = {
  'weight_hh_l0.before': "norm of one parameter's gradient before clipping; so for every parameter",
  'weight_hh_l0.after': 'the same after clipping; NaN where the step was refused, because some gradient was not finite',
};
const COMMON = { cell: 'lane', step: 'training steps done', t: 'timestep, from 1' };

/** A number with all its digits; what is none is NaN, Infinity or -Infinity. @param {number} value */
const written = (value) => (Object.is(value, -0) ? '-0' : String(value));

/** @param {Trace} trace @param {string} name @returns {Float64Array} */
const seriesOf = (trace, name) => /** @type {any} */ (trace)[name] ?? new Float64Array(0);

/** JSON knows no NaN and no Infinity: they stand as strings. @param {number} value */
const plain = (value) => (Number.isFinite(value) ? value : String(value));

/** @param {Traced} traced */
export function traceJson({ link, example, lanes }) {
  const whole = {
    format: 'gatescope-trace',
    version: 1,
    link,
    example,
    columns: { ...COMMON, ...TIMESTEP_COLUMNS, ...UNIT_COLUMNS },
    lanes: lanes.map(({ trace, ...lane }) => ({
      ...lane,
      steps: trace.steps,
      hiddenSize: trace.hiddenSize,
      loss: plain(trace.loss),
      timesteps: Object.fromEntries(Object.keys(TIMESTEP_COLUMNS).flatMap((name) => (seriesOf(trace, name).length ? [[name, Array.from(seriesOf(trace, name), plain)]] : []))),
      units: Object.fromEntries(Object.keys(UNIT_COLUMNS).flatMap((name) => (seriesOf(trace, name).length ? [[name, rowsOf(seriesOf(trace, name), trace.hiddenSize)]] : []))),
    })),
  };
  return `${JSON.stringify(whole)}\n`;
}

/** @param {Float64Array} values @param {number} width */
const rowsOf = (values, width) => Array.from({ length: values.length / width }, (_, t) => Array.from(values.subarray(t * width, (t + 1) * width), plain));

/** A field as RFC 4180 has it. @param {string} text */
const field = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/**
 * One row a timestep, or one a timestep and unit; empty where the cell has no such quantity.
 * @param {Traced} traced @param {'timesteps' | 'units'} kind
 */
export function traceCsv({ lanes }, kind) {
  const names = Object.keys(kind === 'units' ? UNIT_COLUMNS : TIMESTEP_COLUMNS);
  const rows = [[...Object.keys(COMMON), kind === 'units' ? 'unit' : 'token', ...names].join()];
  for (const { cell, step, tokens, trace } of lanes) {
    const columns = names.map((name) => seriesOf(trace, name));
    for (let t = 0; t < trace.steps; t++) {
      const units = kind === 'units' ? trace.hiddenSize : 1;
      for (let unit = 0; unit < units; unit++) {
        const key = kind === 'units' ? String(unit + 1) : field(tokens[t] ?? '');
        rows.push([cell, step, t + 1, key, ...columns.map((column) => (column.length ? written(column[t * units + unit]) : ''))].join());
      }
    }
  }
  return `${rows.join('\r\n')}\r\n`;
}

/** A lane's run: records of figures and of norms, and the parameters' names. @typedef {{ cell: string, parameters: string[], history: { data: ArrayLike<number>, length: number }, norms: { data: ArrayLike<number>, length: number, width: number } }} RunLane */

/** The records by their step. @param {{ data: ArrayLike<number>, length: number }} records @param {number} width */
function bySteps({ data, length }, width) {
  /** @type {Map<number, number>} */
  const places = new Map();
  for (let at = 0; at < length; at += width) places.set(data[at], at);
  return places;
}

/** One row a training step; empty where the cell has no such parameter, or the step was refused. @param {RunLane[]} lanes */
export function runCsv(lanes) {
  const figures = Object.keys(RUN_COLUMNS);
  const parameters = [...new Set(lanes.flatMap((lane) => lane.parameters.map(shortName)))];
  const rows = [['cell', 'step', ...figures, ...parameters.flatMap((name) => [`${name}.before`, `${name}.after`])].join()];
  for (const { cell, parameters: own, history, norms } of lanes) {
    const [told, normed] = [bySteps(history, HISTORY.width), bySteps(norms, Math.max(1, norms.width))];
    const columns = parameters.map((name) => own.findIndex((one) => shortName(one) === name));
    for (const step of [...new Set([...told.keys(), ...normed.keys()])].sort((a, b) => a - b)) {
      const [at, from] = [told.get(step), normed.get(step)];
      const said = figures.map((_, k) => (at === undefined ? '' : written(history.data[at + 1 + k])));
      const pairs = columns.flatMap((k) => (from === undefined || k < 0 ? ['', ''] : [written(norms.data[from + 1 + 2 * k]), written(norms.data[from + 2 + 2 * k])]));
      rows.push([cell, step, ...said, ...pairs].join());
    }
  }
  return `${rows.join('\r\n')}\r\n`;
}
