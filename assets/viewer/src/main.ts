/** Starts the page. */

import "./style.css";
import { App } from "./app";
import { byId } from "./dom";
import { installHooks, markReady } from "./hooks";
import { preferredLang, setLang } from "./i18n/index";
import { readQualityChoice, rendererName } from "./map/quality";
import { bindLangs } from "./panel/header";
import { parseHash } from "./state/url";

const app = new App(readQualityChoice(location.search), rendererName());
installHooks(app);
setLang(parseHash(location.hash).lang ?? preferredLang());
bindLangs((lang) => void app.chooseLang(lang));
byId("help-open").addEventListener("click", () => app.help());
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  app.openList();
});
await app.start();
markReady();
