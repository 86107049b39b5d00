// @ts-check
// Fixed equations as TeX; the build turns them into MathML (Temml never reaches the browser). The cells' own equations are
// composed from their diagrams (views/symbols.js): a new cell needs no entry here.

/** Backpropagation through time: the chapter's line, the double sum (Pascanu, Mikolov & Bengio 2013, eqs. 3-5), the sweep. */
export const FORMULAS = {
  literal: '\\frac{\\partial L}{\\partial W_{hh}} = \\sum_{t=1}^{T} \\frac{\\partial L}{\\partial h_t} \\prod_{k=1}^{t} \\frac{\\partial h_k}{\\partial h_{k-1}}',
  exact: '\\frac{\\partial L}{\\partial W_{hh}} = \\sum_{t=1}^{T} \\sum_{k=1}^{t} \\frac{\\partial \\ell_t}{\\partial h_t} \\frac{\\partial h_t}{\\partial h_{t-1}} \\cdots \\frac{\\partial h_{k+1}}{\\partial h_k} \\frac{\\partial^{+} h_k}{\\partial W_{hh}}',
  sweep: '\\lambda_t = \\frac{\\partial \\ell_t}{\\partial h_t} + \\Bigl(\\frac{\\partial h_{t+1}}{\\partial h_t}\\Bigr)^{\\top} \\lambda_{t+1}, \\quad \\frac{\\partial L}{\\partial W_{hh}} = \\sum_{t=1}^{T} \\delta_t\\, h_{t-1}^{\\top}',
};
