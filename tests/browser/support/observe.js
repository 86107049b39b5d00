// @ts-check
// Scripts that run in the page before its own: they watch, and change nothing.

/** Keeps the workers and the records of training that they post (figures, and the norms of every parameter), by cell, in `globalThis.observed`. */
export function observeWorkers() {
  const observed = { workers: /** @type {Worker[]} */ ([]), history: /** @type {Record<string, number[]>} */ ({}), norms: /** @type {Record<string, number[]>} */ ({}) };
  Object.assign(globalThis, { observed });
  globalThis.Worker = class extends Worker {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(url, options);
      observed.workers.push(this);
      let cell = '';
      this.addEventListener('message', ({ data }) => {
        if (data.type === 'ready') {
          cell = data.info.experiment.cell;
          observed.history[cell] = [];
          observed.norms[cell] = [];
        }
        if (data.type !== 'frame') return;
        observed.history[cell].push(...data.history);
        observed.norms[cell].push(...data.norms);
      });
    }
  };
}

/** Keeps every text that is painted into a canvas, in `globalThis.painted`. */
export function observePaintedText() {
  const painted = new Set();
  Object.assign(globalThis, { painted });
  const fillText = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    painted.add(text);
    return fillText.call(this, text, ...rest);
  };
}

/** Notes when the strips are first on the screen and when the playhead first moves, in `globalThis.firsts` (ms since navigation). */
export function observeFirstFrames() {
  const firsts = { shown: 0, moved: 0 };
  Object.assign(globalThis, { firsts });
  let before = '';
  /** @param {number} now */
  const look = (now) => {
    const playhead = /** @type {HTMLElement | null} */ (document.querySelector('.playhead'));
    const strips = document.querySelectorAll('canvas[data-channel]').length;
    const place = playhead?.style.transform ?? '';
    if (strips && !firsts.shown) firsts.shown = now;
    if (strips && before && place !== before && !firsts.moved) firsts.moved = now;
    if (strips) before = place;
    if (!firsts.moved) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Notes main-thread tasks over 50 ms and the time between animation frames, in `globalThis.pace`. */
export function observePace() {
  const pace = { long: /** @type {number[]} */ ([]), frames: /** @type {number[]} */ ([]) };
  Object.assign(globalThis, { pace });
  new PerformanceObserver((list) => pace.long.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
  let last = 0;
  /** @param {number} now */
  const look = (now) => {
    if (last) pace.frames.push(now - last);
    last = now;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
