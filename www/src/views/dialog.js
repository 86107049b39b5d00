// @ts-check
// A dialog that holds the page while it is open.

/**
 * @param {HTMLElement} parent @param {string} className
 * @param {() => void} closed whichever way it closes, a button, Escape or a click beside it: so the state always knows
 */
export function createDialog(parent, className, closed) {
  const dialog = parent.appendChild(document.createElement('dialog'));
  dialog.className = className;
  dialog.addEventListener('close', closed);
  // A click beside the dialog is one on its backdrop.
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  return {
    dialog,
    /** @param {boolean} open */
    show(open) {
      if (open === dialog.open) return;
      if (open) dialog.showModal();
      else dialog.close();
    },
    dispose() {
      dialog.close();
      dialog.remove();
    },
  };
}
