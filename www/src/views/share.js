// @ts-check
// What a teacher takes along: the experiment as a frame for a page, as an element, as a link, as a code for phones; each as it
// is at this very moment, with a preview that is the thing itself.
import { html, nothing, render } from 'lit/html.js';
import { live } from 'lit/directives/live.js';
import { createDialog } from './dialog.js';
import { icon } from './icons.js';
import { changes } from './view.js';

/** Sizes that are offered, in CSS pixels; a width of null takes what there is. @type {Record<string, { width: number | null, height: number }>} */
const SIZES = { small: { width: 600, height: 400 }, large: { width: 800, height: 520 }, column: { width: null, height: 520 } };

/** @param {string} text */
const attribute = (text) => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');

/**
 * The snippets, as somebody pastes them into a page.
 * @param {{ page: string, link: string, language: string, theme: string, size: keyof typeof SIZES, title: string }} what
 */
export function snippets({ page, link, language, theme, size, title }) {
  const wishes = new URLSearchParams({ lang: language, theme });
  const address = (/** @type {string} */ file) => Object.assign(new URL(file, page), { search: String(wishes), hash: link }).href;
  const { width, height } = SIZES[size];
  const frame = address('embed.html');
  return {
    frameAddress: frame,
    frame: `<iframe src="${attribute(frame)}" title="${attribute(title)}" width="${width ?? '100%'}" height="${height}" style="border:0" loading="lazy" allow="fullscreen; clipboard-write"></iframe>`,
    element: `<script type="module" src="${attribute(new URL('gatescope.js', page).href)}"></script>\n<gate-scope link="${attribute(link)}" lang="${attribute(language)}" theme="${attribute(theme)}" style="width:${width === null ? '100%' : `${width}px`};height:${height}px"></gate-scope>`,
    link: address('./'),
  };
}

/** @type {import('./view.js').View} */
export default {
  id: 'share',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    const { dialog, show, dispose } = createDialog(el, 'share', () => dispatch({ type: 'ui', change: { shareOpen: false } }));
    // What a preview tells is not what the app around it has to tell.
    for (const event of ['ready', 'state', 'train', 'cursor', 'diverged', 'resize', 'error']) dialog.addEventListener(`gs-${event}`, (heard) => heard.stopPropagation());
    const changed = changes();
    /** @type {keyof typeof SIZES} */
    let size = 'small';
    let copied = '';
    /** What is shared is what was shown when the dialog was opened. */
    let link = '';
    /** @type {Promise<typeof import('../draw/qr.js')> | null} */
    let qr = null;
    return {
      draw({ derived }, { ui }) {
        if (!ui.shareOpen) {
          show(false);
          if (dialog.childElementCount) render(nothing, dialog);
          link = '';
          return;
        }
        link ||= derived.link();
        const page = derived.page;
        if (!page || !changed(link, ui.language, ui.theme, t.language, size, copied)) return;
        const made = snippets({ page, link, language: ui.language, theme: ui.theme, size, title: t('title') });
        dialog.setAttribute('aria-label', t('share.title'));
        render(
          html`<div class="head"><h2>${t('share.title')}</h2><button class="link" aria-haspopup="dialog" @click=${takeAway}>${t('button.takeAway')}</button><button aria-label=${t('share.close')} @click=${() => dialog.close()}>${icon('close')}</button></div>
            <div class="share-body">
              <div class="share-texts">
                <div class="tabs" role="group" aria-label=${t('share.size')}>
                  ${/** @type {(keyof typeof SIZES)[]} */ (Object.keys(SIZES)).map((name) => html`<button aria-pressed=${name === size} @click=${() => void (size = name)}>${t(`share.size.${name}`)}</button>`)}
                </div>
                ${text('frame', made.frame)} ${text('element', made.element)} ${text('link', made.link)}
                <p class="hint" role="status">${copied && t(`share.${copied}`)}</p>
              </div>
              <div class="share-pictures">
                ${preview(made.frameAddress, ui)}
                <div class="share-code"></div>
              </div>
            </div>`,
          dialog,
        );
        qr ??= import('../draw/qr.js');
        const shown = made.link;
        qr.then(({ qrImage }) => {
          const image = qrImage(shown, t('share.code'));
          const box = dialog.querySelector('.share-code');
          if (image) box?.replaceChildren(image);
          else box?.replaceChildren(t('share.tooLong'));
        }, () => {});
        show(true);
      },
      dispose,
    };

    /** On a screen without room for its button, files are taken along from here. */
    function takeAway() {
      dialog.close();
      dispatch({ type: 'ui', change: { takeOpen: true } });
    }

    /** Where the element is at hand it is its own preview: its host's policy need not allow frames. @param {string} address @param {{ language: string, theme: string }} look */
    function preview(address, { language, theme }) {
      return customElements.get('gate-scope')
        ? html`<gate-scope link=${link} lang=${language} theme=${theme} aria-label=${t('share.preview')}></gate-scope>`
        : html`<iframe src=${address} title=${t('share.preview')}></iframe>`;
    }

    /** @param {string} name @param {string} value */
    function text(name, value) {
      return html`<label class="snippet"><span>${t(`share.${name}`)}</span><textarea readonly rows=${name === 'link' ? 2 : 3} spellcheck="false" .value=${live(value)}></textarea></label>
        <button class="copy" @click=${(/** @type {Event} */ event) => copy(event, value)}>${t('share.copy')}</button>`;
    }

    /** Where the clipboard is refused, as in many frames, the text is selected: one key more. @param {Event} event @param {string} value */
    async function copy(event, value) {
      const box = /** @type {HTMLTextAreaElement | null | undefined} */ (/** @type {Element} */ (event.currentTarget).previousElementSibling?.querySelector('textarea'));
      copied = '';
      try {
        await navigator.clipboard.writeText(value);
        copied = 'copied';
      } catch {
        box?.focus();
        box?.select();
        copied = 'selected';
      }
    }
  },
};
