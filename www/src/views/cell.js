// @ts-check
// One timestep of every lane as the diagram of its cell: the vectors that flow, operation by operation, and the gradients on
// their way back through the same wires. What a cell is made of is read from its diagram, the numbers from its explanation.
import { html, mathml, nothing, render } from 'lit/html.js';
import { fitCanvas, readTheme, watchSize } from '../draw/canvas.js';
import { layoutOf, log10Norm, meanOf, operationsOf, progressOf, widthOf } from '../draw/cellDiagram.js';
import { gridOf, paintCell } from '../draw/cellPaint.js';
import { colourOf, isHeatKind } from '../draw/colour.js';
import { expressionOf } from '../draw/terms.js';
import { icon } from './icons.js';
import { briefly, gradientInline, quantity, written } from './symbols.js';
import { changes, putAt } from './view.js';

/** @typedef {import('./view.js').LaneData} LaneData */
/** @typedef {import('./view.js').State} State */
/** @typedef {import('../engine/explanation.js').Explanation} Explanation */
/** @typedef {ReturnType<typeof progressOf>} Progress */

/** @type {import('./view.js').View} */
export default {
  id: 'cell',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('cell-view');
    el.setAttribute('role', 'region');
    const head = el.appendChild(document.createElement('header'));
    const row = el.appendChild(document.createElement('div'));
    row.className = 'cell-row';
    /** @type {Map<string, ReturnType<typeof createDiagram>>} */
    const shown = new Map();
    const changed = changes();
    return {
      draw({ lanes }, state) {
        const { ui, order, player } = state;
        if (ui.view !== 'cell') return;
        const infos = order.flatMap((cell) => (lanes[cell]?.frame ? [lanes[cell].frame.info] : []));
        const longest = Math.max(0, ...infos.map(({ diagram }) => operationsOf(diagram).length));
        const all = player.phase === 'backward' || player.phase === 'rest' ? 2 * longest : longest;
        const position = Math.min(ui.operation ?? all, 2 * longest);
        if (changed(t.language, player.t, position, ui.operation, ui.formula, longest, state.source, order)) renderHead(state, position, longest);
        for (const [cell, one] of shown) {
          if (order.includes(cell)) continue;
          one.dispose();
          shown.delete(cell);
        }
        // Few units are written as numbers, which need their room.
        row.classList.toggle('few', infos.some(({ layout }) => layout.hiddenSize > 1 && layout.hiddenSize <= 4));
        for (const [place, cell] of order.entries()) {
          let one = shown.get(cell);
          if (!one) shown.set(cell, (one = createDiagram(row, cell)));
          putAt(row, place, one.el);
          one.el.hidden = false;
          one.el.classList.toggle('other', cell !== ui.lane);
          one.draw(lanes[cell], state, position, longest);
        }
      },
      dispose() {
        for (const one of shown.values()) one.dispose();
        el.replaceChildren();
      },
    };

    /** @param {State} state @param {number} position @param {number} longest */
    function renderHead({ ui, player, order }, position, longest) {
      const backward = position > longest;
      const move = (/** @type {{ to: number } | { by: number }} */ where) => () => dispatch({ type: 'operation', ...where });
      el.setAttribute('aria-label', t.landmark('cellView.title', { t: t.number(player.t) }));
      render(
        html`<h2>${t('cellView.title', { t: t.number(player.t) })}</h2>
          <div class="tabs cell-switch" role="group" aria-label=${t('lanes.switch')}>
            ${order.map((cell) => html`<button aria-pressed=${cell === ui.lane} @click=${() => dispatch({ type: 'ui', change: { lane: cell } })}>${t.lane(cell)}</button>`)}
          </div>
          <div class="operations" role="group" aria-label=${t('cellView.operations')}>
            <button class="square" aria-label=${t('cellView.previous')} title=${t('cellView.previous')} aria-keyshortcuts="ArrowLeft" ?disabled=${position === 0} @click=${move({ by: -1 })}>${icon('previous')}</button>
            <output>${ui.operation === null ? t(backward ? 'cellView.whole.backward' : 'cellView.whole.forward') : t(backward ? 'cellView.at.backward' : 'cellView.at.forward', { n: t.number(backward ? position - longest : position), count: t.number(longest) })}</output>
            <button class="square" aria-label=${t('cellView.next')} title=${t('cellView.next')} aria-keyshortcuts="ArrowRight" ?disabled=${position === 2 * longest} @click=${move({ by: 1 })}>${icon('next')}</button>
            <button aria-pressed=${position === longest} @click=${move({ to: longest })}>${t('cellView.forward')}</button>
            <button aria-pressed=${position === 2 * longest} @click=${move({ to: 2 * longest })}>${t('cellView.backward')}</button>
          </div>
          <span class="about">${t('cellView.about')}</span>`,
        head,
      );
    }

    /** @param {HTMLElement} parent @param {string} cell */
    function createDiagram(parent, cell) {
      const figure = parent.appendChild(document.createElement('figure'));
      figure.dataset.cell = cell;
      const title = figure.appendChild(document.createElement('h3'));
      const plot = figure.appendChild(document.createElement('div'));
      plot.className = 'cell-plot';
      const canvas = plot.appendChild(document.createElement('canvas'));
      canvas.setAttribute('aria-hidden', 'true');
      const buttons = plot.appendChild(document.createElement('div'));
      const caption = figure.appendChild(document.createElement('figcaption'));
      caption.setAttribute('aria-live', 'polite');
      const { size, dispose } = watchSize(plot);
      const drawn = changes();
      return {
        el: figure,
        /** @param {LaneData | undefined} data @param {State} state @param {number} position @param {number} longest */
        draw(data, { ui, player, source }, position, longest) {
          const { frame, explanation } = data ?? { frame: null, explanation: null };
          if (size.width < 1 || !drawn(frame, data?.version, explanation, position, longest, ui.unit, ui.theme, ui.operation, ui.formula, ui.lane, t.language, size.width, size.height, player.t, source)) return;
          render(html`<i class="lane-mark" data-cell=${cell}></i>${t.lane(cell)}`, title);
          const g = fitCanvas(canvas, size.width, size.height);
          if (!g || !frame) return;
          const { diagram } = frame.info;
          const layout = layoutOf(diagram);
          const progress = progressOf(diagram, position, longest);
          // Of the timestep before the playhead moved it is still on its way.
          const here = explanation && explanation.now.values.length === diagram.nodes.length ? explanation : null;
          figure.dataset.t = here ? String(here.t) : '';
          figure.dataset.way = progress.way;
          const theme = readTheme(figure);
          paintCell(g, { width: size.width, height: size.height, layout, theme, unit: ui.unit, ...pictureOf(frame, here, ui.operation === null ? { ...progress, now: null } : progress, t) });
          const grid = gridOf(size.width, size.height, layout);
          const open = (/** @type {number} */ node) => () => dispatch({ type: 'explain', of: { kind: 'node', node: diagram.nodes[node].name }, way: progress.way, lane: cell, unit: ui.unit ?? 0, anew: true });
          render(
            layout.nodes.map(({ node }) => html`<button class="operation" data-node=${diagram.nodes[node].name} aria-label=${told(frame, here, node)} title=${told(frame, here, node)} aria-current=${progress.now === node && ui.operation !== null ? 'step' : nothing} aria-pressed=${ui.lane === cell && ui.formula?.of.node === diagram.nodes[node].name} @click=${open(node)}></button>`),
            buttons,
          );
          // Through CSSOM: the CSP allows no style attributes.
          layout.nodes.forEach(({ at }, k) => {
            const [x, y] = grid.at(at);
            const side = Math.max(24, 2 * grid.radius);
            Object.assign(/** @type {HTMLElement} */ (buttons.children[k]).style, { left: `${x - side / 2}px`, top: `${y - side / 2}px`, width: `${side}px`, height: `${side}px` });
          });
          render(captionOf(frame, here, progress, ui.operation !== null, source), caption);
        },
        dispose() {
          dispose();
          figure.remove();
        },
      };
    }

    /** A node in words: its name, how large it is, and its gradient. @param {import('./view.js').Frame} frame @param {Explanation | null} explanation @param {number} node */
    function told(frame, explanation, node) {
      const { name, carries } = frame.info.diagram.nodes[node];
      const text = t.or(`node.${name}`, t.or(`channel.${name}`, name));
      if (!explanation) return text;
      const { now, exponent } = explanation;
      const values = now.values[node];
      const parts = { name: text, value: values.length === 1 ? t.figure(values[0]) : t.magnitude(log10Norm(values)), gradient: t.magnitude(log10Norm(now.gradients[node], exponent)) };
      return t(values.length === 1 ? 'cellView.scalar' : carries === null ? 'cellView.node' : 'cellView.carried', parts);
    }

    /** The operation that is being done, as an equation. @param {import('./view.js').Frame} frame @param {Explanation | null} explanation @param {Progress} progress @param {boolean} stepping @param {string} source */
    function captionOf(frame, explanation, { now, way }, stepping, source) {
      const { diagram } = frame.info;
      if (!explanation) return source === 'live' ? t('formula.waiting') : html`${t('formula.opening')} <button class="primary" @click=${() => dispatch({ type: 'network' })}>${t('formula.network')}</button>`;
      if (now === null || !stepping) return t(now === null ? 'cellView.begin' : `cellView.all.${way}`);
      const left = quantity(diagram, now);
      return html`${told(frame, explanation, now)}
        <math>${way === 'forward' ? mathml`${left}<mo>=</mo>${written(expressionOf(diagram, now, true), (leaf) => briefly(diagram, leaf))}` : gradientInline(left)}</math>`;
    }
  },
};

