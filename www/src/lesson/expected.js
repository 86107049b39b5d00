// @ts-check
// What a part of the schema asks for, as data that the page puts into words.

/** @typedef {{ key: string, params?: Record<string, string | number> }} Expected alternatives are several of them */

/** @param {unknown} value @returns {Expected} */
const value = (value) => ({ key: 'value', params: { value: JSON.stringify(value) } });

/** Alternatives of a pattern such as ^(a|b)$. @param {string} pattern */
const choices = (pattern) => pattern.match(/^\^\(?([\w|]+)\)?\$$/)?.[1].split('|') ?? null;

/** @param {any} schema one node of it @returns {Expected[]} */
export function expectedOf(schema) {
  if ('const' in schema) return [value(schema.const)];
  if (schema.enum) return schema.enum.map(value);
  /** @type {Record<string, () => Expected[]>} */
  const words = {
    integer: () => [{ key: 'integer', params: { min: schema.minimum, max: schema.maximum } }],
    number: () => [{ key: 'number', params: { min: schema.minimum, max: schema.maximum } }],
    string: () => (schema.pattern ? (choices(schema.pattern)?.map(value) ?? [{ key: 'names' }]) : [{ key: 'text', params: { most: schema.maxLength } }]),
    boolean: () => [value(true), value(false)],
    null: () => [value(null)],
    array: () => [{ key: 'list', params: { min: schema.minItems, max: schema.maxItems } }],
    object: () => [{ key: 'object', params: { fields: Object.keys(schema.properties).join(', ') } }],
  };
  return [schema.type].flat().flatMap((type) => words[type]());
}
