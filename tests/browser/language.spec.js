// @ts-check
// Two languages: switching changes everything that can be read, and nothing of the other language stays.
import { readFileSync } from 'node:fs';
import { atStep, button, choice, expect, frameOf, open, reopen, seek, settled, stateOf, test, wordsOf } from './support/gatescope.js';
import { observePaintedText } from './support/observe.js';

/** @param {string} language @returns {Record<string, string>} */
const messagesOf = (language) => JSON.parse(readFileSync(new URL(`../../www/src/i18n/${language}.json`, import.meta.url), 'utf8'));
const english = messagesOf('en');
const chinese = messagesOf('zh-CN');

/** Words that are the same in every language: names of things, the switch's own entry for English, the code of equal bits. */
const NAMES = /\b(RNN|LSTM|GRU|ReLU|tanh|Adam|SGD|PyTorch|chrono|gatescope|English|W_hh|W_ih|diag|HTTP|[BCDFGHJKLMNPQRTVWXYZ]{6})\b/g;

/** What still holds a Latin word of two letters or more. @param {Iterable<string>} texts */
const foreignIn = (texts) => [...texts].filter((text) => /[A-Za-z]{2,}/.test(text.replace(NAMES, '')));

/** English messages that the Chinese page has another text for; English is also an entry of the switch. */
const onlyEnglish = new Set(Object.entries(english).filter(([key, text]) => chinese[key] !== text && !text.includes('{') && text !== 'English').map(([, text]) => text));

test('Both languages have the same messages with the same gaps', () => {
  expect(Object.keys(chinese)).toEqual(Object.keys(english));
  const gaps = (/** @type {string} */ text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
  for (const key of Object.keys(english)) expect(gaps(chinese[key]), key).toEqual(gaps(english[key]));
});

test('Chinese has one word for a lane, and keeps the words of small switches on one line', async ({ page }) => {
  expect(Object.entries(chinese).filter(([, text]) => text.includes('通道'))).toEqual([]);
  await open(page, '?lang=zh-CN#T=12&h=8');
  await settled(page);
  await page.locator('.surgery summary').click();
  const heights = await page.locator('.surgery .choices button').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
  expect(heights.length).toBeGreaterThan(8);
  expect(new Set(heights.map(Math.round)).size).toBe(1);
  expect(heights[0]).toBeLessThan(32);
});

test('Switched to Chinese, nothing on the page is English; switched back, nothing is Chinese', async ({ page }) => {
  await page.addInitScript(observePaintedText);
  await open(page, '#T=20&h=8&rho=1&fb=3&L=99');
  await button(page, 'Step').click();
  await atStep(page, 1);
  await seek(page, 12);
  const { experiment, player } = await stateOf(page);
  const before = await frameOf(page, 'lstm');

  await choice(page, 'Language').selectOption('zh-CN');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(page.getByRole('button', { name: '训练', exact: true })).toBeVisible();
  const canvas = page.locator('.lane[data-cell=lstm] canvas[data-channel=forget]');
  await canvas.hover();
  await expect(page.getByRole('tooltip')).toContainText('遗忘门');
  await page.evaluate(() => globalThis.painted.clear());
  await choice(page, '主题').selectOption('dark');
  await expect.poll(() => page.evaluate(() => globalThis.painted.size)).toBeGreaterThan(5);
  await seek(page, 13, '时间步');

  const words = await wordsOf(page);
  expect(foreignIn(words)).toEqual([]);
  expect(words.filter((text) => onlyEnglish.has(text))).toEqual([]);
  expect(foreignIn(await page.evaluate(() => [...globalThis.painted]))).toEqual([]);
  for (const text of ['遗忘门', '隐藏状态', '各时间步的梯度范数', '学习率', '训练', '重置', '单步']) expect(words).toContain(text);
  for (const name of ['RNN 泳道', 'LSTM 泳道', '损失']) await expect(page.getByRole('region', { name, exact: true })).toBeVisible();
  expect(await page.locator('.notices').textContent()).toContain('层数');

  // The experiment has not noticed.
  expect((await stateOf(page)).experiment).toEqual(experiment);
  expect((await stateOf(page)).player.t).toBe(player.t + 1);
  expect((await frameOf(page, 'lstm')).values).toEqual(before.values);

  await page.mouse.move(5, 5);
  await choice(page, '语言').selectOption('en');
  await expect(button(page, 'Train')).toBeVisible();
  const back = await wordsOf(page);
  expect(back.filter((text) => /[\u4e00-\u9fff]/.test(text) && text !== '中文' && text !== '简体中文')).toEqual([]);
});

test('What goes wrong is said in Chinese, too', async ({ page, complaints }) => {
  await page.route('**/gatescope.wasm', (route) => route.fulfill({ status: 404, body: '' }));
  await open(page, '?lang=zh-CN');
  await page.mouse.move(300, 300);
  await expect(page.getByRole('alert')).toContainText('HTTP 404');
  expect(foreignIn(await wordsOf(page))).toEqual([]);
  await page.unroute('**/gatescope.wasm');
  await reopen(page, '?lang=zh-CN#act=relu&init=identity&opt=sgd&clip=&lr=100');
  await page.getByRole('button', { name: '训练', exact: true }).click();
  await expect(page.locator('.lane-message').first()).not.toBeEmpty();
  await expect(page.getByRole('region', { name: 'RNN 泳道' }).locator('.lane-message p')).toBeVisible();
  expect(foreignIn(await wordsOf(page))).toEqual([]);
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes('404')));
});

test('A browser that prefers Chinese gets Chinese', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ locale: 'zh-CN', baseURL });
  const page = await context.newPage();
  await open(page);
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(page.getByRole('button', { name: '训练', exact: true })).toBeVisible();
  await context.close();
});

test('A browser that names no language at all gets the page, in English', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'language', { get: () => 'C' });
    Object.defineProperty(Navigator.prototype, 'languages', { get: () => ['C'] });
  });
  await open(page);
  await expect(button(page, 'Train')).toBeVisible();
  await page.goto('about:blank');
  await page.goto('offline.html');
  await expect(button(page, 'Train')).toBeVisible();
});

test('A language and a theme that the reader chose are in the address, and there after a reload', async ({ page }) => {
  await open(page, '?lang=en&hide=notices#T=10&h=6');
  await settled(page);
  await choice(page, 'Language').selectOption('zh-CN');
  await expect(button(page, '训练')).toBeVisible();
  await choice(page, '主题').selectOption('dark');
  const asked = () => Object.fromEntries(new URL(page.url()).searchParams);
  expect(asked()).toEqual({ lang: 'zh-CN', theme: 'dark', hide: 'notices' });
  expect(new URL(page.url()).hash).toMatch(/T=10\b/);
  await page.reload();
  await expect(button(page, '训练')).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  expect((await stateOf(page)).experiment).toMatchObject({ length: 10, hidden: 6 });
  await choice(page, '语言').selectOption('en');
  await expect(button(page, 'Train')).toBeVisible();
  expect(asked()).toMatchObject({ lang: 'en' });
});

test('Without a choice the address names no language and no theme', async ({ page }) => {
  await open(page);
  await button(page, 'Step').click();
  await expect.poll(() => new URL(page.url()).hash).toMatch(/step=1\b/);
  expect(new URL(page.url()).search).toBe('');
});
