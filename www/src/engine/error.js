// @ts-check
// The one error that the library throws.

/** Why a call was refused. The receiver is unchanged and goes on working, unless `code` is `freed` or `internal`. */
export class GatescopeError extends Error {
  /**
   * @param {string} code stable: `invalid-config`, `invalid-input`, `shape-mismatch`, `id-out-of-range`,
   *   `bad-state-dict`, `out-of-memory`, `freed`, `load-failed`, `unsupported`, `internal`
   * @param {{ field?: string, expected?: string, given?: string, message?: string, cause?: unknown }} about without a
   *   message it is made of the other three
   */
  constructor(code, { field = '', expected = '', given = '', message, cause }) {
    super(message ?? `${field}: expected ${expected}, got ${given}`, cause === undefined ? undefined : { cause });
    this.name = 'GatescopeError';
    this.code = code;
    /** The field or operand that is wrong. */
    this.field = field;
    this.expected = expected;
    this.given = given;
  }
}
