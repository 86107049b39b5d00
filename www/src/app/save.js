// @ts-check
// Files that a reader takes along: made here when they are asked for, handed to the browser as downloads.
import { readTheme } from '../draw/canvas.js';
import { runCsv, traceCsv, traceJson } from '../draw/numbers.js';
import { drawFigure, figureOf } from './figure.js';
import { recordSweep } from './sweep.js';

/**
 * @typedef {{ what: 'text', name: string, text: string } | { what: 'weights', name: string, lane: string }
 *   | { what: 'figure', kind: 'svg' | 'png' } | { what: 'numbers', kind: 'json' | 'timesteps' | 'units' | 'steps' } | { what: 'sweep' }} Wanted
 */
/** @typedef {import('./hands.js').App} App */
/** What a file is made with. @typedef {Pick<App, 'get' | 'dispatch' | 'lanes' | 'signal'> & { hands: import('./hands.js').Hands, root: HTMLElement, t: import('../i18n/index.js').Translate, page: string | null, now: () => number, link: () => string, isTraining: () => boolean, steps: () => number, player: typeof import('../state/player.js') }} Tools */

/** Long enough for a browser to have taken the file. */
const KEPT_MS = 60_000;

/** @param {string} name @param {BlobPart} content @param {string} type */
function download(name, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
  return name;
}

/** What is on the screen, once there is something. @param {Tools} tools */
async function shownBy({ root, t, hands, get, lanes, link, page }) {
  await hands.exportFigure('svg');
  return { root, t, state: get(), lanes, link: link(), page };
}

/** Every lane's trace, as it is when training rests. @param {Tools} tools @returns {Promise<import('../draw/numbers.js').Traced>} */
async function tracedBy({ hands, get, dispatch, lanes: data, link, isTraining }) {
  if (isTraining()) dispatch({ type: 'stop' });
  /** @type {import('../draw/numbers.js').TracedLane[]} */
  const lanes = [];
  for (const cell of get().order) {
    const trace = await hands.getTrace({ lane: cell });
    const { info, status } = get().lanes[cell];
    if (!info) continue;
    const frame = data[cell]?.frame;
    const ids = frame && frame.info.layout.steps === trace.steps ? Array.from(frame.data('tokens')) : [];
    lanes.push({ cell, step: status.step, experiment: info.experiment, tokens: ids.map((id) => info.tokens[id]), classes: info.classes, trace });
  }
  return { link: link(), example: get().ui.example, lanes };
}

/** Every lane's run so far. The opening's is not told: its network is trained again first. @param {Tools} tools @returns {Promise<import('../draw/numbers.js').RunLane[]>} */
async function runsBy({ hands, get, lanes: data }) {
  if (get().source === 'opening') await hands.getTrace();
  return get().order.flatMap((cell) => {
    const { info } = get().lanes[cell];
    return info ? [{ cell, parameters: info.layout.parameters, history: data[cell].history, norms: data[cell].norms }] : [];
  });
}

/**
 * @param {Wanted} wanted @param {Tools} tools
 * @returns {Promise<string | null>} the file's name; null when it was given up
 */
export async function save(wanted, tools) {
  switch (wanted.what) {
    case 'text':
      return download(wanted.name, wanted.text, 'text/x-python;charset=utf-8');
    case 'weights': {
      const bytes = await tools.hands.exportWeights({ lane: wanted.lane });
      return download(wanted.name, /** @type {Uint8Array<ArrayBuffer>} */ (bytes), 'application/octet-stream');
    }
    case 'figure': {
      const { name, content } = await drawFigure(wanted.kind, await shownBy(tools));
      return download(`gatescope-${name}.${wanted.kind}`, content, wanted.kind === 'svg' ? 'image/svg+xml' : 'image/png');
    }
    case 'numbers': {
      if (wanted.kind === 'steps') return download('gatescope-steps.csv', runCsv(await runsBy(tools)), 'text/csv;charset=utf-8');
      const traced = await tracedBy(tools);
      return wanted.kind === 'json' ? download('gatescope-trace.json', traceJson(traced), 'application/json') : download(`gatescope-${wanted.kind}.csv`, traceCsv(traced, wanted.kind), 'text/csv;charset=utf-8');
    }
    case 'sweep': {
      const shown = await shownBy(tools);
      const said = (/** @type {number | null} */ sweep) => tools.dispatch({ type: 'ui', change: { sweep } });
      said(0);
      try {
        const made = await recordSweep(figureOf(shown), {
          steps: tools.steps(),
          speed: shown.state.ui.sweepSpeed,
          theme: readTheme(tools.root),
          now: tools.now,
          player: tools.player,
          report(share) {
            const goesOn = tools.get().ui.sweep !== null && !tools.signal.aborted;
            if (goesOn) said(share);
            return goesOn;
          },
        });
        return made && download(`gatescope-sweep.${made.ending}`, made.film, made.film.type);
      } finally {
        said(null);
      }
    }
  }
}
