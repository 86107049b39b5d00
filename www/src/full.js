// @ts-check
// What a <gate-scope> fetches besides when it is to show everything.
import { words } from 'virtual:words';
import { learn } from './i18n/index.js';
import { placesWith } from './views/index.js';
import * as lab from './views/lab.js';

learn(words);
export { default as css } from './style/full.css?inline';
/** Whoever fetched this much needs nothing fetched later. */
export const places = placesWith(async () => lab);
