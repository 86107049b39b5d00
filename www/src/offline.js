// @ts-check
// The page as one file: opened from a disk, with the network off. What the page fetches, this file holds.
import './style/page.css';
import { lessons, opening, wasm, workerSource } from 'virtual:inlined';
import { createApp } from './app.js';
import { createLook } from './app/look.js';
import { sharedModule } from './engine/compile.js';
import { pageHost } from './host/page.js';
import { workerFromBlob } from './host/spawn.js';
import { readHost } from './state/link.js';
import { whole } from './app/whole.js';
import { teacherDesk } from './teach.js';
import { placesWith } from './views/index.js';

const root = document.getElementById('app');
if (root) {
  const wishes = readHost(location.search);
  const desk = teacherDesk({
    async lesson(name) {
      if (!Object.hasOwn(lessons, name)) throw new Error(name);
      return lessons[name];
    },
    // Two files from a disk cannot speak with each other.
    notes: null,
  });
  const app = createApp(
    root,
    pageHost({
      wishes,
      desk,
      opening: opening(),
      // There is no address that somebody else could open.
      page: null,
      spawn: () => workerFromBlob(workerSource),
      compile: () => sharedModule(wasm()),
    }),
    placesWith(() => import('./views/lab.js')),
    whole,
  );
  desk.serve(app, root, wishes);
  Object.defineProperty(globalThis, 'gatescope', { value: createLook(app), configurable: true });
}
