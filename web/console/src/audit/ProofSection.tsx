import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";

import type { AuditEvent } from "../api/types";
import { ProblemNotice } from "../ui/ProblemNotice";
import { saveFile } from "../ui/saveFile";
import { fetchProof } from "./auditQueries";
import { LogKeyForm } from "./LogKeyForm";
import { check } from "./proof";
import { SignerChanged } from "./SignerChanged";
import { Verdict } from "./Verdict";

/**
 * The proof that an event is in the log, checked here and not by the server. The server is not asked for the log's key
 * either: it is pasted, and without one this browser remembers who signed first.
 */
export function ProofSection({ event }: { event: AuditEvent }) {
  const [known, setKnown] = useLocalStorage({
    key: "cordon-log-key",
    defaultValue: "",
    getInitialValueInEffect: false,
  });
  const verify = useMutation({
    mutationFn: async (key: string) => check(event, await fetchProof(event.event_id), key),
    onSuccess: ({ signer }, key) => setKnown(key === "" ? signer : key),
  });
  const download = useMutation({
    mutationFn: async () =>
      saveFile(`${event.event_id}.tlog-proof`, new Blob([await fetchProof(event.event_id)], { type: "text/plain" })),
  });
  const failed = verify.error ?? download.error;
  return (
    <Stack component="section" aria-label="Proof" gap="sm" align="flex-start">
      <Title order={3} size="h5">
        Proof
      </Title>
      <Text size="sm">
        Every event becomes an entry of a signed log. Your browser can check that this one is in it, as it is shown
        here. The log has address, browser and details encrypted: that they say what is shown is the server's word.
      </Text>
      <Group gap="xs">
        <Button size="xs" loading={verify.isPending} onClick={() => verify.mutate(known)}>
          Check it in this browser
        </Button>
        <Button size="xs" variant="default" loading={download.isPending} onClick={() => download.mutate()}>
          Download proof
        </Button>
      </Group>
      {failed && <ProblemNotice error={failed} />}
      {verify.data && (
        <>
          <SignerChanged known={known} signer={verify.data.signer} onBelieve={verify.mutate} />
          <Verdict checked={verify.data} />
          <LogKeyForm known={known} onKey={verify.mutate} />
        </>
      )}
    </Stack>
  );
}
