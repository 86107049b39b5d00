// @ts-check
// The widget in the pages of strangers: as an element without a bundler, through Vite and webpack, from another origin, and in
// frames with an origin and without. Each page drives it through every public method, and each home gives the same bits.
import { HOSTS, WIDGETS } from './support/hosts.js';
import { call, expect, said, test, tracesOn, untouched, visit } from './support/watch.js';

/** @type {Record<string, string>} */
const HOMES = {
  'an element without a bundler': 'plain/element.html',
  'an element that Vite bundled': 'vite/element.html',
  'an element that webpack bundled': 'webpack/element.html',
  'an element from another origin': 'foreign/',
  'a frame of another origin': 'framed/',
  'a frame without an origin': 'framed/sandboxed.html',
};

/** What a host may expect of the program that it drives the widget with. */
const ANSWERS = {
  begun: { step: 0, experiment: { length: 10, hidden: 6, seed: 7 } },
  trained: { step: 6 },
  paused: false,
  at: [4, 5, 6, 5],
  back: { step: 2, t: 3 },
  traces: [{ cell: 'lstm', steps: 10, hiddenSize: 6, forget: 60 }, { cell: 'rnn', forget: 0 }],
  reseeded: { step: 0, experiment: { seed: 8 } },
  seeded: { step: 0, experiment: { seed: 41 } },
  linked: { step: 4, t: 2, unit: 1, experiment: { length: 9, hidden: 5, cell: 'gru', vs: 'rnn', seed: 3 } },
  svg: { begins: '<svg', words: true, curves: 2 },
  png: { type: 'image/png', width: 1920 },
  playing: true,
  training: true,
  stopped: false,
  refusals: ['invalid-input n', 'invalid-input t', 'invalid-input reseed', 'invalid-input state', 'invalid-input lane', 'bad-state-dict bytes', 'invalid-input kind'],
};

/** What the first home answered. @type {any} */
let first;

for (const [home, path] of Object.entries(HOMES)) {
  test(`${home}: every method and every event, the same bits as elsewhere, nothing left on the host, and an end`, async ({ page }) => {
    await visit(page, `${HOSTS}/${path}`);
    const answers = await page.evaluate(() => /** @type {any} */ (globalThis).guest.drive());
    expect(answers).toMatchObject(ANSWERS);
    expect(answers.traces[0].gradients).toHaveLength(10);
    expect(answers.again.lanes).toEqual(answers.trained.lanes);
    expect(answers.returned).toEqual(answers.again);
    expect(answers.after).toEqual(answers.again);
    expect(answers.loaded).toBe(answers.weights[0]);
    expect(answers.weights[1]).not.toBe(answers.weights[0]);
    first ??= answers;
    expect(answers).toEqual(first);

    // With such a learning rate nothing else can come of it.
    await call(page, 'setState', '#act=relu&init=identity&opt=sgd&clip=&lr=100&T=50&h=32&fb=banana');
    await call(page, 'train', 40);
    const names = ['ready', 'state', 'train', 'cursor', 'diverged', 'resize', 'error'];
    for (const name of names) await expect.poll(async () => (await said(page, name)).length, name).toBeGreaterThan(0);
    expect((await said(page, 'ready'))[0]).toMatchObject({ v: 1, experiment: { length: 10, hidden: 6 }, lanes: { rnn: {}, lstm: {} } });
    expect((await said(page, 'train')).some(({ step, training, lanes }) => step === 6 && !training && lanes.lstm.loss > 0)).toBe(true);
    expect((await said(page, 'diverged'))[0]).toMatchObject({ lane: 'rnn', step: expect.any(Number), quantity: expect.any(String) });
    expect(await said(page, 'error')).toEqual([expect.objectContaining({ code: 'invalid-input', field: 'forgetBias', given: 'banana' })]);
    expect((await said(page, 'resize'))[0]).toMatchObject({ width: expect.any(Number), height: expect.any(Number), contentHeight: expect.any(Number) });
    await expect.poll(async () => (await said(page, 'state')).at(-1).link).toMatch(/^#v=1&.*lr=100&/);

    expect(page.workers()).toHaveLength(2);
    expect(await tracesOn(page)).toEqual(untouched);
    await page.evaluate(() => document.querySelector('gate-scope, iframe')?.remove());
    await expect.poll(() => page.workers().length).toBe(0);
  });
}
