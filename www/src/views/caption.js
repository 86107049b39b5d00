// @ts-check
// The line that a class reads: what is happening now, or what the lesson says of it, with the core's own numbers in it.
import { html, nothing, render } from 'lit/html.js';
import { captionParts } from '../draw/quantities.js';
import { icon } from './icons.js';
import { changes } from './view.js';

/** @typedef {import('./view.js').Frame} Frame */

/** @param {import('../lesson/scenes.js').Text | null} text @param {string} language */
export const inLanguage = (text, language) => (typeof text === 'string' ? text : (text?.[language] ?? Object.values(text ?? {})[0] ?? ''));

/** @type {import('./view.js').View} */
export default {
  id: 'caption',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('caption');
    el.setAttribute('role', 'region');
    const words = el.appendChild(document.createElement('div'));
    words.className = 'caption-words';
    const hands = el.appendChild(document.createElement('div'));
    hands.className = 'caption-hands';
    hands.setAttribute('role', 'group');
    const wordsChanged = changes();
    const handsChanged = changes();
    return {
      draw({ lanes, derived }, state) {
        const { present, player, order, engine } = state;
        if (!present.on) return;
        const { lesson, prediction } = present;
        const scene = lesson?.scenes[lesson.beat] ?? null;
        const versions = order.map((cell) => lanes[cell]?.version).join();
        if (wordsChanged(versions, player.t, player.phase, lesson, t.language, derived.training, engine.status, order)) {
          el.setAttribute('aria-label', t.landmark('caption.region'));
          const frames = Object.fromEntries(order.map((cell) => [cell, lanes[cell]?.frame ?? null]));
          const step = Math.min(player.t, derived.steps);
          const fill = (/** @type {string} */ text) => captionParts(text, frames, step, t).map((part) => (part.number ? html`<b>${part.text}</b>` : part.text));
          const question = inLanguage(scene?.question ?? null, t.language);
          render(
            html`<h1 class="hidden">${lesson ? inLanguage(lesson.title, t.language) : t('title')}</h1>
              <p class="caption-text" aria-live=${derived.training || player.playing ? 'off' : 'polite'}>${scene ? fill(inLanguage(scene.caption, t.language)) : fill(happening(frames, state, derived))}</p>
              ${question && !prediction ? html`<p class="caption-question">${fill(question)}</p>` : nothing}`,
            words,
          );
        }
        if (!handsChanged(player.playing, derived.training, lesson, prediction?.revealed, t.language, engine.status, present.panel)) return;
        hands.setAttribute('aria-label', t('present.hands'));
        const go = (/** @type {1 | -1} */ by) => () => dispatch({ type: 'beat', by });
        const last = lesson ? lesson.beat === lesson.scenes.length - 1 && !(prediction && !prediction.revealed) : false;
        render(
          html`${lesson ? html`<span class="beat-count">${t('present.beat', { beat: t.number(lesson.beat + 1), count: t.number(lesson.scenes.length) })}</span>` : nothing}
            <button class="big" aria-label=${t('present.previous')} title=${t('present.previous')} ?disabled=${lesson?.beat === 0} @click=${go(-1)}>${icon('previous')}</button>
            <button class="big" aria-label=${t(player.playing ? 'button.pause' : 'button.play')} title=${t(player.playing ? 'button.pause' : 'button.play')} @click=${() => dispatch({ type: 'play', on: !player.playing })}>${icon(player.playing ? 'pause' : 'play')}</button>
            <button class="big" aria-label=${t(derived.training ? 'button.stop' : 'button.train')} title=${t(derived.training ? 'button.stop' : 'button.train')} ?disabled=${engine.status === 'failed'} @click=${() => dispatch({ type: derived.training ? 'stop' : 'train' })}>${icon(derived.training ? 'stop' : 'train')}</button>
            <button class="big" aria-label=${t('present.next')} title=${t('present.next')} ?disabled=${last} @click=${go(1)}>${icon('next')}</button>
            <button class="small" aria-label=${t('present.menu')} title=${t('present.menu')} aria-expanded=${present.panel === 'menu'} @click=${() => dispatch({ type: 'panel', panel: 'menu' })}>${icon('sliders')}</button>
            <button class="small" aria-label=${t('present.leave')} title=${t('present.leave')} @click=${() => dispatch({ type: 'present', on: false })}>${icon('close')}</button>`,
          hands,
        );
      },
      dispose: () => el.replaceChildren(),
    };

    /** Without a lesson the state tells what to say. @param {Record<string, Frame | null>} frames @param {import('./view.js').State} state @param {import('./view.js').Derived} derived */
    function happening(frames, { order, player, engine, source, lanes }, derived) {
      if (engine.status === 'failed') return t(`engine.${engine.reason}`, { detail: engine.detail });
      const shown = order.flatMap((cell) => (frames[cell] ? [{ cell, frame: /** @type {Frame} */ (frames[cell]) }] : []));
      if (!shown.length || source === 'none') return t('badge.loading');
      const each = (/** @type {string} */ key, /** @type {string} */ name) => t.list(shown.map(({ cell }) => t(key, { cell: t.lane(cell), value: `{${cell}.${name}}` })));
      const trouble = order.find((cell) => lanes[cell].fault || lanes[cell].status.diverged);
      if (trouble && !derived.training) return t('caption.trouble', { cell: t.lane(trouble) });
      if (derived.training) return t('caption.training', { lanes: each('caption.part', 'loss') });
      const left = (/** @type {string} */ name) => each('caption.part', name);
      switch (player.phase) {
        case 'forward':
          return t(player.t === 1 ? 'caption.first' : 'caption.forward', { token: tokenAt(shown[0].frame, player.t) });
        case 'loss':
          return t('caption.loss', { lanes: each('caption.part.answer', 'answer') });
        case 'backward':
          return t(player.t === derived.steps ? 'caption.backward.start' : 'caption.backward', { lanes: left('gradientLeftHere') });
        case 'rest':
          return t('caption.rest', { lanes: left('gradientLeft') });
        default:
          return t(derived.operated ? 'caption.operated' : 'caption.inspect', { lanes: left('gradientLeftHere') });
      }
    }

    /** @param {Frame} frame @param {number} step */
    function tokenAt(frame, step) {
      const tokens = frame.info.layout.channels.find(({ kind }) => kind === 'tokens');
      const id = tokens ? frame.data(tokens.name)[Math.min(step, frame.info.layout.steps) - 1] : Number.NaN;
      return frame.info.tokens[id] ?? '?';
    }
  },
};
