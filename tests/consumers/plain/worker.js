import { load } from './gatescope/gatescope.js';
import { experiment } from './experiment.js';

load().then((gs) => postMessage(experiment(gs)));
