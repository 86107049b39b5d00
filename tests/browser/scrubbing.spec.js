// @ts-check
// What a move of either handle costs the page until the picture is there: traced in Chromium, printed against the 16 ms of
// a frame of the screen. Asserted is only that each frame shows what was asked for.
import { atStep, button, expect, open, print, stateOf, test } from './support/gatescope.js';

/** Moves of the handle, each with the frame that draws it. */
const MOVES = 24;

const SIZE = '#T=200&h=64&batch=4&step=40';
const CASES = [
  { lanes: 2, link: SIZE },
  { lanes: 3, link: `${SIZE}&vs=rnn,gru` },
];

for (const { lanes, link } of CASES) {
  test(`Either handle is followed within a frame of the screen, H = 64, T = 200, ${lanes} lanes`, async ({ page }) => {
    test.setTimeout(240_000);
    await open(page, link);
    await atStep(page, 40, 180_000);
    const { frames } = await page.evaluate(() => globalThis.gatescope.past('lstm'));
    const steps = Array.from({ length: MOVES }, (_, k) => frames[(7 * k + 3) % frames.length]);
    const times = Array.from({ length: MOVES }, (_, k) => ((37 * k) % 200) + 1);
    // By itself the sweep moves the playhead, too.
    if ((await stateOf(page)).player.playing) await button(page, 'Pause').click();
    expect(await moved(page, lanes, 'Training step', steps), 'every step asked for is recorded, and shown at once').toEqual(steps);
    expect(await moved(page, lanes, 'Timestep', times)).toEqual(times);
  });
}

/**
 * Moves a handle and prints what its frames took; answers what each of them showed.
 * @param {import('@playwright/test').Page} page @param {number} lanes @param {'Training step' | 'Timestep'} name @param {number[]} wanted
 */
async function moved(page, lanes, name, wanted) {
  const session = await page.context().newCDPSession(page);
  /** @type {any[]} */
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['devtools.timeline', 'toplevel', 'blink.user_timing'] } });
  const shown = await page.evaluate(
    async ({ name, wanted }) => {
      const handle = /** @type {HTMLInputElement} */ (document.querySelector(`[aria-label="${name}"]`));
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      const seen = [];
      for (const value of wanted) {
        performance.mark(`to ${value}`);
        handle.value = String(value);
        handle.dispatchEvent(new Event('input', { bubbles: true }));
        // The page's own callback of this frame comes after this one's, so the picture is there with the next.
        await frame();
        await frame();
        seen.push(name === 'Timestep' ? globalThis.gatescope.state().player.t : globalThis.gatescope.past('lstm').at.step);
      }
      performance.mark('to the end');
      return seen;
    },
    { name, wanted },
  );
  const ended = new Promise((done) => session.once('Tracing.tracingComplete', done));
  await session.send('Tracing.end');
  await ended;
  await session.detach();

  const marks = events.filter((event) => /^to /.test(event.name)).sort((a, b) => a.ts - b.ts);
  const { tid } = marks[0];
  const own = events.filter((event) => event.tid === tid && event.ts >= marks[0].ts && event.dur !== undefined);
  const callbacks = own.filter((event) => event.name === 'FireAnimationFrame');
  const tasks = own.filter((event) => event.name === 'ThreadControllerImpl::RunTask');
  // Script, layout and painting of one move, whichever of its two frames they fell into: processor time, because a busy
  // machine takes a frame away from the page for longer than it works on it.
  const whole = marks.slice(0, -1).map((mark, k) => tasks.filter((task) => task.ts >= mark.ts && task.ts < marks[k + 1].ts).reduce((sum, task) => sum + (task.tdur ?? task.dur), 0));
  const told = (/** @type {number[]} */ us) => {
    const ms = us.map((one) => one / 1000).sort((a, b) => a - b);
    return `median ${ms[ms.length >> 1].toFixed(1)}, nine of ten under ${ms[Math.floor(ms.length * 0.9)].toFixed(1)}, longest ${ms[ms.length - 1].toFixed(1)} ms`;
  };
  print(`${name}, ${lanes} lanes, 16 ms a frame: drawing ${told(callbacks.map((event) => event.tdur ?? event.dur))}; both frames of a move with layout and paint ${told(whole)}`);
  expect(callbacks.length).toBeGreaterThanOrEqual(2 * wanted.length);
  return shown;
}
