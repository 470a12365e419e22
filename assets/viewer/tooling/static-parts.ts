/** Build steps after the bundle: Cesium's static parts, and compressed twins of what is served. */

import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const PARTS = ["Assets", "ThirdParty", "Workers"];

/** Parts of Cesium that this page never asks for: pictures of the Earth and the sky. */
const UNUSED = [
  "Assets/Textures",
  "ThirdParty/google-earth-dbroot-parser.js",
  "ThirdParty/wasm_splats_bg.wasm",
];

const TWIN_SUFFIXES = new Set([".css", ".html", ".js", ".json", ".svg", ".wasm"]);
const TWIN_MIN_BYTES = 2048;

/** Copies workers, decoders and tables that Cesium loads at run time to `OUT/cesium`. */
export function copyCesiumParts(outDir: string): Plugin {
  return {
    name: "cim:cesium-parts",
    apply: "build",
    closeBundle() {
      const packaged = createRequire(import.meta.url).resolve("cesium/package.json");
      const source = join(dirname(packaged), "Build", "Cesium");
      const skipped = new Set(UNUSED.map((part) => join(source, part)));
      for (const part of PARTS) {
        cpSync(join(source, part), join(outDir, "cesium", part), {
          recursive: true,
          filter: (path) => !skipped.has(path),
        });
      }
    },
  };
}

/** Writes FILE.gz and FILE.br beside every text or wasm file above 2 kB. */
export function writeCompressedTwins(outDir: string): Plugin {
  return {
    name: "cim:compressed-twins",
    apply: "build",
    enforce: "post",
    closeBundle() {
      for (const path of filesBelow(outDir)) {
        if (TWIN_SUFFIXES.has(extname(path)) && statSync(path).size > TWIN_MIN_BYTES) {
          writeTwins(path);
        }
      }
    },
  };
}

function writeTwins(path: string): void {
  const content = readFileSync(path);
  const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(content, brotliOptions));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
