/** Narrow, or low as a phone on its side: the chat takes the whole screen. */
export const phoneQuery = "(max-width: 480px), (max-height: 460px)";

/**
 * Keeps the full-screen panel inside what the on-screen keyboard leaves free: the keyboard shrinks the visual
 * viewport only, and a fixed element would reach beneath it.
 */
export function fitToScreen(panel: HTMLElement, onResize: () => void): () => void {
  const view = window.visualViewport;
  const phone = window.matchMedia(phoneQuery);
  const fit = () => {
    if (view && phone.matches && view.scale === 1) {
      panel.style.height = `${view.height}px`;
      panel.style.top = `${view.offsetTop}px`;
    } else {
      panel.style.removeProperty("height");
      panel.style.removeProperty("top");
    }
    onResize();
  };
  fit();
  view?.addEventListener("resize", fit);
  view?.addEventListener("scroll", fit);
  phone.addEventListener("change", fit);
  return () => {
    view?.removeEventListener("resize", fit);
    view?.removeEventListener("scroll", fit);
    phone.removeEventListener("change", fit);
  };
}
