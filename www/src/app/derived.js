// @ts-check
// What an app derives once a frame for its views.
import { allNotices, isLocked, isTraining, moment, playhead, reveal, shownSteps } from '../state/selectors.js';
import { linkOf } from './address.js';
import { KIT } from './kit.js';

/**
 * @param {import('../state/reducer.js').State} state
 * @param {object} app
 * @param {import('../host/page.js').Host} app.host
 * @param {ReturnType<typeof import('./lanes.js').createLanes>} app.lanes
 * @param {ReturnType<typeof import('../engine/timeMachine.js').createTimeMachine>} app.time
 * @param {import('./training.js').Training} app.training
 * @param {import('./whole.js').Whole | undefined} whole
 * @returns {import('../views/view.js').Derived}
 */
export const derive = (state, app, whole) =>
  // The panels of a small widget ask for nothing that only the whole page derives.
  /** @type {any} */ ({
    steps: shownSteps(state),
    moment: moment(state),
    playhead: playhead(state),
    reveal: reveal(state),
    training: isTraining(state),
    notices: allNotices(state),
    locked: (/** @type {import('../generated/types.d.ts').Field} */ field) => isLocked(state, field),
    link: () => linkOf(state),
    page: app.host.page,
    ...whole?.derive(state, app, KIT),
  });
