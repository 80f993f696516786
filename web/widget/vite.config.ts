import { defineConfig } from "vitest/config";

export default defineConfig({
  // A merchant's page may declare no encoding, or another one, and the file is read in the page's.
  esbuild: { charset: "ascii" },
  build: {
    target: "es2021",
    lib: { entry: "src/main.ts", formats: ["iife"], name: "CordonWidget", fileName: () => "widget.js" },
    modulePreload: false,
    reportCompressedSize: false,
  },
  // A time out is for a test that hangs: a busy machine is no fault.
  test: { include: ["test/**/*_test.ts"], testTimeout: 60_000 },
});
