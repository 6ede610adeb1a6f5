// Updates the list of requests. Without this script, the user has to reload the page.
"use strict";

const journal = document.querySelector("[data-live]");

async function refresh() {
  if (document.visibilityState === "visible") {
    const response = await fetch(journal.dataset.live);
    const rows = response.ok ? await response.text() : journal.innerHTML;
    // Without new requests the list is not replaced, so that selected text stays selected.
    if (rows !== refresh.shown) {
      journal.innerHTML = refresh.shown = rows;
    }
  }
}

setInterval(() => refresh().catch(() => {}), 1000);
