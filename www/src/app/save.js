// @ts-check
// Files that a reader takes along: made here when they are asked for, handed to the browser as downloads.
import { readTheme } from '../draw/canvas.js';
import { traceCsv, traceJson } from '../draw/numbers.js';
import { isTraining, shownSteps } from '../state/selectors.js';
import { linkOf } from './address.js';
import { drawFigure, figureOf } from './figure.js';
import { GatescopeError } from '../engine/error.js';
import { defaultExperiment, settings } from '../state/experiment.js';
import { MAX_STEP, readLink, writeLink } from '../state/link.js';
import { createHands } from './hands.js';
import { recordSweep } from './sweep.js';

/**
 * @typedef {{ what: 'text', name: string, text: string } | { what: 'weights', name: string, lane: string }
 *   | { what: 'figure', kind: 'svg' | 'png' } | { what: 'numbers', kind: 'json' | 'timesteps' | 'units' } | { what: 'sweep' }} Wanted
 */
/** @typedef {Omit<import('./hands.js').App, 'follow'>} App */
/** What a file is made with: the root that is shown, its words, a clock. @typedef {{ root: HTMLElement, t: import('../i18n/index.js').Translate, now: () => number }} Tools */

/** Long enough for a browser to have taken the file. */
const KEPT_MS = 60_000;

/** @param {App} app */
const handsOf = (app) => createHands({ ...app, follow: () => {} }, { GatescopeError, MAX_STEP, defaultExperiment, readLink, settings, writeLink });

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

/** @param {App} app @param {Tools} tools */
async function shownBy(app, { root, t }) {
  await handsOf(app).exportFigure('svg');
  return { root, t, state: app.get(), lanes: app.lanes, link: linkOf(app.get()) };
}

/** Every lane's trace, as it is when training rests. @param {App} app @returns {Promise<import('../draw/numbers.js').Traced>} */
async function tracedBy(app) {
  if (isTraining(app.get())) app.dispatch({ type: 'stop' });
  const hands = handsOf(app);
  /** @type {import('../draw/numbers.js').TracedLane[]} */
  const lanes = [];
  for (const cell of app.get().order) {
    const trace = await hands.getTrace({ lane: cell });
    const { info, status } = app.get().lanes[cell];
    if (!info) continue;
    const frame = app.lanes[cell]?.frame;
    const ids = frame && frame.info.layout.steps === trace.steps ? Array.from(frame.data('tokens')) : [];
    lanes.push({ cell, step: status.step, experiment: info.experiment, tokens: ids.map((id) => info.tokens[id]), classes: info.classes, trace });
  }
  return { link: linkOf(app.get()), example: app.get().ui.example, lanes };
}

/**
 * @param {Wanted} wanted @param {App} app @param {Tools} tools
 * @returns {Promise<string | null>} the file's name; null when it was given up
 */
export async function save(wanted, app, tools) {
  switch (wanted.what) {
    case 'text':
      return download(wanted.name, wanted.text, 'text/x-python;charset=utf-8');
    case 'weights': {
      const bytes = await handsOf(app).exportWeights({ lane: wanted.lane });
      return download(wanted.name, /** @type {Uint8Array<ArrayBuffer>} */ (bytes), 'application/octet-stream');
    }
    case 'figure':
      return download(`gatescope.${wanted.kind}`, await drawFigure(wanted.kind, await shownBy(app, tools)), wanted.kind === 'svg' ? 'image/svg+xml' : 'image/png');
    case 'numbers': {
      const traced = await tracedBy(app);
      return wanted.kind === 'json' ? download('gatescope-trace.json', traceJson(traced), 'application/json') : download(`gatescope-${wanted.kind}.csv`, traceCsv(traced, wanted.kind), 'text/csv;charset=utf-8');
    }
    case 'sweep': {
      const shown = await shownBy(app, tools);
      const said = (/** @type {number | null} */ sweep) => app.dispatch({ type: 'ui', change: { sweep } });
      said(0);
      try {
        const made = await recordSweep(figureOf(shown), {
          steps: shownSteps(shown.state),
          speed: shown.state.ui.sweepSpeed,
          theme: readTheme(tools.root),
          now: tools.now,
          report(share) {
            const goesOn = app.get().ui.sweep !== null && !app.signal.aborted;
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
