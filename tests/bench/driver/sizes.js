// @ts-check
// What each system's files weigh, as they are and as a server sends them.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** @type {Record<string, string[]>} */
const FILES = {
  ours: ['gatescope.wasm', 'gatescope.js'],
  tfjs: ['tfjs-backend-wasm-simd.wasm', 'tfjs.js'],
  burn: ['bench_burn_bg.wasm', 'bench_burn.js'],
};

/** @param {string} folder @param {string[]} systems */
export async function sizes(folder, systems) {
  const answer = [];
  for (const system of systems) {
    for (const file of FILES[system] ?? []) {
      const bytes = await readFile(join(folder, file));
      answer.push({ system, file, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length });
    }
  }
  return answer;
}
