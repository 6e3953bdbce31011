// A zip archive, its files stored as they are: a project is a quarter of a megabyte.

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let found = i;
  for (let bit = 0; bit < 8; bit += 1) found = found & 1 ? 0xedb88320 ^ (found >>> 1) : found >>> 1;
  return found;
});

function crc32(bytes) {
  let found = 0xffffffff;
  for (const byte of bytes) found = CRC_TABLE[(found ^ byte) & 0xff] ^ (found >>> 8);
  return ~found >>> 0;
}

/** Numbers of 2 and of 4 bytes, as [bytes, value] each. */
function record(...fields) {
  const bytes = new Uint8Array(fields.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value >>> 0, true);
    at += width;
  }
  return bytes;
}

/** A time as MS-DOS has it: [time, date]. */
function dosTime(time) {
  return [
    (time.getHours() << 11) | (time.getMinutes() << 5) | (time.getSeconds() >> 1),
    ((time.getFullYear() - 1980) << 9) | ((time.getMonth() + 1) << 5) | time.getDate(),
  ];
}

/**
 * An archive.
 *
 * @param {Array} entries Of each file: its path, its text and its mode.
 * @param {Date} made When they are said to be written.
 */
function zip(entries, made = new Date()) {
  const [hour, day] = dosTime(made);
  const encoder = new TextEncoder();
  const [parts, directory] = [[], []];
  let offset = 0;
  for (const [path, text_, mode] of entries) {
    const [name, bytes] = [encoder.encode(path), encoder.encode(text_)];
    const UTF8 = 0x800;
    const common = [
      [2, UTF8], [2, 0], [2, hour], [2, day], [4, crc32(bytes)], [4, bytes.length], [4, bytes.length],
      [2, name.length], [2, 0],
    ];
    const head = record([4, 0x04034b50], [2, 20], ...common);
    const UNIX = 3 << 8;
    directory.push(
      record([4, 0x02014b50], [2, UNIX | 20], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, mode << 16], [4, offset]),
      name,
    );
    parts.push(head, name, bytes);
    offset += head.length + name.length + bytes.length;
  }
  const length = directory.reduce((sum, one) => sum + one.length, 0);
  const count = entries.length;
  const end = record([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, length], [4, offset], [2, 0]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}
