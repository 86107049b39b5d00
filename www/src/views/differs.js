// @ts-check
// A small table of what the lanes differ in. What is not in it they have in common.
import { html, nothing, render } from 'lit/html.js';
import { settingText } from './runName.js';
import { changes } from './view.js';

/** @type {import('./view.js').View} */
export default {
  id: 'differs',
  accepts: () => false,
  mount(el, { t }) {
    el.classList.add('card', 'differs');
    el.setAttribute('role', 'region');
    const changed = changes();
    return {
      draw({ lanes: shown, derived }, { experiment, order, lanes, source }) {
        // Fast lanes get further than slow ones, and one that diverged stays behind: what is seen then differs by that, too.
        const steps = source === 'live' && !derived.training ? order.map((lane) => shown[lane]?.frame?.scalar('step') ?? 0) : [];
        const apart = new Set(steps).size > 1;
        if (!changed(derived.comparing, experiment, t.language, apart ? steps.join() : '', ...order.map((lane) => lanes[lane].info))) return;
        const comparison = derived.comparing ? derived.comparison() : null;
        if (!comparison) return render(nothing, el);
        const { differing, settings } = comparison;
        const counts = order.map((lane) => lanes[lane].info?.parameters);
        const T = t.number(experiment.length);
        el.setAttribute('aria-label', t.landmark('compare.differs'));
        render(
          html`<h2>${t('compare.differs')}</h2>
            ${differing.length
              ? html`<table>
                  <thead>
                    <tr><td></td>${order.map((lane) => html`<th scope="col"><i class="lane-mark" data-cell=${lane}></i>${t.lane(lane)}</th>`)}</tr>
                  </thead>
                  <tbody>
                    ${differing.filter((name) => name !== 'cell').map(
                      (name) =>
                        html`<tr data-setting=${name}>
                          <th scope="row">${t(`field.${name}`)}</th>
                          ${order.map((lane) => {
                            const { value, has } = settings[name][lane];
                            return html`<td data-lane=${lane}>${has ? settingText(name, value, t) : t('value.none')}</td>`;
                          })}
                        </tr>`,
                    )}
                    ${new Set(counts).size > 1
                      ? html`<tr data-setting="parameters"><th scope="row">${t('compare.parameters')}</th>${counts.map((count) => html`<td>${count === undefined ? t('value.none') : t.number(count)}</td>`)}</tr>`
                      : nothing}
                  </tbody>
                </table>`
              : html`<p>${t('compare.alike')}</p>`}
            ${apart ? html`<p class="apart">${t('compare.apart', { lanes: t.list(order.map((lane, k) => t('compare.at', { lane: t.lane(lane), step: t.number(steps[k]) }))) })}</p>` : nothing}
            <p class="about">${t('compare.common', { task: t(`choice.task.${experiment.task}`), T, H: t.number(experiment.hidden), batch: t.number(experiment.batch), seed: experiment.seed })}</p>`,
          el,
        );
      },
      dispose: () => el.replaceChildren(),
    };
  },
};
