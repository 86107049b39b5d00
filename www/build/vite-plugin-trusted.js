// @ts-check
// lit-html makes a Trusted Types policy of its own name, once for each copy on a page: a host that allows ours would have to
// allow that one, too, and a second copy would not start. Its templates go through our policy instead.

const FILE = '/lit-html/lit-html.js';
const POLICY = /(\w+)=(\w+)\.trustedTypes,(\w+)=\1\?\1\.createPolicy\("lit-html",\{createHTML:(\w+)=>\4\}\):void 0/;

/** @returns {import('vite').Plugin} */
export default function trusted() {
  return {
    name: 'gatescope-trusted',
    transform(code, id) {
      if (!id.split('?')[0].endsWith(FILE)) return undefined;
      if (!POLICY.test(code)) this.error('lit-html asks for its policy in another way than this knows');
      const ours = JSON.stringify(new URL('../src/host/trusted.js', import.meta.url).pathname);
      return { code: `import{policy as gatescopePolicy}from${ours};${code.replace(POLICY, '$3=gatescopePolicy')}`, map: null };
    },
  };
}
