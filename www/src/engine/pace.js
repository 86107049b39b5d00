// @ts-check
// How fast a worker trains: as fast as it can, or so many steps a second, and no further than the other lanes let it.

/**
 * What is being trained. `since`, `done`: when its pace began, and the steps since then. `ahead`: the step at which it waits for
 * other lanes. `recall`: it only goes to a step that is to be seen again.
 * @typedef {{ stepsPerSecond: number | null, until: number | null, ahead: number | null, since: number, done: number, recall?: import('./recalls.js').Recall }} Run
 */

/** Steps that may be done now. @param {Run} run @param {number} now @param {number} step where the lane is */
export function owed({ stepsPerSecond, ahead, since, done }, now, step) {
  const due = stepsPerSecond === null ? Infinity : Math.floor(((now - since) / 1000) * stepsPerSecond) - done;
  return ahead === null ? due : Math.min(due, ahead - step);
}

/** Milliseconds after which a run that owes nothing looks again. @param {Run} run */
export const rest = ({ stepsPerSecond }) => (stepsPerSecond === null ? 8 : Math.min(30, 1000 / stepsPerSecond));
