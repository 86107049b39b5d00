// @ts-check
// Ready-made experiments, for whoever shows a whole page; `usual` is the experiment that everything starts from.

/** @typedef {import('./experiment.js').Experiment} Experiment */

/** Recurrent weights so large that the gradient grows on its way back, and an optimiser that takes it as it comes. @type {Partial<Experiment>} */
const EXPLODING = { spectralRadius: 1.7, optimizer: 'sgd', learningRate: 0.1 };

/**
 * Ready-made experiments. Each starts from the defaults and changes only what it names.
 * @type {{ id: string, change: Partial<Experiment> }[]}
 */
export const PRESETS = [
  { id: 'vanish', change: { vs: 'rnn', cell: 'gru', forgetBias: null } },
  { id: 'explode', change: { ...EXPLODING, clip: null } },
  { id: 'clip', change: { ...EXPLODING, clip: 1 } },
  { id: 'remembers', change: {} },
  { id: 'fails', change: { forgetBias: null } },
  { id: 'saturated', change: { init: 'identity', spectralRadius: 4, forgetBias: -8 } },
  { id: 'short', change: { length: 10 } },
  { id: 'identityRelu', change: { nonlinearity: 'relu', init: 'identity', learningRate: 0.001 } },
  { id: 'sentiment', change: { task: 'sentiment', length: 20, learningRate: 0.01 } },
];

/** @param {string} id @param {Experiment} current the language of the sentences stays as chosen @param {Experiment} usual @returns {Experiment} */
export function presetExperiment(id, current, usual) {
  const preset = PRESETS.find((p) => p.id === id);
  return { ...usual, language: current.language, ...preset?.change };
}

/** Which preset an experiment is, if any. @param {Experiment} experiment @param {Experiment} usual */
export function presetOf(experiment, usual) {
  const same = (/** @type {string} */ id) => {
    const preset = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (presetExperiment(id, experiment, usual)));
    return Object.entries(experiment).every(([key, value]) => Object.is(preset[key], value));
  };
  return PRESETS.find(({ id }) => same(id))?.id ?? null;
}
