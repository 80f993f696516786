import { Chat } from "./chat";
import { readConfig } from "./config";
import { keepIn } from "./keep";
import { Widget } from "./ui/widget";

declare global {
  interface Window {
    Cordon?: {
      open(): void;
      close(): void;
      /** Takes the chat off the page and forgets the visitor, as when consent is withdrawn. */
      shutdown(): void;
    };
  }
}

function start(): void {
  const config = readConfig(document);
  if (!config) {
    console.warn('Cordon: the script tag needs data-shop="..."');
    return;
  }
  // Included twice, by the theme and by an app, it is still one chat.
  if (window.Cordon) return;
  const lasting = keepIn(() => window.localStorage);
  const passing = keepIn(() => window.sessionStorage);
  const chat = new Chat({ ...config, lasting, passing });
  const widget = new Widget(chat, passing, `cordon:${config.shop}:open`);
  window.Cordon = {
    open: () => widget.open(true),
    close: () => widget.close(),
    shutdown() {
      widget.remove();
      chat.forget();
      delete window.Cordon;
    },
  };
  if (document.body) widget.mount();
  else document.addEventListener("DOMContentLoaded", () => widget.mount(), { once: true });
}

start();
