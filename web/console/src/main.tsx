import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/global.css";

import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/App";
import { cspNonce } from "./app/cspNonce";
import { takeSignInLink } from "./session/signInLink";

// Before the router reads the address, so that the secret is in no history entry and in no router state.
const link = takeSignInLink(window.location, window.history);

// Mantine's modals lock scrolling with a style element of their own, made by a library that asks here.
setNonce(cspNonce());

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App signInLink={link} />
  </StrictMode>,
);
