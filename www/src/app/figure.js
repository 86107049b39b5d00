// @ts-check
// Puts what an app shows into a figure: the numbers of its frames, the words and colours of its screen.
import { readTheme } from '../draw/canvas.js';
import { figureSvg } from '../draw/figure.js';
import { paintHeatmap } from '../draw/heatmap.js';
import { isHeatKind } from '../draw/colour.js';

/** Pixels of the picture for one of the drawing. */
const SCALE = 2;

/** What is shown. @typedef {{ root: HTMLElement, t: import('../i18n/index.js').Translate, state: import('../state/reducer.js').State, lanes: Record<string, import('../views/view.js').LaneData>, link: string }} Shown */

/** @param {Shown} shown */
export function figureOf({ root, t, state, lanes, link }) {
  const theme = readTheme(root);
  const drawn = state.order.flatMap((cell) => {
    const frame = lanes[cell]?.frame;
    if (!frame) return [];
    const { layout, experiment } = frame.info;
    const norms = frame.data('hiddenGradientLog10');
    const strips = layout.channels.flatMap(({ name, kind: heat, symbol, role, rows, cols }) => {
      if (!isHeatKind(heat) || rows !== layout.steps) return [];
      const canvas = document.createElement('canvas');
      paintHeatmap(canvas, frame.data(name), rows, cols, heat, heat === 'gradient' ? norms[norms.length - 1] : undefined, cols);
      return [{ symbol, name: t.or(`channel.${name}`, name), picture: canvas.toDataURL(), way: /** @type {'forward' | 'backward'} */ (role === 'backward' ? 'backward' : 'forward') }];
    });
    const answer = t.or(`badge.trained`, '') && t('badge.trained', { step: t.number(frame.scalar('step')) });
    return [{ cell, label: t.lane(cell), answer, colour: theme.lane(cell), strips, gradient: norms, experiment }];
  });
  const first = drawn[0];
  return figureSvg({
    title: first ? t(`question.${first.experiment.task}`, { T: t.number(first.experiment.length), lag: t.number(Math.max(0, first.experiment.length - 1)) }) : t('title'),
    caption: `gatescope ${link}`,
    steps: first?.gradient.length ?? 1,
    lanes: drawn,
    theme,
    words: { gradient: t('gradients.region'), timestep: t('axis.timestep'), fading: t('mark.fading'), vanished: t('mark.vanished') },
  });
}

/** A figure as pixels, `scale` of them for one of the drawing. @param {{ svg: string, width: number, height: number }} figure @param {number} [scale] */
export async function pixelsOf(figure, scale = SCALE) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(figure.svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(figure.width * scale);
  canvas.height = Math.round(figure.height * scale);
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** @param {'svg' | 'png'} kind @param {Shown} shown @returns {Promise<string | Blob>} */
export async function drawFigure(kind, shown) {
  const figure = figureOf(shown);
  if (kind === 'svg') return figure.svg;
  const canvas = await pixelsOf(figure);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture could not be written'))), 'image/png'));
}
