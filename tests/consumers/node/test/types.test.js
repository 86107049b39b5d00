// The declarations, read as strictly as TypeScript can, by programs that bundlers resolve and that Node does.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { promisify } from 'node:util';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

for (const project of ['bundler', 'node16']) {
  test(`a program is type-checked (${project})`, async () => {
    const cwd = new URL('../types/', import.meta.url);
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '--project', `tsconfig.${project}.json`], { cwd })
      .catch((error) => assert.fail(error.stdout));
    assert.equal(stdout, '');
  });
}
