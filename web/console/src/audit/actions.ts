import actions from "./actions.json";

const about: Record<string, string> = actions;

/** What an action is, as a sentence begins; the action itself where a newer server has one more. */
export function actionName(action: string): string {
  const text = about[action];
  return text === undefined ? action : text.charAt(0).toUpperCase() + text.slice(1);
}

/** Every action that there is, below the thing that its name begins with. */
export const groupedActions = [...new Set(Object.keys(about).map(thing))].map((group) => ({
  group,
  items: Object.entries(about)
    .filter(([action]) => thing(action) === group)
    .map(([value, label]) => ({ value, label })),
}));

function thing(action: string): string {
  return action.split(".", 1)[0] ?? action;
}
