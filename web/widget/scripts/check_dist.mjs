// The widget loads on every page of every store, whatever that page is like: a build that breaks this fails.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 20 * 1024;
const file = new URL("../dist/widget.js", import.meta.url);
const source = readFileSync(file);
const packed = gzipSync(source, { level: 9 }).length;

console.log(`widget.js: ${source.length} bytes, ${packed} gzipped (limit ${LIMIT})`);
if (source.some((byte) => byte > 127)) {
  console.error("widget.js is not plain ASCII: a page in another encoding would garble it");
  process.exit(1);
}
if (packed > LIMIT) {
  console.error("widget.js is over its limit");
  process.exit(1);
}
