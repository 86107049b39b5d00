// @ts-check
// What an equation is made of, read from a cell's diagram: pure, and without knowledge of any cell.
// An expression is a small tree of symbols; views turn it into MathML, once with letters and once with numbers.

/** @typedef {{ name: string, symbol: string, operation: string, inputs: number[], block: number | null, carries: number | null, at: [number, number] | null }} Node */
/** @typedef {{ nodes: readonly Node[] }} Diagram */
/** @typedef {{ node: number, input: number, source: number, values: ArrayLike<number> }} Edge */
/** @typedef {{ values: ArrayLike<number>[], gradients: ArrayLike<number>[], edges: Edge[] }} Moment */
/**
 * @typedef {object} Explanation
 * @property {number} t @property {number} unit @property {number} exponent
 * @property {Moment} now @property {Moment | null} next
 * @property {{ hidden: ArrayLike<number>, cell: ArrayLike<number> }} direct
 * @property {{ weights: ArrayLike<number>, errors: ArrayLike<number> }} readout
 * @property {{ rowIh: ArrayLike<number>, rowHh: ArrayLike<number>, biasIh: ArrayLike<number>, biasHh: ArrayLike<number>, columnIh: ArrayLike<number>, columnHh: ArrayLike<number> }} weights
 */
/**
 * A matrix times a vector, a bias, or a quantity.
 * @typedef {{ kind: 'product', node: number, source: number } | { kind: 'bias', node: number, source: number } | { kind: 'node', node: number }} Leaf
 */
/** @typedef {Leaf | { kind: 'call', name: string, of: Expression } | { kind: 'multiply' | 'add', parts: Expression[] } | { kind: 'complement', of: Expression } | { kind: 'slope', of: Expression, relu: boolean }} Expression */

/** Functions by the operation that they are. @type {Record<string, string>} */
const CALLS = { sigmoid: 'σ', tanh: 'tanh', relu: 'max0' };

/** Whether a quantity has a letter of its own. @param {Node} node */
export const isNamed = ({ symbol, operation }) => symbol !== '' && operation !== 'linear';

/** @param {Diagram} diagram @param {string} name */
export const nodeOf = (diagram, name) => diagram.nodes.findIndex((node) => node.name === name);

/**
 * How a quantity is made, down to quantities that have a letter; `brief`: sums of weights and inputs are not written out.
 * @param {Diagram} diagram @param {number} node @param {boolean} [brief] @returns {Expression}
 */
export function expressionOf(diagram, node, brief = false) {
  const { nodes } = diagram;
  const { operation, inputs } = nodes[node];
  const of = (/** @type {number} */ k) => (isNamed(nodes[inputs[k]]) || (brief && nodes[inputs[k]].operation === 'linear') ? /** @type {Expression} */ ({ kind: 'node', node: inputs[k] }) : expressionOf(diagram, inputs[k], brief));
  switch (operation) {
    case 'linear':
      return { kind: 'add', parts: inputs.flatMap((source) => [{ kind: 'product', node, source }, { kind: 'bias', node, source }]) };
    case 'multiply':
      return { kind: 'multiply', parts: [of(0), of(1)] };
    case 'add':
      return { kind: 'add', parts: [of(0), of(1)] };
    case 'complement':
      return { kind: 'complement', of: of(0) };
    case 'slope':
      return { kind: 'slope', of: of(0), relu: nodes[inputs[0]].operation === 'relu' };
    default:
      return operation in CALLS ? { kind: 'call', name: CALLS[operation], of: of(0) } : { kind: 'node', node };
  }
}

/** The leaves of an expression, left to right, each once. @param {Expression} expression @returns {Leaf[]} */
export function leavesOf(expression) {
  switch (expression.kind) {
    case 'product':
    case 'bias':
    case 'node':
      return [expression];
    case 'multiply':
    case 'add': {
      const leaves = expression.parts.flatMap(leavesOf);
      return leaves.filter((leaf, k) => leaves.findIndex((other) => sameLeaf(leaf, other)) === k);
    }
    default:
      return leavesOf(expression.of);
  }
}

/** @param {Leaf} a @param {Leaf} b */
const sameLeaf = (a, b) => a.kind === b.kind && a.node === b.node && (a.kind === 'node' || b.kind === 'node' || a.source === b.source);

