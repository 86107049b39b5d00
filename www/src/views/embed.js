// @ts-check
// The panels of a small widget in somebody's text: a title, the lanes, the gradient, hands enough to play.
import embedBar from './embedBar.js';
import gradients from './gradients.js';
import notices from './notices.js';
import scrubber from './scrubber.js';

/** @type {import('./index.js').Places} */
export const EMBED_PLACES = {
  top: [embedBar],
  left: [],
  above: [notices],
  below: [gradients],
  map: [],
  training: [],
  cell: [],
  code: [],
  right: [],
  present: [],
  over: [],
  bottom: [scrubber],
};
