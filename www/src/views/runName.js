// @ts-check
// What a branch is called: where it begins and what is different in it.

/** What a setting is set to, in words. @param {string} name @param {unknown} value @param {import('./view.js').Translate} t */
export const settingText = (name, value, t) =>
  name === 'cell' ? t.lane(String(value)) : value === null ? t.or(`choice.${name}.null`, t.or(`field.${name}.off`, t('run.off'))) : typeof value === 'number' ? t.short(value) : t.or(`choice.${name}.${value}`, String(value));

/** @param {import('./view.js').Derived['runs'][number]} run @param {import('./view.js').Translate} t */
export function runName({ at, changed }, t) {
  if (!changed.length) return t('run.first');
  const parts = changed.map(({ name, value, lane }) => {
    const text = settingText(name, value, t);
    const field = t(`field.${name}`);
    return lane ? t('run.setting.own', { lane: t.lane(lane), field, value: text }) : t('run.setting', { field, value: text });
  });
  return t('run.branch', { at: t.number(at), settings: parts.join(t('run.and')) });
}
