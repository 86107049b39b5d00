// What a host page does with a widget, wherever that lives: every public method at least once. It knows the widget by `call`
// alone and names nothing outside itself; what comes back is plain data, bit for bit the same from every home.

/** A sum that changes with every byte. @param {Uint8Array} bytes */
function sumOf(bytes) {
  let sum = 2166136261;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 16777619);
  return `${bytes.length} bytes, ${sum >>> 0}`;
}

/** @param {any} state */
const shown = ({ step, t, steps, unit, view, experiment, lanes }) => ({ step, t, steps, unit, view, experiment, lanes });

/** While the playhead sweeps, where it is is anybody's guess. @param {any} state */
const anew = (state) => ({ ...shown(state), t: 0 });

/** @param {any} trace */
const looked = ({ cell, steps, hiddenSize, hidden, forget, hiddenGradientLog10, loss }) => ({
  cell, steps, hiddenSize, hidden: sumOf(new Uint8Array(Float64Array.from(hidden).buffer)), forget: forget.length, gradients: Array.from(hiddenGradientLog10), loss,
});

/** @param {(method: string, ...args: any[]) => Promise<any>} call */
export async function drive(call) {
  const refused = (/** @type {string} */ method, /** @type {any[]} */ ...args) =>
    call(method, ...args).then(() => 'taken', ({ code, field }) => `${code} ${field}`);
  const begun = anew(await call('reset'));
  const trained = anew(await call('train', 6));
  const paused = await call('pause');
  const at = [];
  for (const [method, ...args] of [['seek', { t: 4 }], ['next'], ['next'], ['prev']]) at.push((await call(method, ...args)).t);
  const back = shown(await call('seek', { step: 2, t: 3 }));
  const again = shown(await call('seek', { step: 6 }));
  const traces = [looked(await call('getTrace')), looked(await call('getTrace', { lane: 'rnn' }))];
  const weights = await call('exportWeights');
  const others = await call('exportWeights', { lane: 'rnn' });
  const state = await call('getState');
  const reseeded = anew(await call('reset', { reseed: true }));
  const seeded = anew(await call('reset', { reseed: 41 }));
  const returned = shown(await call('setState', state));
  const linked = shown(await call('setState', '#v=1&T=9&h=5&vs=rnn&cell=gru&seed=3&step=4&t=2&unit=1'));
  await call('setState', state);
  await call('loadWeights', weights);
  const loaded = sumOf(await call('exportWeights'));
  const svg = await call('exportFigure', 'svg');
  const png = await call('exportFigure', 'png');
  const bitmap = await createImageBitmap(png);
  const playing = await call('play');
  await call('pause');
  const training = await call('train');
  const stopped = await call('pause');
  return {
    begun, trained, back, again, at, traces, reseeded, seeded, returned, linked, loaded,
    paused: paused.playing || paused.training,
    weights: [sumOf(weights), sumOf(others)],
    svg: { begins: svg.slice(0, 4), words: /Gradient norm per timestep/.test(svg), curves: svg.match(/<path[^>]*fill="none"/g)?.length },
    png: { type: png.type, width: bitmap.width },
    playing: playing.playing,
    training: training.training,
    stopped: stopped.training || stopped.playing,
    refusals: [
      await refused('train', -1), await refused('seek', { t: 1e9 }), await refused('reset', { reseed: 'yes' }), await refused('setState', 17),
      await refused('getTrace', { lane: '<b>' }), await refused('loadWeights', new Uint8Array(9)), await refused('exportFigure', 'gif'),
    ],
    after: shown(await call('setState', state)),
  };
}
