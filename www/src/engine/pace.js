// @ts-check
// How fast a worker trains: as fast as it can, or so many steps a second, and no further than the other lanes let it.

/**
 * What is being trained. `since`, `done`: when its pace began, and the steps since then. `ahead`: the step at which it waits for
 * other lanes. `recall`: it only goes to a step that is to be seen again.
 * @typedef {{ stepsPerSecond: number | null, until: number | null, ahead: number | null, since: number, done: number, recall?: import('./recalls.js').Recall }} Run
 */

/** Steps that time allows. @param {Run} run @param {number} now */
const due = ({ stepsPerSecond, since, done }, now) => (stepsPerSecond === null ? Infinity : Math.floor(((now - since) / 1000) * stepsPerSecond) - done);

/** Steps that may be done now. @param {Run} run @param {number} now @param {number} step where the lane is */
export const owed = (run, now, step) => Math.min(due(run, now), run.ahead === null ? Infinity : run.ahead - step);

/** Steps that are forgiven: more than these a run will not catch up with. */
const DEBT = 4;

/** Lets a run that could not keep its pace, or had to wait, begin it anew. @param {Run} run @param {number} now */
export function forgive(run, now) {
  if (run.stepsPerSecond !== null && due(run, now) > DEBT) Object.assign(run, { since: now, done: 0 });
}

/** Milliseconds after which a run that owes nothing looks again. @param {Run} run */
export const rest = ({ stepsPerSecond }) => (stepsPerSecond === null ? 8 : Math.min(30, 1000 / stepsPerSecond));
