// Several files as one ZIP, stored without compression. The archive is a list of small headers and of
// the files themselves: nothing is copied into memory, and the same files give the same bytes again.
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
const LARGE = 0xffffffff;
const NAMES_IN_UTF8 = 0x0800;
const DAY = 0x0021; // 1980-01-01: the files' own times would make every archive another one

function taken(crc, bytes) {
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return crc;
}

export const crcOf = (bytes) => (taken(LARGE, bytes) ^ LARGE) >>> 0;

async function crc32(file, read) {
  let crc = LARGE;
  const reader = file.stream().getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    crc = taken(crc, part.value);
    read(part.value.length);
  }
  return (crc ^ LARGE) >>> 0;
}

// Numbers in little-endian order: pairs of value and width in bytes.
function packed(...pairs) {
  const view = new DataView(new ArrayBuffer(pairs.reduce((sum, [, width]) => sum + width, 0)));
  let at = 0;
  for (const [value, width] of pairs) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return view.buffer;
}

const short = (value) => Math.min(value, LARGE);

function localHeader(entry) {
  const extra = entry.size >= LARGE ? packed([1, 2], [16, 2], [entry.size, 8], [entry.size, 8]) : packed();
  const fixed = packed([0x04034b50, 4], [45, 2], [NAMES_IN_UTF8, 2], [0, 2], [0, 2], [DAY, 2], [entry.crc, 4],
    [short(entry.size), 4], [short(entry.size), 4], [entry.name.length, 2], [extra.byteLength, 2]);
  return [fixed, entry.name, extra];
}

function listed(entry) {
  const large = [];
  if (entry.size >= LARGE) large.push([entry.size, 8], [entry.size, 8]);
  if (entry.at >= LARGE) large.push([entry.at, 8]);
  const extra = large.length ? packed([1, 2], [large.length * 8, 2], ...large) : packed();
  const fixed = packed([0x02014b50, 4], [45, 2], [45, 2], [NAMES_IN_UTF8, 2], [0, 2], [0, 2], [DAY, 2], [entry.crc, 4],
    [short(entry.size), 4], [short(entry.size), 4], [entry.name.length, 2], [extra.byteLength, 2], [0, 2], [0, 2],
    [0, 2], [0, 4], [short(entry.at), 4]);
  return [fixed, entry.name, extra];
}

function ending(count, size, at) {
  const parts = [];
  if (count >= 0xffff || at + size >= LARGE) {
    parts.push(packed([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], [count, 8], [count, 8], [size, 8], [at, 8]));
    parts.push(packed([0x07064b50, 4], [0, 4], [at + size, 8], [1, 4]));
  }
  const few = Math.min(count, 0xffff);
  parts.push(packed([0x06054b50, 4], [0, 2], [0, 2], [few, 2], [few, 2], [short(size), 4], [short(at), 4], [0, 2]));
  return parts;
}

const lengthOf = (parts) => parts.reduce((sum, part) => sum + (part.size ?? part.byteLength), 0);

// files: [{path, file}]; read(bytes) is told how much has been read.
export async function zipOf(files, read) {
  const parts = [];
  const list = [];
  let at = 0;
  for (const { path, file } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const entry = { name: new TextEncoder().encode(path), size: file.size, crc: await crc32(file, read), at };
    const header = localHeader(entry);
    parts.push(...header, file);
    at += lengthOf(header) + file.size;
    list.push(...listed(entry));
  }
  return new Blob([...parts, ...list, ...ending(files.length, lengthOf(list), at)], { type: "application/zip" });
}
