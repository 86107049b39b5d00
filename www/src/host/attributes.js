// @ts-check
// The element's attributes and properties, all from the table that also makes links and controls: the core's catalog.
import { catalog, linkKey } from '../state/experiment.js';
import { LETTERS, OWN, ownKey } from '../state/lanes.js';
import { WISHES, readLink, readWishes, writeLink } from '../state/link.js';

/**
 * Attributes that say what a link says, and the link's own keys. HTML knows no capital letters: `t` is the sequence length `T`,
 * the playhead is `timestep`.
 * @type {Map<string, string>}
 */
export const LINK_ATTRIBUTES = new Map([
  ...[...catalog.fields.map(({ link }) => link), 'vs', 'step', 'unit', 'view'].map((key) => /** @type {[string, string]} */ ([key.toLowerCase(), key])),
  ['timestep', 't'],
  // What one lane has for itself, the lanes lettered from the top: `b.lr`.
  ...LETTERS.flatMap((_, place) => OWN.map((name) => linkKey(ownKey(place, name)))).map((key) => /** @type {[string, string]} */ ([key, key])),
]);
/** A host's wishes that are attributes; whose messages are obeyed is a frame's business. */
export const WISH_ATTRIBUTES = WISHES.filter((name) => name !== 'origin');

/** What a host page may do with an element, and with a frame by messages. */
export const METHODS = /** @type {const} */ (['train', 'play', 'pause', 'next', 'prev', 'reset', 'seek', 'getState', 'setState', 'getTrace', 'loadWeights', 'exportWeights', 'exportFigure']);

export const OBSERVED = [...LINK_ATTRIBUTES.keys(), ...WISH_ATTRIBUTES, 'link', 'src'];

/** @param {string} text */
function encode(text) {
  try {
    return encodeURIComponent(text);
  } catch {
    // Half a character.
    return '%EF%BF%BD';
  }
}

/** The link that an element's attributes ask for; single ones count more than the whole `link`. @param {Element} element */
export function askedLink(element) {
  const parts = [(element.getAttribute('link') ?? '').replace(/^#/, '')];
  for (const [attribute, key] of LINK_ATTRIBUTES) {
    const value = element.getAttribute(attribute);
    if (value !== null) parts.push(`${key}=${encode(value)}`);
  }
  return `#${parts.filter(Boolean).join('&')}`;
}

/** @param {Element} element */
export const askedWishes = (element) => readWishes((key) => (key === 'origin' ? null : element.getAttribute(key)));

/** What a link's key says, as the link would write it. @param {string} link @param {string} key */
export function valueIn(link, key) {
  const written = writeLink(readLink(link)).split('&');
  const value = written.find((part) => part.startsWith(`${key}=`))?.slice(key.length + 1) ?? '';
  const text = decodeURIComponent(value);
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text === '' ? null : text;
}
