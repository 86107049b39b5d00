import { load } from 'gatescope';
import { experiment } from './experiment.js';

load().then((gs) => postMessage(experiment(gs)));
