// @ts-check
// What only a whole page does. It is handed what every app has (`kit.js`), so that the file that all of them load stays one.
import { decodeExplanation } from '../engine/explanation.js';
import { whole as ofState } from '../state/whole.js';
import { createScenes } from './scenes.js';

/** @typedef {import('./kit.js').Kit} Kit */

/**
 * What the whole page's views ask besides.
 * @param {import('../state/reducer.js').State} state
 * @param {object} app
 * @param {import('../host/page.js').Host} app.host
 * @param {ReturnType<typeof import('./lanes.js').createLanes>} app.lanes
 * @param {ReturnType<typeof import('../engine/timeMachine.js').createTimeMachine>} app.time
 * @param {import('./training.js').Training} app.training
 * @param {Kit} kit
 */
function derive(state, { host, lanes, time, training }, { MOST_LANES, OWN, catalog, cellOf, concerns, defaultExperiment, exactLinkOf, hasPlace, holdableGates, isComparing, isOperated, lanesIn, moment, ownOf, runList, writeLink }) {
  const { presetOf, presets, comparisonOf, aboutLane, shortLink, classCode } = ofState;
  return /** @satisfies {Partial<import('../views/view.js').Derived>} */ ({
    loading: state.engine.status === 'loading' && !training.isIdle(),
    runs: runList(state),
    memory: time.memory,
    diverged: Object.fromEntries(state.order.map((cell) => [cell, time.recordingOf(cell)?.diverged ?? null])),
    preset: presetOf(state.experiment, defaultExperiment()),
    presets,
    catalog,
    operated: isOperated(state),
    gates: holdableGates(state),
    concerns,
    cellOf,
    mostLanes: MOST_LANES,
    comparing: isComparing(state),
    comparison: () => comparisonOf(lanesIn(state), catalog.fields.filter(({ name }) => name === 'cell' || OWN.includes(name)), hasPlace),
    about: (info, lane, t) => aboutLane(info, ownOf(state, lane), t),
    desk: Boolean(host.desk),
    classLink: host.page && state.present.panel === 'class' ? new URL(`#${shortLink(exactLinkOf(state), writeLink({ experiment: defaultExperiment(), step: 0, t: 0, unit: null }))}`, host.page).href : null,
    notesLink: host.desk?.notesLink ?? null,
    // Of an earlier step there is a picture, but no network that could be compared.
    classCode: moment(state).rewound ? null : classCode(state.order.map((cell) => lanes.all[cell]?.fingerprint ?? '')),
  });
}

/**
 * Hands over a file.
 * @param {import('./save.js').Wanted} wanted
 * @param {Pick<import('./hands.js').App, 'get' | 'dispatch' | 'lanes' | 'signal'> & { hands: () => Promise<import('./hands.js').Hands> }} app
 * @param {{ root: HTMLElement, t: import('../i18n/index.js').Translate, say: (key: string, params?: Record<string, unknown>) => void, page: string | null }} place
 * @param {Kit} kit
 */
async function keep(wanted, app, { root, t, say, page }, { isTraining, linkOf, player, shownSteps }) {
  const { get } = app;
  try {
    const [{ save }, hands] = await Promise.all([import('./save.js'), app.hands()]);
    const name = await save(wanted, { ...app, hands, root, t, page, now: () => performance.now(), link: () => linkOf(get()), isTraining: () => isTraining(get()), steps: () => shownSteps(get()), player });
    if (name) say('announce.saved', { name });
  } catch (error) {
    say('announce.notSaved', { reason: error instanceof Error ? error.message : String(error) });
  }
}

export const whole = { reducer: ofState.reducer, createScenes, derive, keep, explain: decodeExplanation };
/** @typedef {typeof whole} Whole */
