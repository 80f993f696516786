import type { Me } from "../api/types";
import { LinkBlock } from "../ui/LinkBlock";
import { sectionsFor } from "./sections";
import classes from "./TabBar.module.css";

/** The navigation of a phone, within reach of the thumb. */
export function TabBar({ me }: { me: Me }) {
  return (
    <nav aria-label="Console" className={classes.bar}>
      {sectionsFor(me).map(({ to, label, icon: Icon }) => (
        <LinkBlock key={to} to={to} className={classes.tab} activeOptions={{ exact: to === "/", includeSearch: false }}>
          <Icon size={22} aria-hidden />
          {label}
        </LinkBlock>
      ))}
    </nav>
  );
}
