// webpack without its command line, which would be as many packages again.
import { promisify } from 'node:util';
import webpack from 'webpack';
import config from './webpack.config.js';

const stats = await promisify(webpack)(config);
console.log(stats.toString({ colors: false }));
process.exitCode = stats.hasErrors() || stats.hasWarnings() ? 1 : 0;
