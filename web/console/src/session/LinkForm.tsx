import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { body, open } from "../api/client";
import { ProblemNotice } from "../ui/ProblemNotice";

/** Has a sign-in link mailed to one of a shop's people. The answer is the same whoever asks for whom. */
export function LinkForm() {
  const [shop, setShop] = useState("");
  const [email, setEmail] = useState("");
  const ask = useMutation({
    mutationFn: () => {
      const name = shop
        .trim()
        .toLowerCase()
        .replace(/\.myshopify\.com$/, "");
      return body(open.POST("/v1/sign-in-links", { body: { shop: name, email } }));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  if (ask.isSuccess) {
    return (
      <Text role="status">
        If that is the address of one of the shop's people, a link is on its way to it. It works once, within 15
        minutes.
      </Text>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack align="flex-start">
        {ask.isError && <ProblemNotice error={ask.error} />}
        <TextInput
          label="Shop"
          description="Its short name, such as north-wind."
          autoComplete="organization"
          value={shop}
          onChange={(event) => setShop(event.currentTarget.value)}
        />
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="email"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <Button type="submit" loading={ask.isPending} disabled={shop.trim() === "" || !email.includes("@")}>
          Send me a sign-in link
        </Button>
      </Stack>
    </form>
  );
}
