// @ts-check
// What every app has, for what only some fetch: handed to it, because whatever imported these modules a second time would
// break the file that all of them load in pieces.
import { GatescopeError } from '../engine/error.js';
import { catalog, concerns, defaultExperiment, fieldOf, hasPlace, lanesOf, sameLanes, settings } from '../state/experiment.js';
import { MOST_LANES, OWN, cellOf } from '../state/lanes.js';
import { MAX_STEP, readLink, writeLink } from '../state/link.js';
import * as player from '../state/player.js';
import { sceneOf } from '../state/present.js';
import { reduce } from '../state/reducer.js';
import { isRewound, presentRun } from '../state/runs.js';
import { holdableGates, isComparing, isOperated, isTraining, lanesIn, moment, ownOf, runList, shownSteps } from '../state/selectors.js';
import { isActive } from '../state/surgery.js';
import { exactLinkOf, linkOf } from './address.js';

export const KIT = {
  GatescopeError,
  MAX_STEP,
  MOST_LANES,
  OWN,
  catalog,
  cellOf,
  concerns,
  defaultExperiment,
  exactLinkOf,
  fieldOf,
  hasPlace,
  holdableGates,
  isActive,
  isComparing,
  isOperated,
  isRewound,
  isTraining,
  lanesIn,
  lanesOf,
  linkOf,
  moment,
  ownOf,
  player,
  presentRun,
  readLink,
  reduce,
  runList,
  sameLanes,
  sceneOf,
  settings,
  shownSteps,
  writeLink,
};
/** @typedef {typeof KIT} Kit */
