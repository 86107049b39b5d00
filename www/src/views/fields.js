// @ts-check
// One setting as a control. What kind of control follows from the catalog's entry, never from the setting's name.
import { html, noChange, nothing } from 'lit/html.js';
import { live } from 'lit/directives/live.js';

/** @typedef {import('../generated/types.d.ts').Field} Field */
/** @typedef {{ t: import('./view.js').Translate, set: (value: unknown) => void, effective: string | null, typing: Typing }} Hands */
/** The box somebody is typing into, if any. @typedef {{ box: HTMLInputElement | null, field: string, pasted?: string }} Typing `pasted`: what came in last, where it was more than a key */

/** Numbers on a logarithmic slider are kept to two digits: nobody means 0.0100237. @param {number} value */
const twoDigits = (value) => Number(value.toPrecision(2));

const target = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target);

/** Where a nullable number starts when it is switched on. @param {Field} field */
const startOf = (field) => (typeof field.default === 'number' ? field.default : Math.min(field.max ?? 1, Math.max(field.min ?? 0, 1)));

/**
 * @param {Field} field @param {any} value @param {Hands} hands
 */
export function fieldRow(field, value, hands) {
  const { t, effective } = hands;
  const note = effective === null ? nothing : html`<small class="effective">${t('field.effective', { value: effective })}</small>`;
  if (field.kind === 'choice') return html`${choice(field, value, hands)}${note}`;
  if (field.choices?.length) return html`${named(field, value, hands)}${note}`;
  if (field.nullable) return html`${optional(field, value, hands)}${note}`;
  if ((field.max ?? Infinity) > 1e6) return html`${plain(field, value, hands)}${note}`;
  return html`${slider(field, value, hands, t(`field.${field.name}`))}${note}`;
}

/** @param {Field} field @param {any} value @param {Hands} hands */
function choice(field, value, { t, set }) {
  return html`<label class="field choice"
    ><span>${t(`field.${field.name}`)}</span>
    <select .value=${live(String(value))} @change=${(/** @type {Event} */ e) => set(target(e).value)}>
      ${field.choices?.map((name) => html`<option value=${name} ?selected=${name === value}>${t.or(`choice.${field.name}.${name}`, name)}</option>`)}
    </select></label
  >`;
}

/** A number that also has names: as initialised, 1, the names, a value of one's own. @param {Field} field @param {any} value @param {Hands} hands */
function named(field, value, hands) {
  const { t, set } = hands;
  const names = [...(field.nullable ? ['null'] : []), '1', ...(field.choices ?? [])];
  const current = value === null ? 'null' : String(value);
  const known = names.includes(current);
  const pick = (/** @type {Event} */ e) => {
    const name = target(e).value;
    if (name === 'null') set(null);
    else if (field.choices?.includes(name)) set(name);
    // 1 has its own entry: a value of one's own starts beside it.
    else set(name === 'custom' ? 2 : Number(name));
  };
  return html`<label class="field choice"
      ><span>${t(`field.${field.name}`)}</span>
      <select .value=${live(known ? current : 'custom')} @change=${pick}>
        ${[...names, 'custom'].map((name) => html`<option value=${name} ?selected=${name === (known ? current : 'custom')}>${t.or(`choice.${field.name}.${name}`, name)}</option>`)}
      </select></label
    >
    ${known ? nothing : slider(field, value, hands, t('field.value', { field: t(`field.${field.name}`) }))}`;
}

/** A number that may be left out. @param {Field} field @param {any} value @param {Hands} hands */
function optional(field, value, hands) {
  const { t, set } = hands;
  // What a box that is not ticked would do: "as trained" beside one would say the opposite of what is.
  const on = t.or(`field.${field.name}.on`, '');
  const text = value === null ? t.or(`field.${field.name}.change`, on) : on;
  return html`<label class="field check"
      ><span>${t(`field.${field.name}`)}</span>
      <input type="checkbox" .checked=${live(value !== null)} @change=${(/** @type {Event} */ e) => set(target(e).checked ? startOf(field) : null)} /><em>${text}</em></label
    >
    ${value === null ? nothing : slider(field, value, hands, t.or(`field.${field.name}.value`, t(`field.${field.name}`)))}`;
}

/** What is said to have been given where a box has no number. The browser tells no text that is none, only what came in at once. @param {boolean} bad @param {string} [pasted] */
const unread = (bad, pasted = '') => (pasted.length > 24 ? `${pasted.slice(0, 24)}…` : pasted.length > 1 ? pasted : bad ? '…' : '');

/** What is being typed is never overwritten; once it has been handed over, the box says again what is set. @param {Field} field @param {any} value @param {Hands} hands */
function typed(field, value, { set, typing }) {
  return {
    value: live(typing.box?.isConnected && typing.field === field.name ? noChange : String(value)),
    input: (/** @type {Event} */ e) => void Object.assign(typing, { box: target(e), field: field.name, pasted: /** @type {InputEvent} */ (e).data ?? '' }),
    change(/** @type {Event} */ e) {
      typing.box = null;
      const { value, validity } = target(e);
      set(value === '' ? unread(validity.badInput, typing.pasted) : Number(value));
    },
    blur(/** @type {Event} */ e) {
      // Left without a change.
      if (typing.box) target(e).value = String(value);
      typing.box = null;
    },
  };
}

/** @param {Field} field @param {any} value @param {Hands} hands */
function plain(field, value, hands) {
  const { t } = hands;
  const box = typed(field, value, hands);
  return html`<label class="field choice"
    ><span>${t(`field.${field.name}`)}</span>
    <input type="number" min=${field.min ?? nothing} max=${field.max ?? nothing} step="1" .value=${box.value} @input=${box.input} @change=${box.change} @blur=${box.blur}
  /></label>`;
}

/** @param {Field} field @param {any} value @param {Hands} hands @param {string} label */
function slider(field, value, hands, label) {
  const { t, set } = hands;
  const box = typed(field, value, hands);
  const log = field.scale === 'log';
  const [min, max] = [Number(field.min), Number(field.max)];
  const step = field.step ?? (field.kind === 'integer' ? 1 : 0.05);
  const from = (/** @type {number} */ x) => (log ? twoDigits(10 ** x) : field.kind === 'integer' ? x : Number(x.toPrecision(6)));
  return html`<div class="field range">
    <span aria-hidden="true">${label}</span>
    <input
      type="range"
      aria-label=${label}
      aria-valuetext=${t.short(value)}
      min=${log ? Math.log10(min) : min}
      max=${log ? Math.log10(max) : max}
      step=${log ? 0.05 : step}
      .value=${live(String(log ? Math.log10(value) : value))}
      @input=${(/** @type {Event} */ e) => set(from(Number(target(e).value)))}
    />
    <input
      type="number"
      aria-label=${t('field.number', { field: label })}
      min=${min}
      max=${max}
      step=${field.kind === 'integer' ? 1 : 'any'}
      .value=${box.value}
      @input=${box.input}
      @change=${box.change}
      @blur=${box.blur}
    />
  </div>`;
}
