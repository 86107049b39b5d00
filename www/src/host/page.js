// @ts-check
// The page as the place an app lives in: its address bar, its title, its root element, its keyboard.

/** The two files of the trained trace: their addresses, or what is in them. @typedef {{ index: string | { lanes: any[] }, data: string | ArrayBuffer }} Opening */

/** Where lessons and the presenter's window come from. @typedef {{ hear: (action: import('../state/reducer.js').Action) => void, notesLink: string | null }} Desk */
/**
 * What an app asks of the place it lives in. Every function that hears something answers how to stop hearing it.
 * @typedef {object} Host
 * @property {import('../state/link.js').Wishes} wishes what the place wants of the app
 * @property {Opening | null} opening where the trained trace that an app opens on lies
 * @property {string | null} page the address of the page that shows everything
 * @property {() => Worker} spawn starts a lane's worker
 * @property {() => Promise<WebAssembly.Module>} compile
 * @property {number} [place] which app of its page this is, where there may be several
 * @property {EventTarget | null} keys where the keyboard is heard; null: nowhere
 * @property {() => string} read the link as it is asked for
 * @property {(link: string) => void} [follow] asks for another link, where a host's methods may
 * @property {(wish: string, value: string) => void} [choose] the reader has chosen otherwise than the host wished: a reload comes back to that
 * @property {Desk | null} [desk] a teacher's desk; not everywhere is room for one
 * @property {(link: string) => void} write the link as it has become
 * @property {(hear: () => void) => () => void} onLink another link is asked for
 * @property {(hear: (shown: boolean) => void) => () => void} onShown told at once, and again whenever the app comes into sight or goes out of it
 * @property {(look: { language: string, direction: string, theme: string, ground: string, title: string }) => void} wear the app's look as it is now
 */

/** A sandboxed frame may refuse, and a page from a disk; the page works without. @param {string} address */
function rewrite(address) {
  try {
    history.replaceState(history.state, '', address);
  } catch {
    /* nothing to do */
  }
}

/**
 * @param {Pick<Host, 'wishes' | 'opening' | 'page' | 'spawn' | 'compile' | 'desk'>} given
 * @returns {Host}
 */
export function pageHost(given) {
  const root = document.documentElement;
  let written = '';
  return {
    ...given,
    keys: document,
    read() {
      written = location.hash;
      return written;
    },
    write(link) {
      // Somebody has gone elsewhere, and the event that tells it is yet to come: that entry is not ours to write.
      if (location.hash !== written) return;
      rewrite(link);
      written = location.hash;
    },
    choose(wish, value) {
      const address = new URL(location.href);
      address.searchParams.set(wish, value);
      rewrite(address.href);
    },
    onLink(hear) {
      const heard = () => location.hash !== written && hear();
      addEventListener('hashchange', heard);
      return () => removeEventListener('hashchange', heard);
    },
    onShown(hear) {
      // A page opened in the background gets ready there; only one that was left goes to sleep.
      hear(true);
      const heard = () => hear(!document.hidden);
      document.addEventListener('visibilitychange', heard);
      return () => document.removeEventListener('visibilitychange', heard);
    },
    wear({ language, direction, theme, ground, title }) {
      root.lang = language;
      root.dir = direction;
      root.dataset.theme = theme;
      root.dataset.ground = ground;
      document.title = title;
    },
  };
}
