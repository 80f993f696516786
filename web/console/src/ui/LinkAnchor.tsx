import { Anchor, type AnchorProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { type AnchorHTMLAttributes, forwardRef } from "react";

type Props = AnchorProps & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps>;

const PlainAnchor = forwardRef<HTMLAnchorElement, Props>(function PlainAnchor(props, ref) {
  return <Anchor ref={ref} {...props} />;
});

/** Mantine's anchor as a typed link of the router. */
export const LinkAnchor = createLink(PlainAnchor);