/**
 * What an expression comes to when its leaves have these values.
 * @param {Expression} expression @param {(leaf: Leaf) => number} value @returns {number}
 */
export function evaluate(expression, value) {
  const of = (/** @type {Expression} */ part) => evaluate(part, value);
  switch (expression.kind) {
    case 'multiply':
      return expression.parts.map(of).reduce((a, b) => a * b);
    case 'add':
      return expression.parts.map(of).reduce((a, b) => a + b);
    case 'complement':
      return 1 - of(expression.of);
    case 'slope': {
      const y = of(expression.of);
      return expression.relu ? Number(y > 0) : 1 - y * y;
    }
    case 'call': {
      const x = of(expression.of);
      return expression.name === 'σ' ? 1 / (1 + Math.exp(-x)) : expression.name === 'tanh' ? Math.tanh(x) : Math.max(0, x);
    }
    default:
      return value(expression);
  }
}

/** @param {Diagram} diagram @param {number} source */
const isInput = (diagram, source) => diagram.nodes[source].operation === 'input';

/**
 * The dot product of the explained unit's row of weights and what they are multiplied by.
 * @param {Diagram} diagram @param {Explanation} explanation @param {number} node @param {number} source
 */
export function dotOf(diagram, { now, weights }, node, source) {
  const vector = now.values[source];
  const row = isInput(diagram, source) ? weights.rowIh : weights.rowHh;
  const first = (diagram.nodes[node].block ?? 0) * vector.length;
  return products(vector.length, (k) => row[first + k], (k) => vector[k]);
}

/** Terms of a dot product, the largest first, and their sum. @param {number} length @param {(k: number) => number} weight @param {(k: number) => number} factor */
export function products(length, weight, factor) {
  const terms = Array.from({ length }, (_, index) => ({ index, weight: weight(index), factor: factor(index), value: weight(index) * factor(index) }));
  return { terms: terms.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.index - b.index), sum: terms.reduce((sum, term) => sum + term.value, 0) };
}

/** Squares of a vector's components, the largest first, and their sum. @param {ArrayLike<number>} vector */
export function squares(vector) {
  const { terms, sum } = products(vector.length, (k) => vector[k], (k) => vector[k]);
  return { terms: terms.map(({ index, factor, value }) => ({ index, root: factor, value })), sum };
}

/** A leaf's value for the explained unit. @param {Diagram} diagram @param {Explanation} explanation @param {Leaf} leaf */
export function leafValue(diagram, explanation, leaf) {
  const { now, weights, unit } = explanation;
  if (leaf.kind === 'node') return now.values[leaf.node][unit];
  if (leaf.kind === 'product') return dotOf(diagram, explanation, leaf.node, leaf.source).sum;
  const block = diagram.nodes[leaf.node].block ?? 0;
  return (isInput(diagram, leaf.source) ? weights.biasIh : weights.biasHh)[block];
}

/**
 * A way on which a gradient comes to a quantity: the operation that reads it hands back ∂L/∂result times a factor, a matrix'
 * column in between where it is one (`dot`). `later`: the reader stands one timestep later. `result`: what has that gradient,
 * by a name that a reader knows.
 * @typedef {{ kind: 'edge', node: number, result: number, later: boolean, value: number, received: number, factor: Expression | null, dot: ReturnType<typeof products> | null }
 *   | { kind: 'loss', value: number, dot: ReturnType<typeof products> | null }} Path
 */

/**
 * All ways on which the gradient of a quantity comes to it, for the explained unit; their values add up to it.
 * @param {Diagram} diagram @param {Explanation} explanation @param {number} node
 * @returns {Path[]}
 */
