import { parentPort } from 'node:worker_threads';
import { load } from 'gatescope';
import { experiment } from '../experiment.js';

parentPort.postMessage(experiment(await load()));
