import { IconLink } from "@tabler/icons-react";

import { ShownOnce } from "../ui/ShownOnce";

export interface MadeLink {
  name: string;
  link: string;
}

/** Somebody's sign-in link, for whoever hands it to them. */
export function SignInLink({ made, onDone }: { made: MadeLink; onDone: () => void }) {
  return (
    <ShownOnce
      icon={<IconLink />}
      title={`Hand this link to ${made.name}, and to nobody else`}
      why="It signs them in once, within three days. Links that they had before are void."
      secret={made.link}
      testid="member-link"
      onDone={onDone}
    />
  );
}
