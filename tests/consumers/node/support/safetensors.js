// Reads and writes the format that PyTorch's weights come in: length of the header, header as JSON, numbers.

/** @param {Uint8Array} file @returns {Record<string, { dtype: string, shape: number[], bytes: Uint8Array }>} */
export function read(file) {
  const start = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
  delete header.__metadata__;
  return Object.fromEntries(
    Object.entries(header).map(([name, { dtype, shape, data_offsets: [from, to] }]) => [
      name,
      { dtype, shape, bytes: file.slice(start + from, start + to) },
    ]),
  );
}

/** @param {Record<string, { dtype: string, shape: number[], bytes: Uint8Array }>} tensors */
export function write(tensors) {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => [
      name,
      { dtype, shape, data_offsets: [end, (end += bytes.length)] },
    ]),
  );
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return new Uint8Array(Buffer.concat([length, text, ...Object.values(tensors).map(({ bytes }) => bytes)]));
}

/** A tensor's numbers, F32. */
export const floats = ({ bytes }) => new Float32Array(bytes.slice().buffer);

/** The same tensor with other numbers, as F32. */
export const withFloats = (tensor, numbers) => ({
  ...tensor,
  dtype: 'F32',
  bytes: new Uint8Array(Float32Array.from(numbers).buffer),
});
