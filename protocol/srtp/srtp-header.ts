/** Octets of an RTP packet that stay in the clear: header, CSRC, extension; undefined when it is too short or no RTP. */
export function clearLength(bytes: Uint8Array): number | undefined {
  const first = bytes[0] ?? 0;
  if (bytes.length < 12 || first >> 6 !== 2) return undefined;
  const extensionAt = 12 + 4 * (first & 0x0f);
  if ((first & 0x10) === 0) return extensionAt <= bytes.length ? extensionAt : undefined;
  const words = ((bytes[extensionAt + 2] ?? 0) << 8) | (bytes[extensionAt + 3] ?? 0);
  const end = extensionAt + 4 + 4 * words;
  return end <= bytes.length ? end : undefined;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);
}
