// Shows requests as they come. Without it the page is complete, only not live.
"use strict";

const journal = document.querySelector("[data-live]");

async function refresh() {
  if (document.visibilityState === "visible") {
    const answer = await fetch(journal.dataset.live);
    const rows = answer.ok ? await answer.text() : journal.innerHTML;
    // What somebody has selected stays selected while nothing is new.
    if (rows !== refresh.shown) {
      journal.innerHTML = refresh.shown = rows;
    }
  }
}

setInterval(() => refresh().catch(() => {}), 1000);
