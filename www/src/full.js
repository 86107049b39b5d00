// @ts-check
// What a <gate-scope> fetches besides when it is to show everything.
import { placesWith } from './views/index.js';
import * as lab from './views/lab.js';

export { whole } from './app/whole.js';
export { words } from 'virtual:words';
export { default as css } from './style/full.css?inline';
/** Whoever fetched this much needs nothing fetched later. */
export const places = placesWith(async () => lab);
