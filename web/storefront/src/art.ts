import { hash } from "./hash";
import { SCENES, type Scene } from "./scenes";

const SVG = "http://www.w3.org/2000/svg";
const ABSTRACT = SCENES.filter((scene) => scene.suits === null);

function draw(scene: Scene, number: number): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 200 250");
  svg.setAttribute("preserveAspectRatio", "xMidYMid slice");
  svg.setAttribute("class", "drawn");
  svg.setAttribute("aria-hidden", "true");
  svg.style.setProperty("--shift", String(((number >>> 8) % 110) - 55));
  for (const [tag, tone, attributes] of scene.shapes) {
    const shape = document.createElementNS(SVG, tag);
    shape.setAttribute("class", `tone${tone}`);
    for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, String(value));
    svg.append(shape);
  }
  return svg;
}

const suiting = (text: string) => SCENES.find((scene) => scene.suits?.test(text));

/** A picture for what has none: the same thing always gets the same one, in the shop's own colours. */
export function art(seed: string, title: string, kind: string): SVGSVGElement {
  const number = hash(seed);
  const suited = suiting(title) ?? suiting(kind);
  return draw(suited ?? ABSTRACT[number % ABSTRACT.length]!, number);
}

/** Three different pictures, side by side over the welcome. */
export function triptych(seed: string): SVGSVGElement[] {
  const number = hash(seed);
  return [0, 1, 2].map((i) => draw(ABSTRACT[(number + i) % ABSTRACT.length]!, hash(`${seed} ${i}`)));
}
