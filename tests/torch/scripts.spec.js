// @ts-check
// The script of the code view, run by PyTorch as it stands and with the page's weights: every norm that the page plots, once
// more from somebody else's backward pass.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { button, expect, test } from '../browser/support/gatescope.js';
import { fileOf, take } from '../browser/support/take.js';

/** Task, cells, layers, optimiser, clipping and initialisation, each at least once at something else than its default. */
const EXPERIMENTS = [
  'T=12&h=6&step=40',
  'T=20&h=8&L=2&lr=0.01&step=30',
  'T=15&h=5&cell=gru&opt=sgd&clip=&step=25',
  'T=30&h=7&task=sentiment&step=20',
  'T=10&h=6&fb=&step=0',
  'T=25&h=10&rho=1.4&step=15',
];
/** The script prints seven digits. */
const PRINTED = 1e-6;

/** @param {string} file a script @returns {string} what it prints */
const runs = (file) => execFileSync(process.env.TORCH_PYTHON ?? 'python3', [file], { encoding: 'utf8' });

for (const hash of EXPERIMENTS) {
  test(`PyTorch finds the page's gradients: ${hash}`, async ({ page }, info) => {
    test.setTimeout(240_000);
    await page.goto(`./#v=1&${hash}&view=code`);
    const step = Number(/step=(\d+)/.exec(hash)?.[1]);
    await page.waitForFunction((step) => Object.values(globalThis.gatescope?.state().lanes ?? { none: null }).every((lane) => lane?.status?.step === step), step);
    const { lanes } = JSON.parse((await take(page, 'JSON')).bytes.toString());
    await page.keyboard.press('Escape');
    for (const lane of lanes) {
      const name = lane.cell.toUpperCase();
      await page.getByRole('group', { name: 'Lane of the script' }).getByRole('button', { name, exact: true }).click();
      const script = (await fileOf(page, button(page, 'Download script'))).bytes.toString();
      const weights = info.outputPath(`${lane.cell}.safetensors`);
      writeFileSync(weights, (await fileOf(page, button(page, 'Download weights'))).bytes);

      const asItStands = info.outputPath(`${lane.cell}.py`);
      writeFileSync(asItStands, script);
      const printed = runs(asItStands);
      expect(printed).toContain(`t = ${lane.steps}: dL/dh_t = `);
      if (step > 0) expect(printed).toMatch(new RegExp(`^step ${step}: loss \\d`, 'm'));

      const told = script.replace(/^WEIGHTS = None/m, `WEIGHTS = ${JSON.stringify(weights)}`).replace(/^STEPS = \d+/m, 'STEPS = 0');
      expect(told).not.toBe(script);
      const withWeights = info.outputPath(`${lane.cell}-weights.py`);
      writeFileSync(withWeights, told);
      const theirs = [...runs(withWeights).matchAll(/^t = \d+: dL\/dh_t = (\S+) /gm)].map(([, norm]) => Number(norm));
      /** @type {number[]} */
      const ours = lane.timesteps.hiddenGradientNorm;
      expect(theirs).toHaveLength(ours.length);
      const worst = Math.max(...ours.map((norm, t) => Math.abs(norm - theirs[t]) / norm));
      console.log(`${hash}, ${name}: ${ours.length} norms, from ${Math.min(...ours).toExponential(1)} to ${Math.max(...ours).toExponential(1)}, largest relative difference ${worst.toExponential(1)}`);
      expect(worst).toBeLessThan(PRINTED);
    }
  });
}
