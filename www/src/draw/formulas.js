// @ts-check
import { mathml } from 'virtual:formulas';
import { FORMULAS } from './formulas.tex.js';

/** A fixed equation, typeset. @param {keyof typeof FORMULAS} name */
export const formula = (name) => mathml[FORMULAS[name]];
