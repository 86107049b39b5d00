// @ts-check
// Of which training step spectra and half-lives are: they stay while training goes on.

/** @param {{ found: { step: number } }[]} shown @param {import('./view.js').Translate} t */
export const stepsOf = (shown, t) => t('spectrum.step', { step: t.list([...new Set(shown.map(({ found }) => t.number(found.step)))]) });
