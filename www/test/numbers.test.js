import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RUN_COLUMNS, TIMESTEP_COLUMNS, UNIT_COLUMNS, runCsv, traceCsv, traceJson } from '../src/draw/numbers.js';

const number = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 5e-324));
/** A trace of any numbers, of a cell without a cell state. */
const traced = fc.record({ steps: fc.integer({ min: 1, max: 5 }), hiddenSize: fc.integer({ min: 1, max: 4 }) }).chain(({ steps, hiddenSize }) => {
  const series = (/** @type {number} */ length) => fc.array(number, { minLength: length, maxLength: length }).map((values) => Float64Array.from(values));
  const absent = /^cell|^input$|^forget$|^output$|^candidate$/;
  const parts = [...Object.keys(TIMESTEP_COLUMNS).map((name) => [name, steps]), ...Object.keys(UNIT_COLUMNS).map((name) => [name, steps * hiddenSize])];
  const all = Object.fromEntries(parts.map(([name, length]) => [name, series(absent.test(String(name)) ? 0 : Number(length))]));
  return fc.record({ ...all, loss: number }).map((trace) => ({
    link: '#v=1',
    example: 2,
    lanes: [{ cell: 'rnn', step: 7, experiment: { hidden: hiddenSize }, tokens: Array.from({ length: steps }, (_, k) => ['a', 'say "so"', ','][k % 3]), classes: ['A'], trace: /** @type {any} */ ({ ...trace, steps, hiddenSize, cell: 'rnn' }) }],
  }));
});

/** @param {string} text */
const parsed = (text) => text.trimEnd().split('\r\n').map((row) => [...`${row},`.matchAll(/("(?:[^"]|"")*"|[^,]*),/g)].map(([, one]) => (one.startsWith('"') ? one.slice(1, -1).replaceAll('""', '"') : one)));

test('JSON gives back every number of a trace, also those that are none', () => {
  fc.assert(
    fc.property(traced, (one) => {
      const [lane] = JSON.parse(traceJson(one)).lanes;
      const { trace } = one.lanes[0];
      assert.deepEqual([lane.cell, lane.step, lane.steps, lane.hiddenSize], ['rnn', 7, trace.steps, trace.hiddenSize]);
      for (const [name, rows] of [...Object.entries(lane.timesteps), ...Object.entries(lane.units)]) {
        // JSON has no negative zero.
        assert.deepEqual(/** @type {any[]} */ (rows).flat().map((value) => Number(value)), Array.from(trace[name], (value) => (value === 0 ? 0 : value)), name);
      }
      assert.equal('cellState' in lane.units, false);
    }),
  );
});

test('CSV has a row for each timestep, or each timestep and unit, with all digits', () => {
  fc.assert(
    fc.property(traced, fc.constantFrom(/** @type {const} */ ('timesteps'), /** @type {const} */ ('units')), (one, kind) => {
      const [head, ...rows] = parsed(traceCsv(one, kind));
      const { trace, tokens } = one.lanes[0];
      const units = kind === 'units' ? trace.hiddenSize : 1;
      assert.equal(rows.length, trace.steps * units);
      assert.deepEqual(head.slice(0, 4), ['cell', 'step', 't', kind === 'units' ? 'unit' : 'token']);
      rows.forEach((row, k) => {
        const t = Math.floor(k / units);
        assert.deepEqual(row.slice(0, 4), ['rnn', '7', String(t + 1), kind === 'units' ? String((k % units) + 1) : tokens[t]]);
        head.slice(4).forEach((name, column) => {
          const text = row[column + 4];
          if (trace[name].length === 0) assert.equal(text, '', name);
          else assert.ok(Object.is(Number(text), trace[name][k]), `${name} ${text}`);
        });
      });
    }),
  );
});

test('The CSV of a run has a row for each step, and each parameter before and after clipping under its own name', () => {
  const history = { data: [1, 0.5, 0.25, 3, 1, Number.NaN, 2, 0.4, 0.5, 6, 1, 0.75], length: 12 };
  const norms = { data: [1, 3, 1, 2, 0.5, 6, 1, Infinity, 0, 3, 9, 9, 9, 9], length: 10, width: 5 };
  const grown = { history, norms };
  const [head, ...rows] = parsed(runCsv([{ cell: 'rnn', parameters: ['rnn.weight_hh_l0', 'fc.bias'], ...grown }, { cell: 'gru', parameters: ['gru.weight_hh_l0', 'gru.weight_hh_l1'], history: { ...history, length: 6 }, norms: { ...norms, length: 5 } }]));
  assert.deepEqual(head, ['cell', 'step', ...Object.keys(RUN_COLUMNS), ...['weight_hh_l0', 'fc.bias', 'weight_hh_l1'].flatMap((name) => [`${name}.before`, `${name}.after`])]);
  assert.deepEqual(rows, [
    ['rnn', '1', '0.5', '0.25', '3', '1', 'NaN', '3', '1', '2', '0.5', '', ''],
    ['rnn', '2', '0.4', '0.5', '6', '1', '0.75', '', '', '', '', '', ''],
    ['rnn', '6', '', '', '', '', '', '1', 'Infinity', '0', '3', '', ''],
    ['gru', '1', '0.5', '0.25', '3', '1', 'NaN', '3', '1', '', '', '2', '0.5'],
  ]);
});