export function pathsOf(diagram, explanation, node) {
  const { nodes } = diagram;
  const { now, next, unit, direct, readout } = explanation;
  /** @type {Path[]} */
  const paths = [];
  const carrier = nodes.findIndex((one) => one.carries === node);
  if (carrier >= 0) {
    const own = nodes[carrier].operation === 'previousCell' ? direct.cell : direct.hidden;
    const outputs = own === direct.hidden && readout.weights.length;
    if (own[unit] !== 0 || outputs) {
      paths.push({ kind: 'loss', value: own[unit], dot: outputs ? products(readout.weights.length, (k) => readout.weights[k], (k) => readout.errors[k]) : null });
    }
  }
  const add = (/** @type {Moment} */ moment, /** @type {number} */ source, /** @type {boolean} */ later) => {
    for (const edge of moment.edges) {
      if (edge.source !== source || nodes[edge.node].operation === 'slope') continue;
      const value = edge.values[unit];
      const result = throughSums(diagram, edge.node);
      if (nodes[edge.node].operation === 'linear') {
        paths.push({ kind: 'edge', node: edge.node, result, later, value, received: Number.NaN, factor: null, dot: columnOf(diagram, explanation, moment, edge.node, source) });
      } else {
        paths.push({ kind: 'edge', node: edge.node, result, later, value, received: moment.gradients[edge.node][unit], factor: factorOf(diagram, edge), dot: null });
      }
    }
  };
  add(now, node, false);
  if (carrier >= 0 && next) add(next, carrier, true);
  return paths;
}

/** A nameless quantity that is only added to something has that sum's gradient. @param {Diagram} diagram @param {number} node @returns {number} */
export function throughSums(diagram, node) {
  if (diagram.nodes[node].symbol !== '') return node;
  const readers = diagram.nodes.flatMap(({ inputs, operation }, k) => (inputs.includes(node) ? [{ k, operation }] : []));
  return readers.length === 1 && readers[0].operation === 'add' ? throughSums(diagram, readers[0].k) : node;
}

/** ∂result/∂input of an operation, as an expression; null where it is 1. @param {Diagram} diagram @param {Pick<Edge, 'node' | 'input'>} edge @returns {Expression | null} */
export function factorOf({ nodes }, { node, input }) {
  const { operation, inputs } = nodes[node];
  /** @type {Expression} */
  const itself = { kind: 'node', node };
  switch (operation) {
    case 'sigmoid':
      return { kind: 'multiply', parts: [itself, { kind: 'complement', of: itself }] };
    case 'tanh':
    case 'relu':
      return { kind: 'slope', of: itself, relu: operation === 'relu' };
    case 'multiply':
      return { kind: 'node', node: inputs[1 - input] };
    default:
      return null;
  }
}

/** −1 for what is taken from 1, else 1. @param {Diagram} diagram @param {number} node */
export const signOf = ({ nodes }, node) => (nodes[node].operation === 'complement' ? -1 : 1);

/** @param {Diagram} diagram @param {Explanation} explanation @param {Moment} moment @param {number} node @param {number} source */
function columnOf(diagram, { weights }, moment, node, source) {
  const deltas = moment.gradients[node];
  const column = isInput(diagram, source) ? weights.columnIh : weights.columnHh;
  const first = (diagram.nodes[node].block ?? 0) * deltas.length;
  return products(deltas.length, (k) => column[first + k], (k) => deltas[k]);
}

/** Largest terms first, the others summed. @template {{ value: number }} T @param {T[]} terms sorted @param {number} most */
export function summed(terms, most) {
  // One term alone needs as much room as the line that would stand for it.
  const shown = terms.length <= most + 1 ? terms : terms.slice(0, most);
  const rest = terms.slice(shown.length);
  return { shown, count: rest.length, rest: rest.reduce((sum, term) => sum + term.value, 0) };
}

/** 17 significant digits, also of what only mantissa and exponent can hold. @param {number} value @param {number} [exponent] binary */
export function exact(value, exponent = 0) {
  const whole = value * 2 ** exponent;
  // Where the product is a number without loss, it is that.
  if (exponent === 0 || value === 0 || !Number.isFinite(value) || (Number.isFinite(whole) && Math.abs(whole) > 1e-300)) return precise(whole);
  const log10 = Math.log10(Math.abs(value)) + exponent * Math.log10(2);
  const power = Math.floor(log10);
  return `${value < 0 ? '-' : ''}${precise(10 ** (log10 - power))}e${power < 0 ? power : `+${power}`}`;
}

/** @param {number} value */
const precise = (value) => (Number.isFinite(value) ? value.toPrecision(17) : String(value));
