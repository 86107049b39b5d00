// @ts-check
/** Fields of one history record, in the worker's order. */
export const HISTORY = { width: 6, step: 0, loss: 1, accuracy: 2, gradientNorm: 3, clippedNorm: 4, heldOutAccuracy: 5 };
