// @ts-check
// What several kinds of equations write alike.
import { mathml } from 'lit/html.js';
import { norm } from './norm.js';

/** @typedef {import('../symbols.js').Math} Math */

/** ∂of/∂by @param {Math} of @param {Math} by @returns {Math} */
export const over = (of, by) => mathml`<mfrac><mrow><mo lspace="0" rspace="0">∂</mo>${of}</mrow><mrow><mo lspace="0" rspace="0">∂</mo>${by}</mrow></mfrac>`;
/** ∂of/∂by on one line. @param {Math} of @param {Math} by @returns {Math} */
export const overInline = (of, by) => mathml`<mrow><mo lspace="0" rspace="0">∂</mo>${of}<mo lspace="0" rspace="0" stretchy="false">/</mo><mo lspace="0" rspace="0">∂</mo>${by}</mrow>`;
/** The hidden state at a time. @param {unknown} time @returns {Math} */
export const h = (time) => mathml`<msub><mi data-symbol="hidden">h</mi>${time}</msub>`;
/** A time one later or earlier. @param {Math} of @param {'+' | '−'} sign @returns {Math} */
export const off = (of, sign) => mathml`<mrow>${of}<mo lspace="0" rspace="0">${sign}</mo><mn>1</mn></mrow>`;
/** @param {Math} of @returns {Math} */
export const frobenius = (of) => mathml`<msub>${norm(of)}<mi>F</mi></msub>`;
export const log = mathml`<msub><mi mathvariant="normal">log</mi><mn>10</mn></msub><mspace width="0.15em"></mspace>`;
/** The transpose of weights by which a gradient comes back. @param {'i' | 'h'} from the input, or the state before @param {string} gate its letter @returns {Math} */
export const transposed = (from, gate) => mathml`<msubsup><mi>W</mi><mrow><mi mathvariant="normal">${from}</mi><mi mathvariant="normal">${gate}</mi></mrow><mo>⊤</mo></msubsup>`;
