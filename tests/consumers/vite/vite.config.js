import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  worker: { format: 'es' },
  build: { modulePreload: { polyfill: false }, rollupOptions: { input: ['index.html', 'element.html', 'readme.html'] } },
  // The development server moves dependencies to another folder, where their files are not.
  optimizeDeps: { exclude: ['gatescope'] },
});
