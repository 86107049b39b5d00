// @ts-check
// What a <gate-scope> fetches besides when it is to show everything.
import { words } from 'virtual:words';
import { learn } from './i18n/index.js';

learn(words);
export { default as css } from './style/full.css?inline';
export { PLACES as places } from './views/index.js';
