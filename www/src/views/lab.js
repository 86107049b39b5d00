// @ts-check
// What is fetched when somebody looks closer: the cell, the code.
import { words } from 'virtual:words/lab';
import { learn } from '../i18n/index.js';
import css from '../style/lab.css?inline';
import code from './code.js';

learn(words);
export const views = { code };
export { css };
