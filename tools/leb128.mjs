// Decodes LEB128, the encoding of integers in WebAssembly modules.

/** Returns the unsigned integer at a position, and the position after it. */
export function unsigned(bytes, at) {
  const [value, , , end] = digits(bytes, at);
  return [value, end];
}

/** Returns the signed integer at a position, and the position after it. */
export function signed(bytes, at) {
  const [value, size, last, end] = digits(bytes, at);
  return [last & 64 ? value - size : value, end];
}

/**
 * Returns the value of the digits, the number of values that they can have, the last byte, and the position after them.
 */
function digits(bytes, at) {
  let [value, size, byte] = [0, 1, 0];
  do {
    byte = bytes[at++];
    value += (byte & 127) * size;
    size *= 128;
  } while (byte & 128);
  return [value, size, byte, at];
}
