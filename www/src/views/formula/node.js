// @ts-check
// The number of one unit at one operation of a cell: what made it, and the ways on which its gradient came. What a cell
// computes is read from its diagram.
import { html, mathml, nothing } from 'lit/html.js';
import { dominant } from '../../draw/stepBack.js';
import { dotOf, evaluate, exact, expressionOf, isNamed, leafValue, leavesOf, nodeOf, pathsOf, signOf } from '../../draw/terms.js';
import { between, gradientOf, letters, number, pieces, quantity, written } from '../symbols.js';
import { transposed } from './notation.js';

/** @typedef {import('../../draw/terms.js').Explanation} Explanation */
/** @typedef {import('../../draw/terms.js').Leaf} Leaf */
/** @typedef {import('../../draw/terms.js').Path} Path */

/** `{ kind: 'node', node: its name }` @type {import('./panel.js').Kind} */
export function node(kit) {
  const { t, copied, figure, math, pressable, termList, row, link } = kit;
  const { lane, of, step, unit, frame, explanation } = kit.shown;
  const { diagram } = frame.info;
  const node = nodeOf(diagram, of.node);
  if (node < 0) return null;
  const own = diagram.nodes[node];
  const exponent = explanation?.exponent ?? 0;
  /** @param {number} to @param {import('./kit.js').Where} [where] */
  const goTo = (to, where) => kit.goTo(diagram.nodes[to].name, where);

  return {
    title: t.or(`node.${own.name}`, t.or(`channel.${own.name}`, own.name)),
    where: t('formula.where', { cell: t.lane(lane), t: t.number(step), unit: t.number(unit + 1) }),
    plain: `${nameOf(node)}[${unit + 1}]`,
    forward: forwards,
    backward: own.operation === 'slope' ? null : backwards,
  };

  /** A name for plain text. @param {number} k */
  function nameOf(k) {
    const { name, symbol, carries } = diagram.nodes[k];
    return symbol && isNamed(diagram.nodes[k]) ? `${symbol}${carries === null ? '' : '(t-1)'}` : name;
  }

  /** The equation, then every operand with what it is made of. */
  function forwards() {
    const expression = expressionOf(diagram, node);
    const source = own.operation === 'input' || own.carries !== null;
    const value = explanation?.now.values[node][unit] ?? frame.at(own.name, step, unit);
    const leaves = source ? [] : leavesOf(expression);
    const valueOf = (/** @type {Leaf} */ leaf) => (explanation ? leafValue(diagram, explanation, leaf) : Number.NaN);
    copied.push(`= ${exact(value)}`, ...leaves.map((leaf) => `${plain(leaf)} = ${exact(valueOf(leaf))}`));
    return html`<div class="equation">
        ${line(mathml`${quantity(diagram, node)}<mo>=</mo>`, (leaf) => symbol(leaf))}
        ${explanation && !source ? line(mathml`<mo>=</mo>`, (leaf, inside) => number(t.figure(valueOf(leaf), 0, 3), inside)) : nothing}
        <p class="result">= ${figure(value)}</p>
      </div>
      ${explanation && !source ? most(leaves, valueOf) : nothing}
      <ul class="operands">
        ${leaves.map((leaf) => {
          const key = `${leaf.kind}-${leaf.node}-${leaf.kind === 'node' ? '' : leaf.source}`;
          if (leaf.kind === 'product') return row(key, math(letters(diagram, leaf)), valueOf(leaf), 0, explanation ? () => dotTerms(leaf) : null);
          if (leaf.kind === 'bias') return html`<li class="operand plain" data-key=${key}>${math(letters(diagram, leaf))}${explanation ? figure(valueOf(leaf)) : nothing}</li>`;
          const { carries } = diagram.nodes[leaf.node];
          const target = carries === null ? () => goTo(leaf.node) : () => goTo(carries, { later: -1 });
          // There is no timestep before the first: its state is the initial one.
          return link(key, math(letters(diagram, leaf)), valueOf(leaf), 0, carries !== null && step === 1 ? null : target);
        })}
        ${source ? from() : nothing}
      </ul>`;

    /** The equation, its leaves written by `leaf`. @param {import('../symbols.js').Math} before @param {(leaf: Leaf, inside: boolean) => import('../symbols.js').Math} leaf */
    function line(before, leaf) {
      return html`<div class="sum">${between(before, pieces(expression, leaf)).map((piece) => math(piece))}</div>`;
    }

    /** Where x comes from. */
    function from() {
      const tokens = frame.data('tokens');
      const text = frame.info.tokens[tokens[step - 1]];
      return html`<li class="hint">${text === undefined ? nothing : t('formula.token', { token: text })}</li>`;
    }
  }

  /** In words: whether input, state or biases make most of the sum under a gate. @param {Leaf[]} leaves @param {(leaf: Leaf) => number} valueOf */
  function most(leaves, valueOf) {
    const groups = /** @type {const} */ (['input', 'hidden', 'bias']).map((name) => ({ name, value: 0 }));
    for (const leaf of leaves) {
      if (leaf.kind === 'node') return nothing;
      groups[leaf.kind === 'bias' ? 2 : diagram.nodes[leaf.source].operation === 'input' ? 0 : 1].value += valueOf(leaf);
    }
    const found = dominant(groups);
    return found ? html`<p class="hint said">${t('formula.most', { name: t(`formula.most.${found.term.name}`), value: t.figure(found.term.value, 0, 3), sum: t.figure(found.sum, 0, 3) })}</p>` : nothing;
  }

  /** A symbol inside the equation opens what its line below opens. @param {Leaf} leaf */
  function symbol(leaf) {
    return pressable(`${leaf.kind}-${leaf.node}-${leaf.kind === 'node' ? '' : leaf.source}`, letters(diagram, leaf));
  }

  /** @param {Leaf} leaf */
  function plain(leaf) {
    if (leaf.kind === 'node') return nameOf(leaf.node);
    const of = diagram.nodes[leaf.source].operation === 'input' ? 'i' : 'h';
    const weight = `${leaf.kind === 'bias' ? 'b' : 'W'}_${of}${diagram.nodes[leaf.node].symbol}`;
    return leaf.kind === 'bias' ? weight : `${weight}·${nameOf(leaf.source)}`;
  }

  /** The terms of a row of weights. @param {Extract<Leaf, { kind: 'product' }>} leaf */
  function dotTerms(leaf) {
    const { terms } = dotOf(diagram, /** @type {Explanation} */ (explanation), leaf.node, leaf.source);
    const { carries } = diagram.nodes[leaf.source];
    const tokens = carries === null && frame.info.tokens.length === terms.length ? frame.info.tokens : null;
    const target = carries === null || step === 1 ? null : (/** @type {number} */ k) => goTo(carries, { later: -1, unit: k });
    return termList(terms, 0, {
      factor: (k) => mathml`<mrow>${quantity(diagram, leaf.source)}<mo>[</mo>${tokens ? mathml`<mtext>${tokens[k]}</mtext>` : mathml`<mn>${k + 1}</mn>`}<mo>]</mo></mrow>`,
      target,
    });
  }

  /** The gradient as the sum of its ways. */
  function backwards() {
    const paths = explanation ? pathsOf(diagram, explanation, node) : [];
    const total = explanation?.now.gradients[node][unit] ?? Number.NaN;
    copied.push(`= ${exact(total, exponent)}`, ...paths.map((path) => `${path.kind === 'loss' ? 'loss' : `via ${nameOf(path.node)}${path.later ? '(t+1)' : ''}`} = ${exact(path.value, exponent)}`));
    const recorded = frame.channel(`${own.name === 'cellState' ? 'cell' : own.name}Gradient`) ? frame.at(`${own.name === 'cellState' ? 'cell' : own.name}Gradient`, step, unit) : Number.NaN;
    return html`<div class="equation">
        <div class="sum">
          ${math(mathml`${gradientOf(quantity(diagram, node))}<mo>=</mo>${paths.length ? nothing : mathml`<mo>…</mo>`}`)}
          ${paths.map((path, k) => math(mathml`${k ? mathml`<mo form="infix">+</mo>` : nothing}${pressable(`path-${k}`, pathMath(path))}`))}
        </div>
        ${paths.length > 1 ? html`<div class="sum">${paths.map((path, k) => math(mathml`<mo form="infix">${k ? '+' : '='}</mo>${number(t.figure(path.value, exponent), k > 0)}`))}</div>` : nothing}
        <p class="result">= ${explanation ? figure(total, exponent) : html`<output>${Number.isNaN(recorded) ? '' : t.magnitude(recorded)}</output>`}</p>
      </div>
      <ul class="operands">
        ${paths.map(pathRow)}
      </ul>
      ${explanation && !paths.length ? html`<p class="hint">${t('formula.noPath')}</p>` : nothing}`;
  }

  /** @param {Path} path */
  function pathMath(path) {
    if (path.kind === 'loss' && path.dot) return mathml`<mrow><msubsup><mi>W</mi><mi mathvariant="normal">fc</mi><mo>⊤</mo></msubsup>${gradientOf(mathml`<mi>y</mi>`)}</mrow>`;
    if (path.kind === 'loss') return mathml`<msub><mrow><mo lspace="0" rspace="0">∂</mo><mi>L</mi></mrow><mtext>${t('formula.loss.index')}</mtext></msub>`;
    const later = path.later ? 1 : 0;
    const received = gradientOf(quantity(diagram, path.result, later));
    if (path.dot) {
      return mathml`<mrow>${transposed(diagram.nodes[node].operation === 'input' ? 'i' : 'h', diagram.nodes[path.node].symbol)}${received}</mrow>`;
    }
    const sign = signOf(diagram, path.node) < 0 ? mathml`<mo>−</mo>` : nothing;
    return mathml`<mrow>${sign}${received}${path.factor ? mathml`<mo>⊙</mo>${written(path.factor, (leaf) => letters(diagram, leaf, later), 2)}` : nothing}</mrow>`;
  }

  /** @param {Path} path @param {number} k */
  function pathRow(path, k) {
    const key = `path-${k}`;
    const moment = explanation && (path.kind === 'edge' && path.later ? explanation.next : explanation.now);
    if (path.kind === 'loss') return path.dot ? row(key, math(pathMath(path)), path.value, exponent, () => lossTerms(path)) : html`<li class="operand plain" data-key=${key}>${math(pathMath(path))}${figure(path.value, exponent)}</li>`;
    const later = path.later ? 1 : 0;
    if (path.dot) {
      return row(key, math(pathMath(path)), path.value, exponent, () =>
        termList(/** @type {NonNullable<typeof path.dot>} */ (path.dot).terms, exponent, {
          factor: (j) => mathml`<mrow>${gradientOf(quantity(diagram, path.node, later))}<mo>[</mo><mn>${j + 1}</mn><mo>]</mo></mrow>`,
          target: (j) => goTo(path.node, { later, unit: j }),
        }),
      );
    }
    // Two factors: the gradient of the result, and the derivative of the operation.
    const factor = (path.factor && moment ? evaluate(path.factor, (leaf) => moment.values[leaf.node][unit]) : 1) * signOf(diagram, path.node);
    const held = path.value === 0 && path.received !== 0 && factor !== 0;
    return row(key, math(pathMath(path)), path.value, exponent, () => html`<ul class="terms">
      ${link(`${key}-received`, math(gradientOf(quantity(diagram, path.result, later))), path.received, exponent, () => goTo(path.result, { later }))}
      ${path.factor
        ? leavesOf(path.factor).map((leaf) => link(`${key}-factor`, math(mathml`<mo>×</mo>${written(/** @type {import('../../draw/terms.js').Expression} */ (path.factor), (one) => letters(diagram, one, later), 2)}`), factor, 0, factorTarget(leaf, later)))
        : html`<li class="operand plain">${math(mathml`<mo>×</mo>`)}${figure(factor)}</li>`}
      ${held ? html`<li class="hint">${t('formula.held')}</li>` : nothing}
    </ul>`);
  }

  /** @param {Leaf} leaf @param {number} later */
  function factorTarget(leaf, later) {
    const { carries } = diagram.nodes[leaf.node];
    if (carries !== null && step + later === 1) return null;
    return carries === null ? () => goTo(leaf.node, { later, way: 'forward' }) : () => goTo(carries, { later: later - 1, way: 'forward' });
  }

  /** @param {Extract<Path, { kind: 'loss' }>} path */
  function lossTerms(path) {
    const { classes } = frame.info;
    return termList(/** @type {NonNullable<typeof path.dot>} */ (path.dot).terms, exponent, {
      factor: (k) => gradientOf(mathml`<msub><mi>y</mi><mtext>${t.or(`class.${classes[k]}`, classes[k] ?? String(k + 1))}</mtext></msub>`),
      target: (k) => kit.explain({ kind: 'readout', k }, { way: 'backward' }),
    });
  }
}
