// @ts-check
// What is fetched when somebody looks closer: the cell, the code, lanes with settings of their own, the files to
// take along.
import css from '../style/lab.css?inline';
import cell from './cell.js';
import code from './code.js';
import compare from './compare.js';
import differs from './differs.js';
import takeAway from './takeAway.js';

export const views = { cell, code, compare, differs, takeAway };
export { css };
export { words } from 'virtual:words/lab';
