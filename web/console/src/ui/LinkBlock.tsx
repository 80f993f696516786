import { UnstyledButton, type UnstyledButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { type AnchorHTMLAttributes, forwardRef } from "react";

type Props = UnstyledButtonProps & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof UnstyledButtonProps>;

const PlainBlock = forwardRef<HTMLAnchorElement, Props>(function PlainBlock(props, ref) {
  return <UnstyledButton component="a" ref={ref} {...props} />;
});

/** A whole row or tile as a typed link of the router. */
export const LinkBlock = createLink(PlainBlock);
