// @ts-check
// A frame is one float buffer and a layout that says where each channel lies. Nothing is copied to read it.

/** @typedef {import('../generated/types.d.ts').LaneInfo} LaneInfo */
/** @typedef {import('../generated/types.d.ts').Channel} Channel */

/**
 * @param {LaneInfo} info @param {ArrayBuffer} buffer @param {number} [byteOffset]
 */
export function decodeFrame(info, buffer, byteOffset = 0) {
  const { layout } = info;
  if (buffer.byteLength - byteOffset < layout.floats * 4) {
    throw new RangeError(`frame: expected ${layout.floats * 4} bytes, got ${buffer.byteLength - byteOffset}`);
  }
  const values = new Float32Array(buffer, byteOffset, layout.floats);
  /** @type {Map<string, Channel>} */
  const channels = new Map(layout.channels.map((channel) => [channel.name, channel]));

  /** All numbers of a channel; empty when the cell has none of that name. @param {string} name */
  const data = (name) => {
    const channel = channels.get(name);
    return channel ? values.subarray(channel.offset, channel.offset + channel.rows * channel.cols) : values.subarray(0, 0);
  };

  return {
    info,
    values,
    data,
    channel: (/** @type {string} */ name) => channels.get(name),
    /** The units' values at one timestep, 1..T. @param {string} name @param {number} t */
    row: (name, t) => {
      const cols = channels.get(name)?.cols ?? 0;
      return data(name).subarray((t - 1) * cols, t * cols);
    },
    /** @param {string} name @param {number} t 1..T @param {number} unit 0..H−1 */
    at: (name, t, unit) => {
      const cols = channels.get(name)?.cols ?? 0;
      return data(name)[(t - 1) * cols + unit];
    },
    /** A number of the `scalars` channel by name; NaN when absent. @param {string} name */
    scalar: (name) => {
      const k = layout.scalars.indexOf(name);
      return k < 0 ? Number.NaN : data('scalars')[k];
    },
  };
}
/** @typedef {ReturnType<typeof decodeFrame>} Frame */

/**
 * Whether everything that is drawn of a frame is a number. A log gradient of −Infinity is one: an exact zero.
 * Figures of the run do not count, nor does what is only filled when asked for: NaN there means "not measured".
 * @param {Frame} frame
 */
export function isFiniteFrame({ info, data }) {
  return info.layout.channels.every(({ name, kind, role }) => {
    if (kind === 'scalars' || kind === 'parameterNorms' || role === 'microscope') return true;
    const zero = kind === 'gradient' || kind === 'log10Series' || kind === 'split';
    return data(name).every((value) => Number.isFinite(value) || (zero && value === -Infinity));
  });
}

/**
 * Floats whose first bytes lie together, then all second bytes, and so on: compressed, they are a sixth smaller.
 * @param {Uint8Array} planes
 */
function fromPlanes(planes) {
  const floats = planes.length / 4;
  return Uint8Array.from(planes, (_, at) => planes[(at % 4) * floats + (at >> 2)]).buffer;
}

/**
 * The trained trace that comes with the page: all lanes' floats in one file, one after another, each in byte planes.
 * @param {{ lanes: { info: LaneInfo, history: (number | null)[], byteOffset: number, floats: number, fingerprint: string }[] }} index
 * @param {ArrayBuffer} buffer
 */
export function decodeOpening(index, buffer) {
  return index.lanes.map(({ info, history, byteOffset, floats, fingerprint }) => {
    if (floats !== info.layout.floats) throw new RangeError(`opening: expected ${info.layout.floats} floats, got ${floats}`);
    return {
      info,
      fingerprint,
      frame: decodeFrame(info, fromPlanes(new Uint8Array(buffer, byteOffset, floats * 4))),
      // JSON has no NaN: "not evaluated at this step" is written as null.
      history: Float32Array.from(history, (value) => value ?? Number.NaN),
    };
  });
}
