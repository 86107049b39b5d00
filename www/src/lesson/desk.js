// @ts-check
// The teacher's desk: fetches and reads lessons, remembers where the class is, and speaks with the presenter's window.
import { fillCaption } from '../draw/quantities.js';
import { createTranslator } from '../i18n/index.js';
import { readLesson } from './read.js';
import { inLanguage, scenesOf } from './scenes.js';

/** @typedef {import('../state/reducer.js').State} State */
/** @typedef {import('../state/reducer.js').Action} Action */
/** What the presenter's window is told. @typedef {{ type: 'beat', language: string, title: string, beat: number, count: number, caption: string, notes: string, question: string, next: string, elapsed: number, blank: boolean }} Told */
/** What it says. @typedef {{ type: 'hello' } | { type: 'go', by: 1 | -1 } | { type: 'blank' } | { type: 'restart' }} Heard */

/**
 * @typedef {object} Memory what outlives a reload of this tab, if anything does
 * @property {(key: string) => string | null} recall
 * @property {(key: string, value: string | null) => void} remember
 */

const KEY = 'gatescope.desk';

/**
 * @param {object} given
 * @param {{ dispatch: (action: Action) => void, get: () => State, subscribe: (listener: (state: State, before: State) => void) => () => void, lanes: Record<string, import('../views/view.js').LaneData> }} given.app
 * @param {(name: string) => Promise<string>} given.lesson the text of one that comes with the page
 * @param {Memory} given.memory
 * @param {string} given.channel name of the channel to the presenter's window
 * @param {() => number} given.now milliseconds of a clock that goes on while the page is loaded anew
 */
export function createDesk({ app, lesson: textOf, memory, channel: name, now }) {
  const t = createTranslator();
  const channel = new BroadcastChannel(name);
  /** The text that the lesson was read from: a file's cannot be fetched again. @type {string | null} */
  let source = null;
  let began = now();

  /** @param {string} lesson @param {string} text @param {number} [beat] */
  function take(lesson, text, beat = 0) {
    const read = readLesson(text);
    if (!read.lesson) return app.dispatch({ type: 'lessonRefused', name: lesson, problems: read.problems });
    source = text;
    if (!app.get().present.on) app.dispatch({ type: 'present', on: true });
    app.dispatch({ type: 'lesson', name: lesson, title: read.lesson.title, scenes: scenesOf(read.lesson), beat });
  }

  /** One of those that come with the page. @param {string} lesson */
  async function open(lesson) {
    began = now();
    try {
      take(lesson, await textOf(lesson));
    } catch (error) {
      const given = error instanceof Error ? error.message : String(error);
      app.dispatch({ type: 'lessonRefused', name: lesson, problems: [{ line: 1, column: 1, field: '', reason: 'fetch', expected: [], given }] });
    }
  }

  /** @param {File} file */
  async function read(file) {
    began = now();
    take(file.name, await file.text());
  }

  function remember() {
    const { present, player } = app.get();
    if (!present.on) return memory.remember(KEY, null);
    const { lesson, scale, ground } = present;
    const { phase, t: at, playing } = player;
    memory.remember(KEY, JSON.stringify({ lesson: lesson?.name ?? null, text: lesson ? source : null, beat: lesson?.beat ?? 0, scale, ground, began, player: playing ? null : { phase, t: at } }));
  }

  /** Comes back to what was shown before the page was loaded anew. @param {string | null} wanted the lesson asked for; another one stays away @returns {boolean} whether a lesson came back */
  function recall(wanted) {
    /** @type {any} */
    let kept = null;
    try {
      kept = JSON.parse(memory.recall(KEY) ?? 'null');
    } catch {
      /* Somebody else's: as if nothing was kept. */
    }
    if (!kept || typeof kept !== 'object' || (wanted && kept.lesson !== wanted)) return false;
    app.dispatch({ type: 'present', on: true });
    if (typeof kept.scale === 'number') app.dispatch({ type: 'typeSize', scale: kept.scale });
    if (kept.ground === 'black') app.dispatch({ type: 'ground', ground: 'black' });
    if (Number.isFinite(kept.began)) began = kept.began;
    if (typeof kept.text === 'string' && typeof kept.lesson === 'string') {
      take(kept.lesson, kept.text, Number.isInteger(kept.beat) ? kept.beat : 0);
      return Boolean(app.get().present.lesson);
    }
    const { phase, t: at } = kept.player ?? {};
    if (['forward', 'loss', 'backward', 'rest', 'inspect'].includes(phase) && Number.isInteger(at)) app.dispatch({ type: 'player', player: { phase, t: at, elapsed: 0, playing: false } });
    return false;
  }

  /** @returns {Told | null} */
  function told() {
    const { present, player, ui, order } = app.get();
    const { lesson } = present;
    if (!lesson) return null;
    const [scene, next] = [lesson.scenes[lesson.beat], lesson.scenes[lesson.beat + 1] ?? null];
    const frames = Object.fromEntries(order.map((cell) => [cell, app.lanes[cell]?.frame ?? null]));
    const say = (/** @type {import('./scenes.js').Text | null} */ text, /** @type {typeof frames} */ numbers) => fillCaption(inLanguage(text, ui.language), numbers, player.t, t);
    return {
      type: 'beat',
      language: ui.language,
      title: inLanguage(lesson.title, ui.language),
      beat: lesson.beat + 1,
      count: lesson.scenes.length,
      caption: say(scene.caption, frames),
      notes: inLanguage(scene.notes, ui.language),
      question: say(scene.question, frames),
      // Its numbers are not there yet.
      next: next ? say(next.caption, {}) : '',
      elapsed: now() - began,
      blank: present.blank,
    };
  }
  const tell = () => void t.use(app.get().ui.language).catch(() => {}).then(() => channel.postMessage(told() ?? { type: 'none', language: app.get().ui.language }));

  channel.onmessage = ({ data }) => {
    const heard = /** @type {Partial<Heard> | null} */ (data);
    if (heard?.type === 'hello') {
      if (app.get().present.notes !== 'open') app.dispatch({ type: 'notes', notes: 'open' });
      tell();
    } else if (heard?.type === 'go' && (heard.by === 1 || heard.by === -1)) app.dispatch({ type: 'beat', by: heard.by });
    else if (heard?.type === 'blank') app.dispatch({ type: 'blank' });
    else if (heard?.type === 'restart') {
      began = now();
      remember();
      tell();
    }
  };

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let telling;
  const unsubscribe = app.subscribe((state, before) => {
    const moved = state.player.phase !== before.player.phase || (!state.player.playing && state.player.t !== before.player.t);
    if (state.present !== before.present || moved || state.ui.language !== before.ui.language) remember();
    if (state.present === before.present && state.lanes === before.lanes && state.ui.language === before.ui.language) return;
    // Numbers change thirty times a second; eyes that go to and fro need no more than four.
    telling ??= setTimeout(() => {
      telling = undefined;
      tell();
    }, state.present === before.present ? 250 : 0);
  });

  return {
    open,
    read,
    recall,
    /** @param {Action} action */
    hear(action) {
      if (action.type === 'lessonOpen') void open(action.name);
      else if (action.type === 'lessonFile') void read(action.file);
    },
    dispose() {
      clearTimeout(telling);
      unsubscribe();
      channel.close();
    },
  };
}
