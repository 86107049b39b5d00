/**
 * The examples in a Markdown file, in order. One that begins with a comment that is a file's name, `// worker.js`, is that
 * file.
 * @param {string} markdown
 */
export function examples(markdown) {
  return [...markdown.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => ({
    name: /^\/\/ (\w+\.js)\n/.exec(code)?.[1] ?? '',
    code,
  }));
}
