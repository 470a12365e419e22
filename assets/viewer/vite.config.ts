import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { copyCesiumParts, writeCompressedTwins } from "./tooling/static-parts";

const OUT_DIR = fileURLToPath(new URL("dist", import.meta.url));

export default defineConfig({
  base: "./",
  define: { CESIUM_BASE_URL: JSON.stringify("./cesium/") },
  build: {
    outDir: OUT_DIR,
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5000,
  },
  plugins: [copyCesiumParts(OUT_DIR), writeCompressedTwins(OUT_DIR)],
});
