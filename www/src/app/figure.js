// @ts-check
// Puts what an app shows into a figure: the strips and the gradient chart drawn from their numbers, any other open view as it stands
// on the screen.
import { readTheme } from '../draw/canvas.js';
import { figureSvg } from '../draw/figure.js';
import { paintHeatmap } from '../draw/heatmap.js';
import { isHeatKind } from '../draw/colour.js';
import { panelFigure } from './panelFigure.js';

/** Pixels of the picture for one of the drawing. */
const SCALE = 2;

/** What is shown. @typedef {{ root: HTMLElement, t: import('../i18n/index.js').Translate, state: import('../state/reducer.js').State, lanes: Record<string, import('../views/view.js').LaneData>, link: string, page: string | null }} Shown `page`: where the link leads */

/** The views that have a picture of their own. */
const PICTURED = ['cell', 'map', 'training'];

/** The question that the lanes are asked. @param {Shown['t']} t @param {{ task: string, length: number } | undefined} experiment */
const questionOf = (t, experiment) =>
  experiment ? t.plural(`question.${experiment.task}`, Math.max(0, experiment.length - 1), { T: t.number(experiment.length) }) : t('embed.title');

/** Where the numbers are found again; a file's place on a disk is nobody else's concern. @param {Pick<Shown, 'link' | 'page'>} shown */
const captionOf = ({ link, page }) => `gatescope ${page && /^https?:/.test(page) ? new URL(link, page).href : link}`;

/** The open view; where it is nothing to look at, the strips. @param {Shown} shown @returns {{ svg: string, width: number, height: number, name: string }} */
export function openFigure(shown) {
  const { root, t, state, lanes } = shown;
  const { view } = state.ui;
  const place = PICTURED.includes(view) ? root.querySelector(`.place-${view}`) : null;
  const experiment = state.order.map((cell) => lanes[cell]?.frame?.info.experiment).find(Boolean);
  const made = place && panelFigure(place, { title: t('figure.title', { view: t(`view.${view}`), question: questionOf(t, experiment) }), caption: captionOf(shown), theme: readTheme(root) });
  return made ? { ...made, name: view } : { ...figureOf(shown), name: 'flow' };
}

/** The strips of every lane and the gradient chart. @param {Shown} shown */
export function figureOf({ root, t, state, lanes, ...address }) {
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
    const step = frame.scalar('step');
    const about = step ? t('badge.trained', { step: t.number(step) }) : t('badge.untrained');
    return [{ cell, label: t.lane(cell), about, colour: theme.lane(cell), strips, gradient: norms, experiment }];
  });
  const first = drawn[0];
  return figureSvg({
    title: questionOf(t, first?.experiment),
    caption: captionOf(address),
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

/** What is open as a picture, and which view that is. @param {'svg' | 'png'} kind @param {Shown} shown @returns {Promise<{ name: string, content: string | Blob }>} */
export async function drawFigure(kind, shown) {
  const figure = openFigure(shown);
  const { name } = figure;
  if (kind === 'svg') return { name, content: figure.svg };
  const canvas = await pixelsOf(figure);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve({ name, content: blob }) : reject(new Error('the picture could not be written'))), 'image/png'));
}
