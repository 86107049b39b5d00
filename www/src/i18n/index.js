// @ts-check
// Words and numbers in the reader's language. A message is one whole sentence with {gaps}; nothing is glued together.
import en from './en.json' with { type: 'json' };

/** The first language is always there; another one is fetched when somebody reads it. @type {Record<string, { name: string, load: () => Promise<Record<string, string>> }>} */
export const LANGUAGES = {
  en: { name: 'English', load: async () => en },
  'zh-CN': { name: '简体中文', load: async () => (await import('./zh-CN.json', { with: { type: 'json' } })).default },
};

/** English words that come later than the others, with the panels that say them. @param {Record<string, string>} words */
export const learn = (words) => void Object.assign(en, words);

/** The language to begin with, from what the browser prefers. @param {readonly string[]} preferred */
export const preferredLanguage = (preferred) => (preferred.find((tag) => /^(zh|en)\b/i.test(tag))?.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en');

/** In words that run from right to left what is put in keeps the direction of its own. @param {string} message @param {Record<string, unknown>} params @param {boolean} rtl */
const fill = (message, params, rtl) => message.replace(/\{(\w+)\}/g, (gap, name) => (name in params ? (rtl ? `\u2068${params[name]}\u2069` : String(params[name])) : gap));

const MINUS = '−';

/**
 * Words and numbers of one language that can be switched while the page lives; English to begin with.
 * @param {number} [place] which app of its page it is: the landmarks of the second and later ones are numbered
 */
export function createTranslator(place = 1) {
  let language = 'en';
  let wanted = language;
  /** @type {Record<string, string>} */
  let messages = en;
  /** @type {Map<string, Intl.NumberFormat>} */
  let formats = new Map();

  /** @param {number} value @param {Intl.NumberFormatOptions} options */
  const format = (value, options) => {
    const key = JSON.stringify(options);
    let made = formats.get(key);
    if (!made) formats.set(key, (made = new Intl.NumberFormat(language, options)));
    return made.format(value).replace('-', MINUS);
  };

  /** @param {string} key @param {Record<string, unknown>} [params] */
  const t = (key, params = {}) => fill(messages[key] ?? key, params, messages.direction === 'rtl');

  /** @type {Map<string, Intl.ListFormat>} */
  let lists = new Map();
  /** @type {Intl.PluralRules | null} */
  let plurals = null;

  const more = {
    get language() {
      return language;
    },
    /**
     * Goes over to another language as soon as its words are there; what was asked for last counts.
     * @param {string} next @returns {Promise<void>} rejected when the words cannot be had: all stays as it is then
     */
    async use(next) {
      if (!Object.hasOwn(LANGUAGES, next)) return;
      wanted = next;
      const loaded = await LANGUAGES[next].load();
      if (wanted !== next) return;
      language = next;
      messages = loaded;
      formats = new Map();
      lists = new Map();
      plurals = null;
    },
    /** Things said one after another. @param {string[]} items @param {'conjunction' | 'disjunction'} [type] */
    list(items, type = 'conjunction') {
      let made = lists.get(type);
      if (!made) lists.set(type, (made = new Intl.ListFormat(language, { type, style: 'long' })));
      return made.format(items);
    },
    /** A message with a count, in the form that the count asks for: `key.one`, `key.other`. @param {string} key @param {number} count @param {Record<string, unknown>} [params] */
    plural(key, count, params) {
      plurals ??= new Intl.PluralRules(language);
      const form = `${key}.${plurals.select(count)}`;
      return t(form in messages ? form : `${key}.other`, { ...params, count: this.number(count) });
    },
    /** A name that may come from the core: its translation if there is one, else as it is. @param {string} key @param {string} fallback */
    or: (key, fallback) => messages[key] ?? fallback,
    /** The name of a landmark: no two of a page may have the same. @param {string} key @param {Record<string, unknown>} [params] */
    landmark: (key, params) => t(key, params) + (place > 1 ? ` (${place})` : ''),
    /** A lane by its id: its cell's name, numbered where several lanes have that cell. @param {string} id */
    lane(id) {
      const number = /\d$/.exec(id)?.[0];
      return number ? t('lane.numbered', { cell: t(`cell.${id.slice(0, -1)}`), number: this.number(Number(number)) }) : t(`cell.${id}`);
    },
    /** @param {number} value @param {number} [digits] decimals */
    number: (value, digits = 0) =>
      Number.isFinite(value)
        ? format(value, { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: 'negative' })
        : t('value.none'),
    /** A value beside its strip: two decimals as long as there is room, else mantissa and exponent. @param {number} value */
    reading(value) {
      if (!Number.isFinite(value) || Math.abs(value) < 1000) return this.number(value, 2);
      return `${value < 0 ? MINUS : ''}${this.magnitude(Math.log10(Math.abs(value)))}`;
    },
    /** Up to three significant digits, for settings. @param {number} value */
    short: (value) =>
      value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)
        ? format(value, { notation: 'scientific', maximumSignificantDigits: 3 }).replace('E', 'e').replace('e-', `e${MINUS}`)
        : format(value, { maximumSignificantDigits: 6, useGrouping: false }),
    /** @param {number} share 0..1 */
    percent: (share) => (Number.isFinite(share) ? format(share, { style: 'percent', maximumFractionDigits: 0 }) : t('value.none')),
    /** A magnitude given by its log10, also where no float could hold it. @param {number} log10 */
    magnitude(log10) {
      if (Number.isNaN(log10) || log10 === Infinity) return t('value.notFinite');
      if (log10 === -Infinity) return '0';
      if (log10 > -2 && log10 < 3) return format(10 ** log10, { maximumSignificantDigits: 2 });
      let exponent = Math.floor(log10);
      let mantissa = Math.round(10 ** (log10 - exponent) * 10) / 10;
      if (mantissa >= 10) [mantissa, exponent] = [1, exponent + 1];
      return `${format(mantissa, { maximumFractionDigits: 1 })}e${format(exponent, { useGrouping: false })}`;
    },
    /** A magnitude given by its log10, with six digits: to be compared with another program's. @param {number} log10 */
    exact(log10) {
      if (Number.isNaN(log10)) return t('value.none');
      if (!Number.isFinite(log10)) return log10 < 0 ? '0' : t('value.notFinite');
      // A digit further would round up to a ten.
      const exponent = Math.floor(log10 + 2.2e-7);
      return `${format(10 ** (log10 - exponent), { minimumFractionDigits: 5, maximumFractionDigits: 5 })}e${exponent}`.replace('-', MINUS);
    },
    /** A number among the terms of a sum: four significant digits. @param {number} value @param {number} [exponent] times 2^exponent @param {number} [digits] */
    figure(value, exponent = 0, digits = 4) {
      if (!Number.isFinite(value)) return t('value.notFinite');
      if (value === 0) return '0';
      const log10 = Math.log10(Math.abs(value)) + exponent * Math.log10(2);
      const sign = value < 0 ? MINUS : '';
      if (log10 > -3 && log10 < 5) return format(value * 2 ** exponent, { maximumSignificantDigits: digits, useGrouping: false });
      let power = Math.floor(log10);
      const unit = 10 ** (digits - 1);
      let mantissa = Math.round(10 ** (log10 - power) * unit) / unit;
      if (mantissa >= 10) [mantissa, power] = [1, power + 1];
      return `${sign}${format(mantissa, { maximumFractionDigits: digits - 1 })}e${format(power, { useGrouping: false })}`;
    },
    /** A factor of a product, as on a blackboard: .61 @param {number} value */
    factor(value) {
      if (!Number.isFinite(value)) return t('value.notFinite');
      if (value === 0) return '0';
      if (value < 0.005 || value >= 1000) return this.magnitude(Math.log10(value));
      return format(value, { maximumFractionDigits: value < 10 ? 2 : 0, minimumFractionDigits: value < 10 ? 2 : 0 }).replace(/^0(?=\D)/, '');
    },
  };
  // Not Object.assign: that would freeze the language at its first value.
  return /** @type {typeof t & typeof more} */ (Object.defineProperties(t, Object.getOwnPropertyDescriptors(more)));
}
/** @typedef {ReturnType<typeof createTranslator>} Translate */
