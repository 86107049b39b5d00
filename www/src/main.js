// @ts-check
// The page: one app that fills the window.
import { createApp } from './app.js';
import { createLook } from './app/look.js';
import { compileFrom } from './engine/compile.js';
import workerAddress from './engine/worker.js?worker&url';
import { pageHost } from './host/page.js';
import { startWorker } from './host/trusted.js';
import { readHost } from './state/link.js';
import { whole } from './app/whole.js';
import { placesWith } from './views/index.js';
import { lessonsBeside, teacherDesk } from './teach.js';

const root = document.getElementById('app');
if (root) {
  const base = document.baseURI;
  const wishes = readHost(location.search);
  const desk = teacherDesk({ lesson: lessonsBeside(base), notes: new URL('./presenter.html', base).href });
  const app = createApp(
    root,
    pageHost({
      wishes,
      desk,
      opening: { index: new URL('./opening.json', base).href, data: new URL('./opening.bin', base).href },
      page: new URL('./', base).href,
      spawn: () => startWorker(workerAddress, { type: 'module' }),
      compile: () => compileFrom(new URL('./gatescope.wasm', base).href),
    }),
    placesWith(() => import('./views/lab.js')),
    whole,
  );
  desk.serve(app, root, wishes);
  // For tests and the curious.
  Object.defineProperty(globalThis, 'gatescope', { value: createLook(app), configurable: true });
}
