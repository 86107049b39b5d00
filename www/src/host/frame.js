// @ts-check
// A frame's commands by postMessage: who may give them, what a good one looks like, how many there may be.
//
// In: `{ ns: 'gatescope', v: 1, id, method, params }`. Out: `{ ns, v, id, result | error }`, and events `{ ns, v, event, data }`.

export const NAMESPACE = 'gatescope';
export const VERSION = 1;

/** So many commands at once, and so many more each second. */
const BURST = 60;
const PER_SECOND = 30;
/** What a frame without a trusted parent tells: that it is there, and how much room it needs. */
const PUBLIC = ['ready', 'resize'];

/** An origin exactly as a message carries it; null for anything else, also for the opaque one, which anybody can have. @param {string | null} given */
export function trustedOrigin(given) {
  if (given === null) return null;
  try {
    const { origin, protocol } = new URL(given);
    return origin === given && (protocol === 'https:' || protocol === 'http:') ? origin : null;
  } catch {
    return null;
  }
}

/** @param {() => number} now milliseconds */
export function createRate(now) {
  let tokens = BURST;
  let last = now();
  /** Whether one more command may be taken. */
  return () => {
    const at = now();
    tokens = Math.min(BURST, tokens + ((at - last) / 1000) * PER_SECOND);
    last = at;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}

/** @typedef {{ code: string, field: string, expected: string, given: string, message: string }} Refusal */

/** @param {string} code @param {string} field @param {string} expected @param {string} given @returns {Refusal} */
const refusal = (code, field, expected, given) => ({ code, field, expected, given, message: `${field}: expected ${expected}, got ${given}` });

/**
 * What is to be done with a message: nothing (it is not for us, or nobody could be answered), a refusal, or a call.
 * @param {unknown} data @param {readonly string[]} methods
 * @returns {null | { id: string | number, error: Refusal } | { id: string | number, method: string, params: unknown[] }}
 */
export function readCommand(data, methods) {
  if (typeof data !== 'object' || data === null) return null;
  const { ns, v, id, method, params } = /** @type {Record<string, unknown>} */ (data);
  if (ns !== NAMESPACE) return null;
  if (!(typeof id === 'string' && id.length <= 64) && !(typeof id === 'number' && Number.isFinite(id))) return null;
  const shown = (/** @type {unknown} */ value) => (typeof value === 'string' ? value.slice(0, 40) : typeof value === 'number' ? String(value) : typeof value);
  if (v !== VERSION) return { id, error: refusal('unsupported-version', 'v', String(VERSION), shown(v)) };
  if (typeof method !== 'string' || !methods.includes(method)) return { id, error: refusal('unknown-method', 'method', methods.join(', '), shown(method)) };
  // One argument may come as it is, several in a list.
  return { id, method, params: params === undefined ? [] : Array.isArray(params) ? params.slice(0, 4) : [params] };
}

/**
 * Obeys the parent, and tells it what happens.
 * @param {object} frame
 * @param {Window} frame.window
 * @param {string | null} frame.origin whose messages are obeyed
 * @param {readonly string[]} frame.methods
 * @param {(method: string, params: unknown[]) => Promise<unknown>} frame.call
 */
export function obeyParent({ window, origin, methods, call }) {
  const trusted = trustedOrigin(origin);
  const mayCall = createRate(() => performance.now());
  const { parent } = window;
  const framed = parent !== window;

  /** @param {object} message */
  const answer = (message) => {
    if (trusted) parent.postMessage({ ns: NAMESPACE, v: VERSION, ...message }, trusted);
  };
  if (framed && trusted) {
    window.addEventListener('message', async ({ source, origin: from, data }) => {
      if (source !== parent || from !== trusted) return;
      const command = readCommand(data, methods);
      if (!command) return;
      const { id } = command;
      if ('error' in command) return answer({ id, error: command.error });
      if (!mayCall()) return answer({ id, error: refusal('rate-limited', 'method', `at most ${PER_SECOND} a second`, 'more') });
      try {
        answer({ id, result: await call(command.method, command.params) });
      } catch (thrown) {
        const { code = 'internal', field = '', expected = '', given = '', message = '' } = /** @type {Partial<Refusal>} */ (thrown ?? {});
        answer({ id, error: { code, field, expected, given, message: String(message || thrown) } });
      }
    });
  }
  return {
    /** @param {string} event @param {unknown} data */
    tell(event, data) {
      if (!framed) return;
      if (trusted) answer({ event, data });
      else if (PUBLIC.includes(event)) {
        // Anybody may embed the frame; what it is about is none of everybody's business.
        const bare = event === 'resize' ? data : {};
        parent.postMessage({ ns: NAMESPACE, v: VERSION, event, data: bare }, '*');
      }
      if (event === 'resize') {
        const { contentHeight } = /** @type {{ contentHeight: number }} */ (data);
        // As learning platforms (Canvas, Moodle, Sakai) want to be asked for room.
        parent.postMessage({ subject: 'lti.frameResize', height: contentHeight }, '*');
      }
    },
  };
}
