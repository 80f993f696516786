import { Anchor } from "@mantine/core";

import classes from "./SkipLink.module.css";

export function SkipLink({ target }: { target: string }) {
  return (
    <Anchor
      className={classes.link}
      href={`#${target}`}
      onClick={(event) => {
        event.preventDefault();
        document.getElementById(target)?.focus();
      }}
    >
      Skip to content
    </Anchor>
  );
}
