import { createTheme, type CSSVariablesResolver, darken, type MantineColorsTuple, Notification } from "@mantine/core";

import classes from "./theme.module.css";

export const theme = createTheme({
  primaryColor: "cyan",
  // The darkest shade keeps white text on a filled button above 4.5:1.
  primaryShade: 9,
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily:
    'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif',
  components: {
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } },
      classNames: { description: classes.notificationText },
    }),
  },
});

/** Mantine's own values for these are as faint as 2.9:1; with ours, text passes AA in both schemes. */
export const cssVariables: CSSVariablesResolver = ({ colors }) => {
  const tintedText = (shade: (shades: MantineColorsTuple) => string) =>
    Object.fromEntries(
      Object.entries(colors).map(([name, shades]) => [`--mantine-color-${name}-light-color`, shade(shades)]),
    );
  // Under the mouse Mantine takes the next lighter shade, on which white text falls below 4.5:1.
  const hovered = Object.fromEntries(
    Object.entries(colors).map(([name, shades]) => [`--mantine-color-${name}-filled-hover`, darken(shades[9], 0.15)]),
  );
  return {
    variables: {},
    light: {
      ...hovered,
      "--mantine-color-dimmed": "var(--mantine-color-gray-7)",
      "--mantine-color-placeholder": "#6b7480",
      "--mantine-color-error": "var(--mantine-color-red-9)",
      "--chart-attributed": "var(--mantine-color-cyan-8)",
      "--chart-other": "var(--mantine-color-gray-4)",
      ...tintedText((shades) => darken(shades[9], 0.4)),
    },
    dark: {
      ...hovered,
      "--mantine-color-dimmed": "#a8a8a8",
      "--mantine-color-placeholder": "#9a9a9a",
      "--mantine-color-error": "var(--mantine-color-red-4)",
      "--chart-attributed": "var(--mantine-color-cyan-5)",
      "--chart-other": "var(--mantine-color-dark-3)",
      ...tintedText((shades) => shades[2]),
    },
  };
};
