// Writes the README's examples that are files of a page, to be built like any other.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { examples } from './readme.js';

const folder = new URL('readme/', import.meta.url);
await mkdir(folder, { recursive: true });
const files = examples(await readFile(new URL('package-README.md', import.meta.url), 'utf8')).filter(({ name }) => name);
if (files.length !== 2) throw new Error(`the README has ${files.length} files of a page instead of two`);
await Promise.all(files.map(({ name, code }) => writeFile(new URL(name, folder), code)));
