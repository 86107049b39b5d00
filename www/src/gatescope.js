// @ts-check
// What `gatescope.js` is made of: the headless library, and the element for pages.
export { GateScope } from './element.js';
export { GatescopeError, load } from './library.js';
