export type Shape = [
  tag: "path" | "circle" | "ellipse" | "rect",
  tone: 1 | 2 | 3 | 4,
  attributes: Record<string, number | string>,
];

export interface Scene {
  /** Words of a title or a product type that this picture suits. */
  suits: RegExp | null;
  shapes: Shape[];
}

const floor: Shape = ["rect", 2, { x: 0, y: 196, width: 200, height: 54 }];
const hook: Shape = ["path", 4, { d: "M98 56V44c0-6 8-7 8-13a6 6 0 0 0-12 0h-4a10 10 0 1 1 14 9c-2 2-2 3-2 5v11z" }];
const sun: Shape = ["circle", 1, { cx: 134, cy: 84, r: 46 }];

/** Still lives on a canvas of 200 by 250. */
export const SCENES: readonly Scene[] = [
  {
    suits: /\b(skirts?|dress(es)?|gowns?)\b/i,
    shapes: [
      ["rect", 1, { x: 30, y: 44, width: 140, height: 172, rx: 70 }],
      hook,
      ["path", 3, { d: "M80 60q20 22 40 0l8 4-10 56 34 88q-52 18-104 0l34-88-10-56z" }],
      ["path", 4, { d: "M82 114h36l2 10H80z" }],
    ],
  },
  {
    suits: /\b(jumpers?|sweaters?|jackets?|coats?|hoodies?|cardigans?|parkas?|blazers?)\b/i,
    shapes: [
      ["rect", 1, { x: 24, y: 40, width: 152, height: 176, rx: 20 }],
      hook,
      ["path", 3, { d: "M80 60l-34 18-16 108 24 4 14-70v94h64v-94l14 70 24-4-16-108-34-18q-20 24-40 0z" }],
      ["path", 4, { d: "M98 76h4v138h-4zM68 202h64v12H68z" }],
    ],
  },
  {
    suits: /\b(shirts?|tees?|tops?|blouses?|vests?|polos?)\b/i,
    shapes: [
      ["circle", 1, { cx: 100, cy: 128, r: 82 }],
      hook,
      ["path", 3, { d: "M78 62l-40 26 14 34 16-8v88h64v-88l16 8 14-34-40-26c-8 18-36 18-44 0z" }],
    ],
  },
  {
    suits:
      /\b(bracelets?|rings?|necklaces?|pendants?|bangles?|earrings?|studs?|chains?|chokers?|beads?|jewel\w*|anklets?|threader)\b/i,
    shapes: [
      ["rect", 1, { x: 34, y: 36, width: 132, height: 178, rx: 66 }],
      ["path", 3, { d: "M46 60h7c4 66 22 98 47 98s43-32 47-98h7c-4 72-25 106-54 106S50 132 46 60z" }],
      ["path", 4, { d: "M100 160l16 20-16 26-16-26z" }],
      ["circle", 4, { cx: 66, cy: 138, r: 5 }],
      ["circle", 4, { cx: 134, cy: 138, r: 5 }],
    ],
  },
  {
    suits: /\b(pots?|plants?|gardens?|succulents?|trees?|flowers?|planters?|grow\w*|seeds?|botanical)\b/i,
    shapes: [
      sun,
      floor,
      [
        "path",
        4,
        {
          d: "M98 150c-2-40-24-58-48-62 2 34 18 56 48 62zM102 150c0-50 20-74 46-82 0 42-14 70-46 82zM97 150c-8-34-4-70 4-96 12 30 12 66 2 96z",
        },
      ],
      ["path", 3, { d: "M66 148h68l-10 66H76z" }],
    ],
  },
  {
    suits: /\b(lamps?|lights?|lanterns?|candles?|bulbs?)\b/i,
    shapes: [
      ["circle", 1, { cx: 100, cy: 96, r: 74 }],
      floor,
      ["path", 3, { d: "M72 52h56l22 62H50z" }],
      ["path", 4, { d: "M97 114h6v86h22v6H75v-6h22z" }],
    ],
  },
  {
    suits:
      /\b(sofas?|chairs?|tables?|drawers?|beds?|bedside|desks?|benches|bench|cabinets?|furniture|stools?|shel(f|ves))\b/i,
    shapes: [
      ["path", 1, { d: "M36 250V114a64 64 0 0 1 128 0v136z" }],
      floor,
      ["path", 3, { d: "M62 92q38-14 76 0v62H62z" }],
      ["path", 3, { d: "M52 148h96v22H52z" }],
      ["path", 4, { d: "M58 170h8l-4 46h-6zM134 170h8l2 46h-6z" }],
    ],
  },
  {
    suits: /\b(bags?|totes?|backpacks?|pouch(es)?|purses?|wallets?)\b/i,
    shapes: [
      ["circle", 1, { cx: 100, cy: 130, r: 80 }],
      ["path", 4, { d: "M72 112c0-56 56-56 56 0h-7c0-44-42-44-42 0z" }],
      ["path", 3, { d: "M52 106h96l12 104H40z" }],
    ],
  },
  {
    suits: /\b(mugs?|cups?|bowls?|vases?|jugs?|teapots?|glass(es)?|plates?|ceramics?|kitchen)\b/i,
    shapes: [
      sun,
      floor,
      ["path", 3, { d: "M74 214c-22-24-24-60 0-86l2-30h48l2 30c24 26 22 62 0 86z" }],
      ["ellipse", 4, { cx: 100, cy: 98, rx: 24, ry: 6 }],
    ],
  },
  {
    suits: /\b(blankets?|pillows?|cushions?|throws?|rugs?|towels?|scarf|scarves|linen|socks?)\b/i,
    shapes: [
      ["circle", 1, { cx: 70, cy: 82, r: 44 }],
      floor,
      ["rect", 3, { x: 44, y: 176, width: 116, height: 32, rx: 14 }],
      ["rect", 4, { x: 52, y: 148, width: 100, height: 28, rx: 13 }],
      ["rect", 3, { x: 48, y: 118, width: 108, height: 30, rx: 14 }],
    ],
  },
  {
    suits: null,
    shapes: [
      ["path", 1, { d: "M0 150c40-34 78-28 112-6s62 16 88-8v114H0z" }],
      ["path", 2, { d: "M0 192c44-26 84-16 116 0s60 10 84-8v66H0z" }],
      ["circle", 3, { cx: 70, cy: 84, r: 30 }],
      ["circle", 4, { cx: 138, cy: 112, r: 10 }],
    ],
  },
  {
    suits: null,
    shapes: [
      ["path", 1, { d: "M36 250V124a64 64 0 0 1 128 0v126z" }],
      ["path", 2, { d: "M64 250V140a36 36 0 0 1 72 0v110z" }],
      ["circle", 3, { cx: 100, cy: 190, r: 26 }],
    ],
  },
  {
    suits: null,
    shapes: [
      ["circle", 1, { cx: 100, cy: 116, r: 68 }],
      ["path", 3, { d: "M100 212C60 190 52 148 100 74c48 74 40 116 0 138z" }],
      ["path", 4, { d: "M99 92h2v140h-2z" }],
    ],
  },
  {
    suits: null,
    shapes: [
      ["rect", 1, { x: 44, y: 40, width: 112, height: 150, rx: 56 }],
      floor,
      ["rect", 3, { x: 58, y: 132, width: 46, height: 78, rx: 6 }],
      ["circle", 4, { cx: 130, cy: 188, r: 22 }],
    ],
  },
];
