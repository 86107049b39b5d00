// webpack without its command line, which would be as many packages again.
import { copyFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import webpack from 'webpack';
import config from './webpack.config.js';

const stats = await promisify(webpack)(config);
for (const page of ['index.html', 'element.html']) await copyFile(new URL(page, import.meta.url), new URL(`dist/${page}`, import.meta.url));
console.log(stats.toString({ colors: false }));
process.exitCode = stats.hasErrors() || stats.hasWarnings() ? 1 : 0;
