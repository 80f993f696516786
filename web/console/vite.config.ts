import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "/console/",
  plugins: [react()],
  build: {
    target: "es2022",
    // The content security policy allows no data: fonts or scripts, so every asset is a file.
    assetsInlineLimit: 0,
    rollupOptions: {
      output: {
        manualChunks(id) {
          if (/node_modules\/(react|react-dom|scheduler)\//.test(id)) return "react";
          if (/node_modules\/@tanstack\//.test(id)) return "tanstack";
          return undefined;
        },
      },
    },
  },
  server: {
    // `npm run dev` against a running server, which signs its own certificate.
    proxy: { "/v1": { target: "https://localhost:8443", secure: false, ws: true } },
  },
  // A time out is for a test that hangs: a busy machine is no fault.
  test: { environment: "node", testTimeout: 60_000 },
});
