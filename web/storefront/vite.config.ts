import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "/shops-assets/",
  build: {
    target: "es2021",
    modulePreload: false,
    reportCompressedSize: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      output: { entryFileNames: "app.js", assetFileNames: "[name][extname]" },
    },
    cssCodeSplit: false,
  },
  // A time out is for a test that hangs: a busy machine is no fault.
  test: { include: ["test/**/*_test.ts"], testTimeout: 60_000 },
});
