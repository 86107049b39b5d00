// @ts-check
// What a branch is called: where it begins and what is different in it.

/** @param {import('./view.js').Derived['runs'][number]} run @param {import('./view.js').Translate} t */
export function runName({ at, changed }, t) {
  if (!changed.length) return t('run.first');
  const parts = changed.map(({ name, value }) => {
    const text = value === null ? t('run.off') : typeof value === 'number' ? t.short(value) : t.or(`choice.${name}.${value}`, String(value));
    return t('run.setting', { field: t(`field.${name}`), value: text });
  });
  return t('run.branch', { at: t.number(at), settings: parts.join(t('run.and')) });
}
