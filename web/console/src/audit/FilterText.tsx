import { TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";

interface Props extends Omit<TextInputProps, "value" | "onChange"> {
  value: string;
  onApply: (value: string) => void;
}

/** A text that is looked for once nobody types any more. */
export function FilterText({ value, onApply, ...input }: Props) {
  const [typed, setTyped] = useState(value);
  const applied = useRef(value);
  const apply = useDebouncedCallback((text: string) => {
    applied.current = text.trim();
    onApply(applied.current);
  }, 250);

  // Somebody else has changed it: Back, or all filters were cleared.
  useEffect(() => {
    if (applied.current === value) return;
    applied.current = value;
    setTyped(value);
  }, [value]);

  return (
    <TextInput
      {...input}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        apply(event.currentTarget.value);
      }}
    />
  );
}
