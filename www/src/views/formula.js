// @ts-check
// The equation that made one number, with the numbers put in; every symbol opens what it is made of, down to the input,
// and every gradient the ways on which it came. What a cell computes is read from its diagram.
import { html, mathml, nothing } from 'lit/html.js';
import { dotOf, evaluate, exact, expressionOf, isNamed, leafValue, leavesOf, pathsOf, signOf, summed } from '../draw/terms.js';
import { icon } from './icons.js';
import { gradientOf, letters, number, quantity, written } from './symbols.js';

/** @typedef {import('./view.js').Frame} Frame */
/** @typedef {import('../draw/terms.js').Explanation} Explanation */
/** @typedef {import('../draw/terms.js').Leaf} Leaf */
/** @typedef {import('../draw/terms.js').Path} Path */
/** What is opened inside the panel: which operand, and whether all of its terms are listed. @typedef {{ key: string, all: boolean }} Opened */
/**
 * @typedef {object} Shown
 * @property {string} lane @property {number} node @property {'forward' | 'backward'} way @property {number} step t @property {number} unit
 * @property {boolean} network whether there is one that can be taken apart
 * @property {Frame} frame @property {Explanation | null} explanation @property {boolean} canBack @property {Opened} opened
 */

/** Terms of a dot product that are listed before the others are summed. */
const MOST = 5;

/**
 * @param {Shown} shown
 * @param {{ dispatch: (action: import('./view.js').Action) => void, t: import('./view.js').Translate, open: (opened: Opened) => void }} hands
 */
