/// <reference types="vite/client" />

interface Window {
  Cordon?: { open(): void; close(): void; shutdown(): void };
}
