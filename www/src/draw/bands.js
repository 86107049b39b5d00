// @ts-check
/** log10 of the gradient relative to the norm at the loss end: below → vanished, fading; above → exploding. */
export const BANDS = { vanished: -6, fading: -3, exploding: 2 };
