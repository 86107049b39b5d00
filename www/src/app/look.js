// @ts-check
// An app seen from outside, for tests and the curious: copies, never its own objects.
import { colourOf, isHeatKind } from '../draw/colour.js';

/**
 * @param {() => import('../state/reducer.js').State} get
 * @param {Record<string, import('../views/view.js').LaneData>} lanes
 */
export const createLook = (get, lanes) =>
  Object.freeze({
    state: () => structuredClone(get()),
    /** @param {string} lane */
    frame(lane) {
      const shown = lanes[lane]?.frame;
      return shown ? { layout: structuredClone(shown.info.layout), values: shown.values.slice(), before: lanes[lane].before?.slice() ?? null } : null;
    },
    /** The newest memory map of a lane, row t, column s. @param {string} lane */
    map(lane) {
      const data = lanes[lane];
      return data?.map ? { ...data.map, values: data.map.values.slice(), recurrence: structuredClone(data.recurrence) } : null;
    },
    /** @param {string} kind @param {number} value @param {number} [reference] gradients: log10 of the norm at T */
    colourOf: (kind, value, reference) => (isHeatKind(kind) ? colourOf(kind, value, reference) : null),
  });
