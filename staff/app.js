// The pages work without this; it adds show-password, the folding menu and no double presses.
import { initAll } from "./static/govuk.min.js";

initAll();
