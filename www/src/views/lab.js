// @ts-check
// What is fetched when somebody looks closer: the cell, the code, the files to take along.
import css from '../style/lab.css?inline';
import cell from './cell.js';
import code from './code.js';
import takeAway from './takeAway.js';

export const views = { cell, code, takeAway };
export { css };
export { words } from 'virtual:words/lab';