/**
 * What the painter asks for, from the numbers of one timestep.
 * @param {import('./view.js').Frame} frame @param {Explanation | null} explanation @param {Progress} progress @param {import('./view.js').Translate} t
 * @returns {Pick<import('../draw/cellPaint.js').Picture, 'node' | 'wire' | 'exit' | 'bus' | 'back'>}
 */
function pictureOf(frame, explanation, { way, done, now }, t) {
  const { diagram, layout } = frame.info;
  const { nodes } = diagram;
  const back = way === 'backward';
  const norms = frame.data('hiddenGradientLog10');
  const end = Number.isFinite(norms[norms.length - 1]) ? norms[norms.length - 1] : 0;
  const exponent = explanation?.exponent ?? 0;
  // The lowest layer sees tokens.
  const token = explanation && diagram.inputSize === frame.info.tokens.length ? (frame.info.tokens[frame.data('tokens')[explanation.t - 1]] ?? '') : '';
  /** The scale of a quantity: that of its strip, where it has one. @param {number} node @returns {import('../draw/colour.js').HeatKind} */
  const kindOf = (node) => {
    const { carries, name, operation } = nodes[node];
    const channel = layout.channels.find((one) => one.name === (carries === null ? name : nodes[carries].name));
    if (channel && isHeatKind(channel.kind)) return channel.kind;
    return operation === 'sigmoid' || operation === 'complement' ? 'gate' : operation === 'linear' || operation === 'add' ? 'state' : 'signed';
  };
  /** @param {ArrayLike<number>} values @param {number} node @returns {import('../draw/cellPaint.js').Carried} */
  const forwards = (values, node) => ({ values, colour: (value) => colourOf(kindOf(node), value), text: (value) => t.figure(value, 0, 2), width: widthOf.forward(values) });
  /** @param {ArrayLike<number>} values @returns {import('../draw/cellPaint.js').Carried} */
  const backwards = (values) => ({
    values,
    colour: (value) => colourOf('gradient', Math.log10(Math.abs(value)) + exponent * Math.log10(2), end),
    text: (value) => t.figure(value, exponent, 2),
    width: widthOf.backward(values, exponent),
  });
  const isThere = (/** @type {number} */ node) => nodes[node].inputs.length === 0 || back || done.has(node);
  return {
    back,
    node(node) {
      const { operation, symbol, carries, block } = nodes[node];
      const isDone = nodes[node].inputs.length === 0 ? !back || nodes.some(({ inputs }, k) => inputs.includes(node) && done.has(k)) : done.has(node);
      const values = explanation?.now.values[node];
      const isSource = nodes[node].inputs.length === 0;
      const gate = operation === 'sigmoid' && block !== null && values;
      return {
        label: isSource ? `${symbol}${carries === null ? 'ₜ' : 'ₜ₋₁'}` : operation !== 'linear' && block !== null ? symbol : '',
        // In quotation marks: the symbol c is not the cell state.
        beside: isSource ? (carries === null && token ? t('cellView.token', { token }) : '') : operation !== 'linear' && block === null ? symbol : '',
        operation,
        open: gate ? meanOf(values) : null,
        state: node === now ? 'now' : isDone && explanation ? 'done' : 'idle',
      };
    },
    wire({ node, input, source }) {
      if (!explanation) return null;
      if (!back) return isThere(source) && (done.has(node) || isThere(source)) ? forwards(explanation.now.values[source], source) : null;
      const edge = explanation.now.edges.find((one) => one.node === node && one.input === input);
      return edge && done.has(node) ? backwards(edge.values) : null;
    },
    bus(source) {
      if (!explanation) return null;
      if (!back) return forwards(explanation.now.values[source], source);
      const readers = nodes.flatMap(({ inputs, at }, k) => (at && inputs.includes(source) ? [k] : []));
      return readers.every((reader) => done.has(reader)) ? backwards(explanation.now.gradients[source]) : null;
    },
    exit(node) {
      if (!explanation) return null;
      if (!back) return done.has(node) ? forwards(explanation.now.values[node], node) : null;
      const carrier = nodes.findIndex(({ carries }) => carries === node);
      // What comes back from the timestep after; at the end, what the loss hands in.
      if (explanation.next) return backwards(explanation.next.gradients[carrier]);
      return backwards(nodes[carrier].operation === 'previousCell' ? explanation.direct.cell : explanation.direct.hidden);
    },
  };
}
