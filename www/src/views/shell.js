// @ts-check
// The page's frame: where the panels sit, the playhead over all of them, dragging, the tooltip, the live region.
import { html, render } from 'lit/html.js';
import { timeAxis } from '../draw/scales.js';
import laneView from './lane.js';
import { changes } from './view.js';

/** @typedef {import('./view.js').Mounted} Mounted */
/** @typedef {import('./view.js').Frames} Frames */
/** @typedef {import('./view.js').State} State */

/** What the playhead's flag shows: symbols enter, the loss stands at T, the gradient returns. @type {Record<string, string>} */
const FLAGS = { forward: '▶', loss: 'L', backward: '◀', rest: '◀', inspect: '◆' };

/** Pointer travel after which a press is a drag and no longer a click. */
const DRAG_PX = 4;

/** @param {string} tag @param {string} className @param {HTMLElement} parent */
function make(tag, className, parent) {
  const el = document.createElement(tag);
  el.className = className;
  return parent.appendChild(el);
}

/**
 * @param {HTMLElement} root
 * @param {{ dispatch: (action: import('./view.js').Action) => void, t: import('./view.js').Translate }} hands
 * @param {import('./index.js').Places} panels what is shown, and where
 */
export function buildShell(root, { dispatch, t }, panels) {
  root.classList.add('gatescope');
  // On somebody else's page the landmarks are that page's own.
  const guest = root.getRootNode() instanceof ShadowRoot;
  const part = (/** @type {string} */ tag, /** @type {string} */ className) => {
    const el = make(guest ? 'div' : tag, className, root);
    if (guest) el.setAttribute('role', 'group');
    return el;
  };
  const top = part('header', 'place-top');
  const left = part('aside', 'place-left');
  const stage = part('main', 'stage');
  const right = part('aside', 'place-right');
  const bottom = part('footer', 'place-bottom');
  const present = make('div', 'place-present', root);

  const above = make('div', 'place-above', stage);
  const tabs = make('div', 'lane-tabs', stage);
  const plots = make('div', 'plots', stage);
  const lanesBox = make('div', 'lanes', plots);
  const strips = lanesBox.getElementsByClassName('strip');
  const below = make('div', 'place-below', plots);
  const rail = make('div', 'playhead-rail', plots);
  const head = make('div', 'playhead', rail);
  head.setAttribute('aria-hidden', 'true');
  const flag = make('span', 'playhead-flag', head);

  const map = make('div', 'place-map', stage);
  const training = make('div', 'place-training', stage);
  const cell = make('div', 'place-cell', stage);
  const code = make('div', 'place-code', stage);

  const over = make('div', 'place-over', root);
  const tooltip = make('div', 'tooltip', root);
  tooltip.setAttribute('role', 'tooltip');
  tooltip.hidden = true;
  const spoken = make('div', 'hidden', root);
  spoken.setAttribute('aria-live', 'polite');

  const context = { dispatch, t };
  const places = /** @type {const} */ ({ top, left, above, below, map, training, cell, code, right, bottom, present, over });
  /** @type {{ el: HTMLElement, id: string }[]} */
  const boxes = [];
  /** @type {Mounted[]} */
  const mounted = [];
  for (const [place, views] of Object.entries(panels)) {
    const box = places[/** @type {keyof typeof places} */ (place)];
    for (const view of views) {
      const el = make(view.id === 'gradients' || view.id === 'loss' ? 'section' : 'div', `view-${view.id}`, box);
      boxes.push({ el, id: view.id });
      mounted.push(view.mount(el, context));
    }
  }

  /** @type {Map<string, { el: HTMLElement, view: Mounted }>} */
  const lanes = new Map();
  /** The newest state, for the pointer. @type {{ frames: Frames, state: State } | null} */
  let shown = null;

  wirePointer();
  // A notice over the lanes, and a bar of more than one line, take their height from the strips, not from the chart below them.
  const measured = new ResizeObserver(() => {
    fitLabels();
    plots.style.setProperty('--above', `${above.offsetHeight}px`);
    root.style.setProperty('--top', `${top.offsetHeight}px`);
  });
  measured.observe(above);
  measured.observe(top);
  measured.observe(plots);

  const order = changes();
  const names = changes();
  const moved = changes();
  const counted = changes();
  const presented = changes();
  const framed = changes();
  return {
    /** @param {Frames} frames @param {State} state */
    draw(frames, state) {
      shown = { frames, state };
      if (order(state.order.join())) {
        plots.style.setProperty('--lanes', String(state.order.length));
        for (const [cell, { el, view }] of lanes) {
          if (state.order.includes(cell)) continue;
          view.dispose();
          el.remove();
          lanes.delete(cell);
        }
        for (const cell of state.order) {
          let entry = lanes.get(cell);
          if (!entry) {
            const el = make('section', '', lanesBox);
            lanes.set(cell, (entry = { el, view: laneView.mount(el, { ...context, lane: cell }) }));
          }
          lanesBox.appendChild(entry.el);
        }
      }
      if (names(t.language, state.ui.lane, state.ui.controlsOpen, state.order, state.ui.view, state.ui.mode, state.ui.controls, state.ui.hide)) {
        for (const { el, id } of boxes) el.hidden = state.ui.hide.includes(id);
        stage.setAttribute('aria-label', t('stage'));
        left.setAttribute('aria-label', t('settings'));
        right.setAttribute('aria-label', t('details'));
        root.classList.toggle('controls-open', state.ui.controlsOpen);
        root.dataset.lane = state.ui.lane;
        root.dataset.view = state.ui.view;
        root.dataset.ui = state.ui.mode;
        root.dataset.controls = state.ui.controls;
        for (const [view, el] of Object.entries({ map, training, cell, code })) el.hidden = state.ui.view !== view;
        render(
          state.order.map((cell) => html`<button aria-pressed=${cell === state.ui.lane} @click=${() => dispatch({ type: 'ui', change: { lane: cell } })}>${t.lane(cell)}</button>`),
          tabs,
        );
        tabs.setAttribute('role', 'group');
        tabs.setAttribute('aria-label', t('lanes.switch'));
      }
      if (presented(state.present.on, state.present.prediction !== null)) {
        root.classList.toggle('presenting', state.present.on);
        root.classList.toggle('predicting', state.present.prediction !== null);
        present.hidden = !state.present.on;
        // Nothing of the answer may be seen, focused or heard while the class still thinks.
        for (const el of stage.children) /** @type {HTMLElement} */ (el).inert = state.present.prediction !== null;
      }
      for (const view of mounted) view.draw(frames, state);
      for (const { view } of lanes.values()) view.draw(frames, state);
      const { lesson } = state.present;
      // What a lesson points at is framed; its strips may just have been built.
      if (framed(lesson, strips.length)) frame(lesson?.scenes[lesson.beat].highlight ?? null);
      // All strips share the height that is left, so that one unit is equally tall in every lane.
      if (counted(strips.length, t.language)) {
        plots.style.setProperty('--rows', String(Math.max(1, strips.length)));
        fitLabels();
      }

      const { steps, playhead } = frames.derived;
      if (moved(playhead, steps, state.player.phase)) {
        head.style.width = `${100 / steps}%`;
        head.style.transform = `translateX(${(playhead - 1) * 100}%)`;
        head.dataset.phase = state.player.phase;
        flag.textContent = FLAGS[state.player.phase];
      }
    },
    /** @param {string} text @param {number} x @param {number} y @param {boolean} [speak] */
    tip(text, x = 0, y = 0, speak = false) {
      tooltip.hidden = text === '';
      if (text === '') return;
      tooltip.textContent = text;
      // Positioned in the root, which may lie anywhere on a page, and be scrolled.
      const box = root.getBoundingClientRect();
      const half = tooltip.offsetWidth / 2;
      const at = Math.min(Math.max(x - box.left, half + 6), box.width - half - 6);
      tooltip.style.transform = `translate(${Math.round(at - half)}px, ${Math.round(Math.max(4, y - box.top - tooltip.offsetHeight - 8))}px)`;
      if (speak) spoken.textContent = text;
    },
    /** @param {string} text */
    say(text) {
      spoken.textContent = text;
    },
    dispose() {
      measured.disconnect();
      for (const view of mounted) view.dispose();
      for (const { view } of lanes.values()) view.dispose();
      lanes.clear();
      root.replaceChildren();
    },
  };

  /** Where a language has longer names for the strips, all of them begin where the longest name ends. */
  function fitLabels() {
    plots.style.removeProperty('--gutter-left');
    const wide = [...lanesBox.querySelectorAll('.strip-label')].filter((el) => el.scrollWidth > el.clientWidth);
    if (wide.length) plots.style.setProperty('--gutter-left', `${8 + Math.max(...wide.map((el) => el.scrollWidth))}px`);
  }

  /** @param {import('../lesson/scenes.js').Highlight | null} at */
  function frame(at) {
    for (const el of root.querySelectorAll('.framed')) el.classList.remove('framed');
    if (!at) return;
    const lane = at.lane && lanes.get(at.lane)?.el;
    const found = at.lane === null ? below : at.strip ? lane && lane.querySelector(`canvas[data-channel="${CSS.escape(at.strip)}"]`)?.closest('.strip') : lane;
    if (found) found.classList.add('framed');
  }

  /** A tile pins its unit everywhere and opens its equation; the pinned one lets go of both. @param {string} lane @param {string} channel @param {number} unit @param {boolean} again the playhead is there already */
  function pick(lane, channel, unit, again) {
    dispatch({ type: 'tile', lane, channel, unit, again });
  }

  /** Dragging anywhere over the time axis moves the playhead; a click on a tile also pins its unit. */
  function wirePointer() {
    /** @type {{ x: number, dragged: boolean, canvas: HTMLCanvasElement | null, chart: boolean } | null} */
    let press = null;
    const seek = (/** @type {PointerEvent} */ event) => {
      const box = rail.getBoundingClientRect();
      const t = timeAxis(shown?.frames.derived.steps ?? 1, box.left, box.right).at(event.clientX);
      const stays = t === shown?.state.player.t && shown.state.player.phase === 'inspect';
      if (!stays) dispatch({ type: 'seek', t });
      return stays;
    };
    stage.addEventListener('pointerdown', (event) => {
      const target = /** @type {Element} */ (event.target);
      const area = target.closest('.strip-plot, .tokens-plot, .gradient-plot, .playhead');
      if (event.button !== 0 || !area) return;
      const box = rail.getBoundingClientRect();
      if (event.clientX < box.left || event.clientX > box.right) return;
      press = { x: event.clientX, dragged: false, canvas: target.closest('canvas[data-channel]'), chart: Boolean(target.closest('.gradient-plot')) };
    });
    stage.addEventListener('pointermove', (event) => {
      if (!press) return;
      if (!press.dragged && Math.abs(event.clientX - press.x) > DRAG_PX) {
        press.dragged = true;
        stage.setPointerCapture(event.pointerId);
        stage.classList.add('dragging');
        dispatch({ type: 'tip', text: '' });
      }
      if (press.dragged) seek(event);
    });
    const release = (/** @type {PointerEvent} */ event) => {
      if (!press) return;
      const { dragged, canvas, chart } = press;
      press = null;
      stage.classList.remove('dragging');
      if (event.type === 'pointercancel' || dragged) return;
      const stays = seek(event);
      if (chart && shown) {
        // A bar's equation, in the lane whose bar it is: within a timestep they stand side by side.
        const { left, width } = rail.getBoundingClientRect();
        const { derived, lanes } = shown.frames;
        const drawn = shown.state.order.filter((cell) => lanes[cell]?.frame);
        const along = ((event.clientX - left) / width) * derived.steps;
        dispatch({ type: 'bar', lane: drawn[Math.floor((along % 1) * drawn.length)] });
      }
      if (!canvas) return;
      const box = canvas.getBoundingClientRect();
      const rows = Number(canvas.dataset.rows);
      const unit = Math.min(rows - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * rows)));
      pick(canvas.dataset.lane ?? '', canvas.dataset.channel ?? '', unit, stays);
    };
    stage.addEventListener('pointerup', release);
    stage.addEventListener('pointercancel', release);
  }
}
