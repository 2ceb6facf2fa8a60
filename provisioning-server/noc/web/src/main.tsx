import { render } from "preact";
import { App } from "./app.tsx";
import { startLive } from "./live.ts";
import { followLinks } from "./router.ts";
import { applyTheme } from "./theme.ts";

applyTheme();
followLinks();
void startLive();
const page = document.getElementById("page");
if (page !== null) render(<App />, page);
