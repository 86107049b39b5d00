// @ts-check
// What a <gate-scope> fetches besides when it is to show everything.
export { words } from 'virtual:words';
export { default as css } from './style/full.css?inline';
export { PLACES as places } from './views/index.js';
