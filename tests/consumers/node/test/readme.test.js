// The examples of the READMEs do what they say.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { examples } from '../readme.js';

const root = new URL('../', import.meta.url);

/** What each example prints, in the order in which they stand; those with a file name are a page's, see ../vite. */
const PRINTS = {
  'README.md': [/^Float64Array\(5\) \[/],
  'package-README.md': [
    /^Float64Array\(5\) \[/,
    /cell: 'lstm'[\s\S]*Float32Array\(2\) \[ -2\.78\d+, 2\.17\d+ \][\s\S]*‖∂L\/∂h_7‖ = \d/,
    /^invalid-config hiddenSize\na whole number from 1 to 4096 -1\n$/,
  ],
};

for (const [file, prints] of Object.entries(PRINTS)) {
  test(`${file}: every example runs and prints what it should`, async () => {
    const all = examples(await readFile(new URL(file, root), 'utf8')).filter(({ name }) => !name);
    assert.equal(all.length, prints.length, 'as many as are expected');
    for (const [k, { code }] of all.entries()) {
      const folder = new URL(`examples/${file}-${k}/`, root);
      await mkdir(folder, { recursive: true });
      await copyFile(new URL('models/lstm_classifier.safetensors', root), new URL('model.safetensors', folder));
      await writeFile(new URL('example.mjs', folder), code);
      const { stdout, stderr } = await promisify(execFile)('node', ['example.mjs'], { cwd: folder });
      assert.match(stdout, prints[k]);
      assert.equal(stderr, '');
    }
  });
}
