// @ts-check
// The equations as TeX, by cell; the build turns them into MathML (Temml never reaches the browser).
// `channel` ties a line to the recorded quantity whose value stands beside it. A new cell adds an entry here.

/** @typedef {{ tex: string, channel: string }} Line */

/** @type {Record<string, { forward: Line[], backward: Line[] }>} */
export const FORMULAS = {
  rnn: {
    forward: [{ tex: 'h_t = \\varphi(W_{xh}\\,x_t + W_{hh}\\,h_{t-1} + b)', channel: 'hidden' }],
    backward: [
      { tex: "\\varphi'_t = 1 - h_t^2 \\;(\\tanh)", channel: 'activationDerivative' },
      { tex: '\\frac{\\partial L}{\\partial h_{t-1}} = W_{hh}^{\\top}\\operatorname{diag}(\\varphi\'_t)\\,\\frac{\\partial L}{\\partial h_t}', channel: 'hiddenGradient' },
    ],
  },
  lstm: {
    forward: [
      { tex: 'f_t = \\sigma(W_f[h_{t-1},x_t]+b_f)', channel: 'forget' },
      { tex: 'i_t = \\sigma(W_i[h_{t-1},x_t]+b_i)', channel: 'input' },
      { tex: 'o_t = \\sigma(W_o[h_{t-1},x_t]+b_o)', channel: 'output' },
      { tex: 'g_t = \\tanh(W_g[h_{t-1},x_t]+b_g)', channel: 'candidate' },
      { tex: 'c_t = f_t\\odot c_{t-1} + i_t\\odot g_t', channel: 'cellState' },
      { tex: 'h_t = o_t\\odot\\tanh(c_t)', channel: 'hidden' },
    ],
    backward: [
      { tex: '\\frac{\\partial L}{\\partial c_{t-1}} = f_t\\odot\\frac{\\partial L}{\\partial c_t} + \\cdots', channel: 'cellGradient' },
      { tex: '\\partial L / \\partial h_t', channel: 'hiddenGradient' },
    ],
  },
};
