// @ts-check
// What is fetched when somebody looks closer: the cell, the code.
import { words } from 'virtual:words/lab';
import { learn } from '../i18n/index.js';
import css from '../style/lab.css?inline';
import cell from './cell.js';
import code from './code.js';

learn(words);
export const views = { cell, code };
export { css };
