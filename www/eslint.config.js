// Light on purpose: tsc finds the type errors, this finds what is legal but wrong here.
import globals from 'globals';

/** Design: no clock and no chance outside the composition root; the same experiment gives the same bits. */
const NO_CLOCK_NO_CHANCE = [
  { object: 'Math', property: 'random', message: 'Randomness belongs to the seeded core.' },
  { object: 'Date', property: 'now', message: 'Only app.js may read the clock.' },
];

export default [
  { ignores: ['dist/**', 'node_modules/**', 'src/engine/wasm/**', 'src/generated/**'] },
  {
    files: ['**/*.js'],
    languageOptions: { ecmaVersion: 2025, sourceType: 'module', globals: { ...globals.browser, ...globals.node } },
    rules: {
      'no-undef': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-restricted-properties': ['error', ...NO_CLOCK_NO_CHANCE],
      'prefer-const': 'error',
      'no-var': 'error',
      eqeqeq: 'error',
      'no-implicit-globals': 'error',
    },
  },
];
