// @ts-check
// All panels of the page, by the place that holds them. A new panel: one file, one line here, its title in i18n.
import bar from './bar.js';
import caption from './caption.js';
import clipping from './clipping.js';
import controls from './controls.js';
import { byKeys } from './chartKeys.js';
import gradients from './gradients.js';
import { lazy } from './lazy.js';
import legend from './legend.js';
import loss from './loss.js';
import { momentWith } from './moment.js';
import outcome from './outcome.js';
import panels from './panels.js';
import predict from './predict.js';
import scrubber from './scrubber.js';
import share from './share.js';
import status from './status.js';
import surgery from './surgery.js';
import trainingStep from './trainingStep.js';

/** @typedef {Record<'top' | 'left' | 'above' | 'below' | 'map' | 'training' | 'cell' | 'code' | 'right' | 'bottom' | 'present' | 'over', import('./view.js').View[]>} Places */

/** @param {import('./lazy.js').State} _state @param {import('./view.js').Frames} frames */
const comparing = (_state, { derived }) => derived.comparing;

/**
 * @param {() => Promise<import('./lazy.js').Part>} lab fetches what is not needed before somebody looks closer
 * @returns {Places}
 */
export const placesWith = (lab) => ({
  top: [bar, share],
  left: [lazy('compare', lab, comparing), controls],
  above: [status],
  below: [byKeys(gradients)],
  map: [lazy('maps', lab, ({ ui }) => ui.view === 'map')],
  training: [lazy('trainings', lab, ({ ui }) => ui.view === 'training')],
  cell: [lazy('cell', lab, ({ ui }) => ui.view === 'cell')],
  code: [lazy('code', lab, ({ ui }) => ui.view === 'code')],
  right: [lazy('differs', lab, comparing), momentWith(lab), outcome, surgery, loss, clipping, legend],
  bottom: [scrubber, trainingStep],
  present: [predict, caption],
  over: [panels, lazy('takeAway', lab, ({ ui }) => ui.takeOpen)],
});
