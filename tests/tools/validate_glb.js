// Prints one JSON line for each glb named on the command line: what Khronos' glTF validator found.
// usage: node validate_glb.js FILE...

import { readFileSync } from 'node:fs';
import validator from 'gltf-validator';

for (const path of process.argv.slice(2)) {
  const { issues } = await validator.validateBytes(new Uint8Array(readFileSync(path)), {
    uri: path,
    maxIssues: 100,
  });
  process.stdout.write(`${JSON.stringify({ path, ...issues })}\n`);
}
