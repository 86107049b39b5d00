// @ts-check
import { mathml } from 'virtual:formulas';
import { FORMULAS } from './formulas.tex.js';

/**
 * The lines of a cell's panel, typeset; none for a cell that has no entry yet.
 * @param {string} cell @param {'forward' | 'backward'} way
 */
export const formulasOf = (cell, way) =>
  (FORMULAS[cell]?.[way] ?? []).map((line) => ({ channel: line.channel, math: mathml[line.tex] }));
