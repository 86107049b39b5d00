// @ts-check
// Parameters under the names by which lanes share them: PyTorch's, without the cell's.

/** @param {string} name as in the layout, `lstm.weight_hh_l0` or `fc.weight` */
export const shortName = (name) => name.replace(/^(?!fc\.)[a-z]+\./, '');
