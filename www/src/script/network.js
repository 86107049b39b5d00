// @ts-check
// Cell, readout and initialisation, with PyTorch's own modules and under its own names.
import { comment, lines, number } from './lines.js';

/** @typedef {import('./lines.js').Line} Line */
/** @typedef {import('./lines.js').LaneExperiment} LaneExperiment */

/** PyTorch's modules. @type {Record<string, string>} */
const MODULES = { rnn: 'RNN', lstm: 'LSTM', gru: 'GRU' };
/** The block of the gate that keeps the old state, and of the one that admits new, in PyTorch's order. @type {Record<string, { keep: number, admit: number | null }>} */
const GATES = { lstm: { keep: 1, admit: 0 }, gru: { keep: 1, admit: null } };

/** @param {LaneExperiment} experiment @param {import('./lines.js').Say} say @returns {Line[]} */
export function networkLines(experiment, say) {
  const { cell } = experiment;
  const own = cell === 'rnn' ? `, nonlinearity="${experiment.nonlinearity}"` : '';
  return [
    ...lines('class Network(nn.Module):\n    def __init__(self):\n        super().__init__()'),
    ...lines(`        self.${cell} = nn.${MODULES[cell]}(len(TOKENS), H, num_layers=L${own}, batch_first=True)`, 'cell', 'hidden', 'layers', ...(own ? ['nonlinearity'] : [])),
    ...lines('        self.fc = nn.Linear(H, len(CLASSES))', 'hidden'),
    ...lines('\n    def forward(self, x):'),
    ...lines(`        hidden, _ = self.${cell}(x)`, 'cell'),
    ...lines(`        return self.fc(hidden[:, -1])  # ${say('script.last')}`),
    ...lines('\n\ntorch.manual_seed(SEED)', 'seed'),
    ...lines('net = Network()'),
    ...initLines(experiment, say),
  ];
}

/** What differs from PyTorch's own beginning. @param {LaneExperiment} experiment @param {import('./lines.js').Say} say @returns {Line[]} */
function initLines({ cell, init, spectralRadius, forgetBias }, say) {
  const gates = forgetBias === null ? undefined : GATES[cell];
  if (init === 'pytorch' && spectralRadius === null && !gates) return comment(say('script.init.pytorch'), 'init');
  /** @type {Line[]} */
  const body = [];
  const add = (/** @type {string} */ text, /** @type {string[]} */ ...fields) => body.push(...lines(text, ...fields));
  if (init !== 'pytorch' || spectralRadius !== null) {
    add(`    for name, parameter in net.${cell}.named_parameters():`, 'cell');
    if (init !== 'pytorch') {
      add('        if name.startswith("bias_"):\n            parameter.zero_()\n            continue', 'init');
    } else add('        if name.startswith("bias_"):\n            continue', 'spectralRadius');
    add(`        for block in parameter.split(H):  # ${say('script.init.blocks')}`, 'hidden');
    if (init === 'orthogonal') {
      add('            if name.startswith("weight_hh"):\n                nn.init.orthogonal_(block)', 'init');
      add('            else:\n                nn.init.xavier_uniform_(block)', 'init');
    }
    if (init === 'identity') {
      add('            if name.startswith("weight_hh"):\n                nn.init.eye_(block)', 'init');
      add('            else:\n                nn.init.normal_(block, std=0.001)', 'init');
    }
    if (spectralRadius !== null) {
      add('            if name.startswith("weight_hh"):', 'spectralRadius');
      add(`                block *= ${number(spectralRadius)} / torch.linalg.eigvals(block).abs().max()`, 'spectralRadius');
    }
  }
  if (gates) {
    const { keep, admit } = gates;
    const at = (/** @type {number} */ k) => (k === 0 ? ':H' : k === 1 ? 'H:2 * H' : `${k} * H:${k + 1} * H`);
    add(`    for layer in range(L):  # ${say(forgetBias === 'chrono' ? 'script.init.chrono' : 'script.init.forget')}`, 'layers', 'forgetBias');
    add(`        bias_ih = getattr(net.${cell}, f"bias_ih_l{layer}")\n        bias_hh = getattr(net.${cell}, f"bias_hh_l{layer}")`, 'cell');
    if (forgetBias === 'chrono') {
      add('        bias_ih.zero_()\n        bias_hh.zero_()', 'forgetBias');
      add(`        bias_ih[${at(keep)}] = torch.empty(H).uniform_(1, max(T - 1, 2)).log()`, 'forgetBias', 'length', 'hidden');
      if (admit !== null) add(`        bias_ih[${at(admit)}] = -bias_ih[${at(keep)}]`, 'forgetBias', 'hidden');
    } else {
      add(`        bias_ih[${at(keep)}] = ${number(/** @type {number} */ (forgetBias))}`, 'forgetBias', 'hidden');
      add(`        bias_hh[${at(keep)}] = 0`, 'forgetBias', 'hidden');
    }
  }
  return [...lines('with torch.no_grad():'), ...body];
}