export function formulaPanel(shown, { dispatch, t, open }) {
  const { lane, node, way, step, unit, frame, explanation, opened } = shown;
  const { diagram } = frame.info;
  const own = diagram.nodes[node];
  const exponent = explanation?.exponent ?? 0;
  const forward = way === 'forward';
  /** Lines of the copied text: name and value of every operand. @type {string[]} */
  const copied = [];
  /** What stands at the panel's end and at every term. @param {number} value @param {number} [scale] */
  const figure = (value, scale = 0) => html`<output data-value=${exact(value, scale)}>${t.figure(value, scale)}</output>`;
  const goTo = (/** @type {number} */ to, /** @type {{ later?: number, unit?: number, way?: 'forward' | 'backward' }} */ { later = 0, unit: other = unit, way: next = way } = {}) =>
    dispatch({ type: 'explain', node: diagram.nodes[to].name, way: next, lane, t: step + later, unit: other });
  const math = (/** @type {unknown} */ content, block = false) => html`<math display=${block ? 'block' : 'inline'}>${content}</math>`;

  return html`<div class="formula" data-node=${own.name} data-way=${way} data-t=${step} data-unit=${unit} data-lane=${lane} data-ready=${explanation !== null}>
    <header>
      ${shown.canBack ? html`<button class="square back" aria-label=${t('formula.back')} title=${t('formula.back')} @click=${() => dispatch({ type: 'explainBack' })}>${icon('previous')}</button>` : nothing}
      <h2 tabindex="-1">
        ${t.or(`node.${own.name}`, t.or(`channel.${own.name}`, own.name))}
        <span class="about">${t('formula.where', { cell: t.lane(lane), t: t.number(step), unit: t.number(unit + 1) })}</span>
      </h2>
      <button class="square" aria-label=${t('formula.copy')} title=${t('formula.copy')} ?disabled=${!explanation} @click=${() => dispatch({ type: 'copy', text: [heading(), ...copied].join('\n') })}>${icon('copy')}</button>
      <button class="square" aria-label=${t('formula.close')} title=${t('formula.close')} @click=${() => dispatch({ type: 'explainClose' })}>${icon('close')}</button>
    </header>
    <div class="tabs" role="group" aria-label=${t('formula.way')}>
      ${/** @type {const} */ (['forward', 'backward']).map(
        (name) => html`<button title=${t(`formula.${name}.about`)} aria-pressed=${name === way} ?disabled=${name === 'backward' && own.operation === 'slope'} @click=${() => goTo(node, { way: name })}>${t(`formula.${name}`)}</button>`,
      )}
    </div>
    ${forward ? forwards() : backwards()} ${explanation ? nothing : shown.network ? html`<p class="hint" role="status">${t('formula.waiting')}</p>` : html`<p class="hint">${t('formula.opening')}</p><button class="primary" @click=${() => dispatch({ type: 'network' })}>${t('formula.network')}</button>`}
  </div>`;

  function heading() {
    const { step: trained } = /** @type {{ step: number }} */ (/** @type {unknown} */ (explanation));
    return `${t.lane(lane)} ${forward ? '' : '∂L/∂'}${nameOf(node)}[${unit + 1}] t=${step} step=${trained}`;
  }
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
        ${math(mathml`${quantity(diagram, node)}<mo>=</mo>${written(expression, (leaf) => symbol(leaf))}`, true)}
        ${explanation && !source ? put(expression, (leaf, inside) => number(t.figure(valueOf(leaf), 0, 3), inside)) : nothing}
        <p class="result">= ${figure(value)}</p>
      </div>
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

    /** The equation with numbers; the terms of a sum may go on in the next line. @param {import('../draw/terms.js').Expression} whole @param {(leaf: Leaf, inside: boolean) => import('./symbols.js').Math} leaf */
    function put(whole, leaf) {
      const parts = whole.kind === 'add' ? whole.parts : [whole];
      return html`<div class="sum">${parts.map((part, k) => math(mathml`<mo>${k ? '+' : '='}</mo>${written(part, leaf, 1, k > 0)}`))}</div>`;
    }

    /** Where x comes from. */
    function from() {
      const tokens = frame.data('tokens');
      const text = frame.info.tokens[tokens[step - 1]];
      return html`<li class="hint">${text === undefined ? nothing : t('formula.token', { token: text })}</li>`;
    }
  }

  /** A symbol inside the equation opens what its line below opens. @param {Leaf} leaf */
  function symbol(leaf) {
    return pressable(`${leaf.kind}-${leaf.node}-${leaf.kind === 'node' ? '' : leaf.source}`, letters(diagram, leaf));
  }

  /** @param {string} key of the line below @param {import('./symbols.js').Math} content */
  function pressable(key, content) {
    const press = (/** @type {Event} */ event) => {
      const panel = /** @type {Element} */ (event.currentTarget).closest('.formula');
      /** @type {HTMLElement | null | undefined} */ (panel?.querySelector(`[data-key="${key}"] > button`))?.click();
    };
    return mathml`<mrow class="pressable" @click=${press}>${content}</mrow>`;
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
          ${paths.map((path, k) => math(mathml`${k ? mathml`<mo>+</mo>` : nothing}${pressable(`path-${k}`, pathMath(path))}`))}
        </div>
        ${paths.length > 1 ? html`<div class="sum">${paths.map((path, k) => math(mathml`<mo>${k ? '+' : '='}</mo>${number(t.figure(path.value, exponent), k > 0)}`))}</div>` : nothing}
        <p class="result">= ${explanation ? figure(total, exponent) : html`<output>${Number.isNaN(recorded) ? '' : t.magnitude(recorded)}</output>`}</p>
      </div>
      <ul class="operands">
        ${paths.map(pathRow)}
      </ul>
      ${explanation && !paths.length ? html`<p class="hint">${t('formula.noPath')}</p>` : nothing}`;
  }

  /** @param {Path} path */
  function pathMath(path) {
    if (path.kind === 'loss') return mathml`<msub><mrow><mo lspace="0" rspace="0">∂</mo><mi>L</mi></mrow><mtext>${t('formula.loss.index')}</mtext></msub>`;
    const later = path.later ? 1 : 0;
    const received = gradientOf(quantity(diagram, path.result, later));
    if (path.dot) {
      return mathml`<mrow><msubsup><mi>W</mi><mrow><mi mathvariant="normal">${node >= 0 && diagram.nodes[node].operation === 'input' ? 'i' : 'h'}</mi><mi mathvariant="normal">${diagram.nodes[path.node].symbol}</mi></mrow><mo>⊤</mo></msubsup>${received}</mrow>`;
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
        ? leavesOf(path.factor).map((leaf) => link(`${key}-factor`, math(mathml`<mo>×</mo>${written(/** @type {import('../draw/terms.js').Expression} */ (path.factor), (one) => letters(diagram, one, later), 2)}`), factor, 0, factorTarget(leaf, later)))
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
      target: null,
    });
  }

  /**
   * @param {{ index: number, weight: number, factor: number, value: number }[]} terms @param {number} scale of factor and value
   * @param {{ factor: (k: number) => import('./symbols.js').Math, target: null | ((k: number) => void) }} write
   */
  function termList(terms, scale, write) {
    const { shown: listed, count, rest } = summed(terms, opened.all ? terms.length : MOST);
    return html`<ul class="terms ${opened.all ? 'all' : ''}" tabindex=${opened.all ? 0 : nothing}>
      ${listed.map(({ index, weight, factor, value }) => {
        const content = html`<span class="factors">${figure(weight)} × ${figure(factor, scale)}</span>${math(write.factor(index))}${figure(value, scale)}`;
        const target = write.target;
        return html`<li class="term" data-index=${index}>${target ? html`<button @click=${() => target(index)}>${content}</button>` : html`<span class="row">${content}</span>`}</li>`;
      })}
      ${count ? html`<li class="term rest"><span class="row"><span>${t('formula.rest', { count: t.number(count) })}</span>${figure(rest, scale)}</span></li>` : nothing}
      ${terms.length > MOST + 1 ? html`<li><button class="link" @click=${() => open({ ...opened, all: !opened.all })}>${t(opened.all ? 'formula.fewer' : 'formula.all', { count: t.number(terms.length) })}</button></li>` : nothing}
    </ul>`;
  }

  /** An operand that opens in place. @param {string} key @param {unknown} label @param {number} value @param {number} scale @param {(() => unknown) | null} inside */
  function row(key, label, value, scale, inside) {
    const expanded = opened.key === key && inside !== null;
    return html`<li class="operand" data-key=${key}>
      <button aria-expanded=${expanded} ?disabled=${!inside} @click=${() => open({ key: expanded ? '' : key, all: false })}>${label}${explanation ? figure(value, scale) : nothing}<span class="fold">${icon(expanded ? 'previous' : 'next')}</span></button>
      ${expanded && inside ? inside() : nothing}
    </li>`;
  }

  /** An operand that is another quantity: the panel goes there. @param {string} key @param {unknown} label @param {number} value @param {number} scale @param {(() => void) | null} target */
  function link(key, label, value, scale, target) {
    const content = html`${label}${explanation ? figure(value, scale) : nothing}`;
    return target
      ? html`<li class="operand" data-key=${key}><button @click=${target}>${content}<span class="fold">${icon('next')}</span></button></li>`
      : html`<li class="operand plain" data-key=${key}>${content}</li>`;
  }
}
