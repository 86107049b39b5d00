// @ts-check
// What a page of its own adds to the app for a teacher: lessons from files and from beside the page, the presenter's window.
// Reading lessons is loaded only when the first one is asked for.
import { tabMemory } from './host/memory.js';

const CHANNEL = 'gatescope.channel';
/** As it stands in the presenter's window. */
const WINDOW = 'gatescope-notes';

/** A name that no other tab has. */
function freshChannel() {
  return [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join('');
}

/** Lessons that lie beside the page. @param {string} base @returns {(name: string) => Promise<string>} */
export const lessonsBeside = (base) => async (name) => {
  const response = await fetch(new URL(`./lessons/${name}.json`, base));
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.text();
};

/**
 * @param {object} given
 * @param {(name: string) => Promise<string>} given.lesson
 * @param {string | null} given.notes address of the presenter's window, if there is one
 * @returns {import('./host/page.js').Desk & { serve: (app: ReturnType<typeof import('./app.js').createApp>, root: HTMLElement, wishes: import('./state/link.js').Wishes) => void }}
 */
export function teacherDesk({ lesson: textOf, notes }) {
  const memory = tabMemory();
  const channel = memory.recall(CHANNEL) ?? freshChannel();
  memory.remember(CHANNEL, channel);
  const notesLink = notes && `${notes}?channel=${channel}`;

  /** @type {ReturnType<typeof import('./app.js').createApp> | null} */
  let app = null;
  /** @type {Promise<ReturnType<typeof import('./lesson/desk.js').createDesk>> | null} */
  let desk = null;
  const ready = () =>
    (desk ??= import('./lesson/desk.js').then(({ createDesk }) =>
      createDesk({ app: /** @type {NonNullable<typeof app>} */ (app), lesson: textOf, memory, channel, now: () => performance.timeOrigin + performance.now() }),
    ));

  return {
    notesLink,
    hear(action) {
      if (action.type === 'notesOpen' && notesLink) {
        // At once, while the click still counts; a browser that blocks it anyway gets a link instead.
        const opened = window.open(notesLink, WINDOW, 'popup,width=960,height=720');
        app?.dispatch({ type: 'notes', notes: opened ? 'open' : 'blocked' });
      }
      void ready().then((made) => made.hear(action));
    },
    serve(served, root, wishes) {
      app = served;
      // The projector's mode is remembered from its first moment on.
      served.subscribe((state, before) => {
        if (state.present.on && !before.present.on) void ready();
      });
      root.addEventListener('dragover', (event) => {
        if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
      });
      root.addEventListener('drop', (event) => {
        const file = event.dataTransfer?.files[0];
        if (!file || !/\.json$/i.test(file.name)) return;
        event.preventDefault();
        served.dispatch({ type: 'lessonFile', file });
      });
      const { lesson, ui } = wishes;
      if (!lesson && ui !== 'present' && !memory.recall('gatescope.desk')) return;
      void ready().then((made) => {
        if (!made.recall(lesson) && lesson) void made.open(lesson);
      });
    },
  };
}
