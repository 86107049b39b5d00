// @ts-check
// What is fetched when somebody looks closer: the cell, equations, the maps, the training, the code, lanes with settings of their own,
// the files to take along.
import css from '../style/lab.css?inline';
import alongTime from './alongTime.js';
import bptt from './bptt.js';
import cell from './cell.js';
import code from './code.js';
import compare from './compare.js';
import differs from './differs.js';
import halfLives from './halfLives.js';
import horizon from './horizon.js';
import map from './map.js';
import mapKinds from './mapKinds.js';
import spectrum from './spectrum.js';
import takeAway from './takeAway.js';
import { together } from './together.js';
import training from './training.js';
import weights from './weights.js';

export const views = {
  cell,
  code,
  compare,
  differs,
  maps: together('maps', [mapKinds, map, bptt, spectrum, alongTime, halfLives]),
  takeAway,
  trainings: together('trainings', [training, horizon, weights]),
};
export { css };
export { formulaPanel } from './formula/panel.js';
export { words } from 'virtual:words/lab';
