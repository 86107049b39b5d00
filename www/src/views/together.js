// @ts-check
// Panels of one place that are fetched as one: each keeps its own box and its own name.

/** @typedef {import('./view.js').View} View */

/** @param {string} id @param {View[]} views @returns {View} */
export const together = (id, views) => ({
  id,
  accepts: () => false,
  mount(el, context) {
    el.classList.add('together');
    const parts = views.map((view) => {
      const box = el.appendChild(document.createElement('div'));
      box.className = `view-${view.id}`;
      return { id: view.id, box, view: view.mount(box, context) };
    });
    return {
      draw(frames, state) {
        for (const { id: name, box, view } of parts) {
          box.hidden = state.ui.hide.includes(name);
          view.draw(frames, state);
        }
      },
      dispose() {
        for (const { view } of parts) view.dispose();
        el.replaceChildren();
      },
    };
  },
});
