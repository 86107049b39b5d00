// @ts-check
// What distinguishes a lane's run, in a few words. Small widgets have no room for it.

/**
 * @param {import('../generated/types.d.ts').LaneInfo} info @param {string[]} alone names of the settings that this lane has for itself
 * @param {import('../i18n/index.js').Translate} t @returns {string}
 */
export function aboutLane({ experiment, parameters }, alone, t) {
  /** @type {string[]} */
  const parts = [];
  if (experiment.forgetBias !== null) {
    parts.push(experiment.forgetBias === 'chrono' ? t('about.chrono') : t('about.forgetBias', { value: t.short(Number(experiment.forgetBias)) }));
  } else parts.push(t(`about.init.${experiment.init}`));
  if (experiment.spectralRadius !== null) parts.push(t('about.rho', { value: t.short(experiment.spectralRadius) }));
  for (const name of alone) {
    if (name === 'forgetBias' || name === 'spectralRadius') continue;
    const value = /** @type {string | number | null} */ (experiment[/** @type {keyof typeof experiment} */ (name)]);
    parts.push(t('about.own', { field: t(`field.${name}`), value: typeof value === 'number' ? t.short(value) : value === null ? t.or(`field.${name}.off`, t('value.none')) : t.or(`choice.${name}.${value}`, value) }));
  }
  parts.push(t('about.parameters', { count: t.number(parameters) }));
  return parts.join(' · ');
}
