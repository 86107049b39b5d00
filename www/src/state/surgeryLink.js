// @ts-check
// Surgery as a link writes it: `1,rho:2.5,fb:-1,T:80,cut,inject:12@3,forget:open,input:shut@7`, its version first, timesteps and
// units from 1 as people count them.
import { UNTOUCHED, withGate } from './surgery.js';

/** @typedef {import('./surgery.js').Surgery} Surgery */
/** @typedef {{ text: string, reason: 'otherVersion' | 'notSurgery' }} Bad */

const VERSION = '1';
/** Words of the link for what a gate is told. @type {Record<string, import('./surgery.js').ClampTo>} */
const ORDERS = { shut: 'closed', open: 'open', frozen: 'recorded' };
/** Limits of the numbers, as the panel has them. */
export const LIMITS = { rho: [0, 4], fb: [-10, 10], T: [1, 512] };
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** What a channel may be called: a name, never markup, never a member that every object has. */
const NAME = /^[a-z][a-zA-Z]{0,31}$/;

/** @param {Surgery} surgery */
export function writeSurgery({ spectralRadius, forgetBias, gates, cutCellPath, injection, length }) {
  const word = (/** @type {string} */ to) => Object.keys(ORDERS).find((name) => ORDERS[name] === to);
  return [
    VERSION,
    ...(spectralRadius === null ? [] : [`rho:${spectralRadius}`]),
    ...(forgetBias === null ? [] : [`fb:${forgetBias}`]),
    ...(length === null ? [] : [`T:${length}`]),
    ...(cutCellPath ? ['cut'] : []),
    ...(injection ? [`inject:${injection.t}@${injection.unit + 1}`] : []),
    ...Object.entries(gates).map(([gate, { to, unit }]) => `${gate}:${word(to)}${unit === null ? '' : `@${unit + 1}`}`),
  ].join();
}

/** Takes what can be read; what cannot is told. @param {string} text @returns {{ surgery: Surgery, bad: Bad[] }} */
export function readSurgery(text) {
  const [version, ...parts] = text.split(',');
  if (version !== VERSION) return { surgery: UNTOUCHED, bad: [{ text: version, reason: 'otherVersion' }] };
  /** @type {Bad[]} */
  const bad = [];
  let surgery = UNTOUCHED;
  for (const part of parts) {
    const next = readPart(surgery, part);
    if (next) surgery = next;
    else bad.push({ text: part, reason: 'notSurgery' });
  }
  return { surgery, bad };
}

/** @param {string} text @param {readonly number[]} limits */
function within(text, [low, high]) {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return value >= low && value <= high ? value : null;
}

/** A whole number from 1. @param {string} text */
const count = (text) => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : null);

/** @param {Surgery} surgery @param {string} part @returns {Surgery | null} null: not to be read */
function readPart(surgery, part) {
  if (part === 'cut') return { ...surgery, cutCellPath: true };
  const [, name, value] = /^([^:]*):(.*)$/s.exec(part) ?? [];
  if (value === undefined) return null;
  const [first, place, ...rest] = value.split('@');
  if (rest.length) return null;
  const at = place === undefined ? undefined : count(place);
  if (at === null) return null;
  switch (name) {
    case 'rho': {
      const spectralRadius = within(value, LIMITS.rho);
      return spectralRadius === null ? null : { ...surgery, spectralRadius };
    }
    case 'fb': {
      const forgetBias = within(value, LIMITS.fb);
      return forgetBias === null ? null : { ...surgery, forgetBias };
    }
    case 'T': {
      const length = count(value);
      return length === null || length > LIMITS.T[1] ? null : { ...surgery, length };
    }
    case 'inject': {
      const t = count(first);
      return t === null || at === undefined ? null : { ...surgery, injection: { t, unit: at - 1 } };
    }
    default:
      if (!NAME.test(name) || !Object.hasOwn(ORDERS, first)) return null;
      return withGate(surgery, name, { to: ORDERS[first], unit: at === undefined ? null : at - 1 });
  }
}
