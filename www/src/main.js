// @ts-check
// The page: one app that fills the window.
import { createApp } from './app.js';
import { createLook } from './app/look.js';
import { compileFrom } from './engine/compile.js';
import { pageHost } from './host/page.js';
import { readHost } from './state/link.js';
import { whole } from './state/whole.js';
import { placesWith } from './views/index.js';
import { teacherDesk } from './teach.js';

const root = document.getElementById('app');
if (root) {
  const base = document.baseURI;
  const wishes = readHost(location.search);
  const desk = teacherDesk(base);
  const app = createApp(
    root,
    pageHost({
      wishes,
      desk,
      opening: { index: new URL('./opening.json', base).href, data: new URL('./opening.bin', base).href },
      page: new URL('./', base).href,
      spawn: () => new Worker(new URL('./engine/worker.js', import.meta.url), { type: 'module' }),
      compile: () => compileFrom(new URL('./gatescope.wasm', base).href),
    }),
    placesWith(() => import('./views/lab.js')),
    whole,
  );
  desk.serve(app, root, wishes);
  // For tests and the curious.
  Object.defineProperty(globalThis, 'gatescope', { value: createLook(app), configurable: true });
}
